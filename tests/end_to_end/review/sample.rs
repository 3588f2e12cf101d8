//! Twelve days of an organization, made by the functions on the sandbox's clock: quiet days, a deployment that takes a
//! mapping away every night, a wave, an IdP that stops sending, one noisy caller. `make review` shows them.

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_remedy::pinned::Pin;
use tagmend_sandbox::{AttributeMapping, World};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, event, tagmend, world};
use tokio::sync::OnceCell;

const JANE: &str = "jane.doe@example.com";
const JANES_ID: &str = "c46824b8-f071-7009-c812-ad564a62b220";
pub(super) const TERRAFORM: &str =
    "APN/1.0 HashiCorp/1.0 Terraform/1.15.0 (+https://www.terraform.io) terraform-provider-aws/6.32.1";

/// A person's role.
pub(super) const ADMIN: &str = "AWSReservedSSO_PlatformAdmin_2b03e7d876722815";

/// Days that go by.
pub(super) struct Days {
    pub(super) simulation: Simulation,
    /// The day of the month.
    day: i64,
    events: usize,
}

impl Days {
    /// Days from the 12th of November 2026 on, in which everything that is approved is in place.
    pub(super) fn begin() -> Days {
        let mut world = world();
        world.journal.objects.clear();
        world.begin_journal();
        // The page shows hashes of users, and its picture has to be of the same page tomorrow.
        let key = json!({"schema": 1, "key": "5c".repeat(32)});
        world.journal.objects.insert("keys/users.json".to_owned(), key);
        let mappings = world.attribute_mappings.as_mut().unwrap();
        mappings.insert(0, department());
        let jane = world.users.iter().find(|user| user["UserName"] == JANE).unwrap().clone();
        for number in 1..=12 {
            let mut user = jane.clone();
            user.insert("UserName".to_owned(), json!(name(number)));
            user.insert("UserId".to_owned(), json!(id(number)));
            world.users.push(user);
        }
        let baseline = bent_baseline(|_| {});
        Days { simulation: Simulation::new(world, &baseline), day: 12, events: 0 }
    }

    fn date(&self) -> String {
        format!("2026-11-{:02}", self.day)
    }

    pub(super) fn at(&mut self, time: &str) {
        self.simulation.now = self.time(time);
        let now = self.simulation.now.to_string();
        self.simulation.cloud.change(|world| world.now = now);
    }

    fn time(&self, time: &str) -> Timestamp {
        format!("{}T{time}Z", self.date()).parse().unwrap()
    }

    pub(super) async fn end_day(&mut self) {
        for hour in [7, 19] {
            self.at(&format!("{hour:02}:30:00"));
            self.simulation.watch().await.unwrap();
        }
        self.day += 1;
    }

    /// A record of today, of another user, that no other record has come with.
    pub(super) fn record(&mut self, name_of_event: &str, number: usize, time: &str) -> Json {
        self.events += 1;
        let text = event(name_of_event).to_string();
        let text = text
            .replace(JANE, &name(number))
            .replace(JANES_ID, &id(number))
            .replace("2026-11-23", &self.date());
        let mut event: Json = serde_json::from_str(&text).unwrap();
        let time = self.time(time).to_string();
        event["time"] = json!(time);
        event["detail"]["eventTime"] = json!(time);
        for (path, first) in
            [("/id", "0d4f9c11"), ("/detail/eventID", "7b1f2e00"), ("/detail/requestID", "3f0c8a51")]
        {
            *event.pointer_mut(path).unwrap() = json!(format!("{first}-0000-4000-9000-{:012}", self.events));
        }
        event
    }

    /// The function treats records, and CloudTrail tells of what it wrote.
    pub(super) async fn heal(&mut self, time: &str, records: &[Json]) {
        self.at(time);
        let before = self.simulation.cloud.look(|world| world.attribute_mappings.clone());
        self.simulation.heal(records).await;
        let after = self.simulation.cloud.look(|world| world.attribute_mappings.clone());
        if before != after {
            self.tell("aws-sdk-rust/1.3.9", "tagmend-heal", "tagmend-heal", after.as_deref());
        }
    }

    /// Somebody else writes the list.
    pub(super) fn write(&mut self, time: &str, agent: &str, role: &str, keep: impl Fn(&str) -> bool) {
        self.at(time);
        self.simulation
            .cloud
            .change(|world| world.attribute_mappings.as_mut().unwrap().retain(|mapping| keep(&mapping.key)));
        let after = self.simulation.cloud.look(|world| world.attribute_mappings.clone());
        self.tell(agent, role, "nightly", after.as_deref());
    }

    fn tell(&mut self, agent: &str, role: &str, session: &str, list: Option<&[AttributeMapping]>) {
        self.events += 1;
        let list: Vec<Json> = list
            .unwrap_or_default()
            .iter()
            .map(|mapping| json!({"key": mapping.key, "value": {"source": [mapping.source]}}))
            .collect();
        let record = json!({
            "eventVersion": "1.11", "eventID": format!("5c0ffee0-0000-4000-9000-{:012}", self.events),
            "eventTime": self.simulation.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "eventSource": "sso.amazonaws.com", "eventName": "UpdateInstanceAccessControlAttributeConfiguration",
            "userAgent": agent, "sourceIPAddress": "203.0.113.80", "awsRegion": "eu-west-1",
            "userIdentity": {"type": "AssumedRole",
                "arn": format!("arn:aws:sts::999999999999:assumed-role/{role}/{session}"),
                "sessionContext": {"sessionIssuer": {
                    "type": "Role", "userName": role, "arn": format!("arn:aws:iam::999999999999:role/{role}"),
                }}},
            "requestParameters": {"instanceArn": self.simulation.baseline.instance_arn,
                "instanceAccessControlAttributeConfiguration": {"accessControlAttributes": list}}
        });
        self.simulation.cloud.change(|world| world.event_history.push(record));
    }

    /// What the sessions of today's users under a permission set began with: without the key that the IdP sends.
    pub(super) fn sessions_without_project(&mut self, numbers: impl Iterator<Item = usize>) {
        let date = self.date().replace('-', "");
        let objects = numbers.map(|number| {
            let user = name(number).replace('@', "%40");
            let object = format!("sessions/111122223333/AWSReservedSSO_ProjectMember_2b03e7d876722805/{user}/{date}T100500.000Z.json");
            (object, json!({"schema": 1, "event_id": "7b1f2e00-0000-4000-8000-000000000901",
                "tags": {"CostCenter": "4711", "Organization": "Retail", "Team": "Senior Analyst"}}))
        });
        let objects: Vec<_> = objects.collect();
        self.simulation.cloud.change(|world| world.journal.objects.extend(objects));
    }

    /// A deployment takes Department away at night, and somebody is denied at work.
    async fn deployment(&mut self) {
        self.write("03:00:00", TERRAFORM, "identity-deployment", |key| key != "Department");
        let record = self.record("mapping-missing/explicit-deny", 1, "11:45:12");
        self.heal("11:47:30", &[record]).await;
    }

    /// Ends the 23rd of November at 20:00.
    pub(super) fn world(self) -> World {
        self.simulation.cloud.world()
    }
}

fn department() -> AttributeMapping {
    AttributeMapping { key: "Department".to_owned(), source: "${path:enterprise.department}".to_owned() }
}

pub(super) fn name(number: usize) -> String {
    format!("user-{number:02}@example.com")
}

fn id(number: usize) -> String {
    format!("c46824b8-f071-7009-c812-{number:012}")
}

/// Four days of deployments; on the fourth, somebody wipes the list by hand, and twelve people are denied.
pub(super) async fn up_to_the_wave() -> Days {
    let mut days = Days::begin();
    days.end_day().await;
    for _ in 13..=15 {
        days.deployment().await;
        days.end_day().await;
    }
    days.deployment().await;
    days.write("14:00:00", "Mozilla/5.0", ADMIN, |_| false);
    let records: Vec<Json> = (1..=12)
        .map(|number| {
            days.record("mapping-missing/explicit-deny", number, &format!("14:{:02}:10", number / 2 + 1))
        })
        .collect();
    days.heal("14:08:30", &records).await;
    days
}

/// The twelve days.
async fn twelve_days() -> World {
    let mut days = up_to_the_wave().await;
    days.end_day().await;
    for _ in 17..=18 {
        days.deployment().await;
        days.end_day().await;
    }
    // The IdP stops sending Project.
    days.sessions_without_project(2..=5);
    let records: Vec<Json> = (2..=5)
        .map(|number| days.record("idp-stopped-sending/queue", number, &format!("11:4{number}:12")))
        .collect();
    days.heal("11:50:00", &records).await;
    days.end_day().await;
    days.end_day().await;
    // A script of one user asks for what nobody may do.
    for hour in 12..18 {
        let records: Vec<Json> = (0..6)
            .map(|minute| {
                days.record(
                    "mapping-missing/near-miss-action-not-allowed",
                    7,
                    &format!("{hour}:1{minute}:00"),
                )
            })
            .collect();
        days.heal(&format!("{hour}:20:00"), &records).await;
    }
    days.end_day().await;
    days.end_day().await;
    days.end_day().await;
    days.day = 23;
    days.at("20:00:00");
    days.world()
}

/// The same, made once.
async fn sample() -> &'static World {
    static SAMPLE: OnceCell<World> = OnceCell::const_new();
    SAMPLE.get_or_init(twelve_days).await
}

/// A folder with the world, for the command.
pub(super) fn kept(world: &World, folder: &std::path::Path) -> String {
    let file = folder.join("world.json");
    std::fs::write(&file, serde_json::to_string_pretty(world).unwrap()).unwrap();
    file.display().to_string()
}

#[tokio::test]
async fn each_day_gets_its_verdict() {
    let world = sample().await;
    let folder = tempfile::tempdir().unwrap();
    let file = match std::env::var("REVIEW_SAMPLE") {
        Ok(sample) => {
            std::fs::create_dir_all(&sample).unwrap();
            kept(world, std::path::Path::new(&sample))
        }
        Err(_) => kept(world, folder.path()),
    };
    let mut headlines = Vec::new();
    for day in 12..24 {
        let (from, to) = (format!("2026-11-{day}T00:00:00Z"), format!("2026-11-{:02}T00:00:00Z", day + 1));
        let (_, text) = tagmend(&["review", "--world", &file, "--from", &from, "--to", &to, "--json"]).await;
        let review: Json = serde_json::from_str(&text).unwrap();
        headlines.push(format!("{day} {} {}", review["headline"].as_str().unwrap(), review["unread"]));
    }
    let verdict = |day: usize| headlines[day - 12].split(':').next().unwrap().to_owned();
    let verdicts: Vec<String> = (12..24).map(verdict).collect();
    assert_eq!(
        verdicts,
        [
            "12 quiet",
            "13 deployment",
            "14 deployment",
            "15 loop, deployment",
            "16 loop, wave, deployment",
            "17 limit",
            "18 loop, deployment",
            "19 IdP stopped sending",
            "20 quiet",
            "21 one caller",
            "22 quiet",
            "23 quiet",
        ],
        "{headlines:#?}"
    );
    let (_, text) = tagmend(&["review", "--world", &file, "--last", "12d", "--names"]).await;
    assert!(
        text.starts_with("loop, wave, deployment, IdP stopped sending: mapping Department was found gone"),
        "{text}"
    );
}

/// `docs/review.png` is a picture of this very page: beside it is the digest of the page that it was made of.
#[tokio::test]
async fn the_picture_is_of_the_page_of_today() {
    let folder = tempfile::tempdir().unwrap();
    let file = &kept(sample().await, folder.path());
    let page = folder.path().join("review.html");
    let place = ["review", "--world", file, "--baseline", "events/baseline.json", "--last", "12d"];
    tagmend(&[&place[..], &["--html", &page.display().to_string()]].concat()).await;
    let page = std::fs::read_to_string(page).unwrap().replace(file, ".review/world.json");
    let digest = Pin::of(page.as_bytes()).to_string();
    let of_picture = tagmend_tests::text("docs/review.png.source");
    assert_eq!(of_picture.trim_end(), digest, "docs/review.png is of another page: `make picture`");
}

/// The README's picture is what the command prints, shortened: each of its lines is there, in that order.
#[tokio::test]
async fn what_the_readme_shows_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = &kept(sample().await, folder.path());
    let readme = tagmend_tests::text("README.md");
    let (_, picture) = readme.split_once("<!-- recorded by `make review` -->\n```\n").unwrap();
    let (picture, _) = picture.split_once("```").unwrap();
    let mut lines = picture.lines();
    let command = lines.next().unwrap();
    let options = command.strip_prefix("$ tagmend review ... ").unwrap().trim_end_matches("(shortened)");
    let options: Vec<&str> = options.split_whitespace().collect();
    let (_, text) = tagmend(&[&["review", "--world", file][..], &options].concat()).await;
    let mut printed = text.lines();
    for line in lines {
        let is_it = |other: &str| match line.strip_suffix("...") {
            Some(begin) => other.starts_with(begin),
            None => other == line,
        };
        assert!(printed.any(is_it), "`{line}` of the README is not, or not there, in\n{text}");
    }
}
