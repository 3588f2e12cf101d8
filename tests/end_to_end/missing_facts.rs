//! Every event of `events/`, each time with one of its facts missing: never a fix without proof, never an error that is
//! not explained.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Cause, Change, Message, SecondOpinion};
use tagmend_remedy::{Report, Treated, TreatedChange, Treatment};
use tagmend_sandbox::{Fault, World};
use tagmend_tests::{Mode, Stage, json as read, root, text, world};

/// An event, the world it happens in, and how many changes are due.
struct Case {
    name: String,
    event: Json,
    world: World,
    due: usize,
}

fn cases() -> Vec<Case> {
    let expected = read("events/expected.json");
    let entries = expected["events"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let name = entry["event"].as_str().unwrap().to_owned();
            let folder = name.split_once('/').unwrap().0;
            let own = format!("events/{folder}/world.json");
            let world = match root().join(&own).exists() {
                true => World::parse(&text(&own)).unwrap(),
                false => world(),
            };
            let due = entry["plan"].as_array().unwrap().len();
            Case { event: read(&format!("events/{name}")), world, due, name }
        })
        .collect()
}

/// How much was changed.
async fn changed(case: &Case, world: World, event: &Json) -> (usize, Stage) {
    let (report, stage) = treated(case, world, event).await;
    (report.changes.len(), stage)
}

/// Every record has an answer that says something.
async fn treated(case: &Case, world: World, event: &Json) -> (Report, Stage) {
    let stage = Stage::new(world).await;
    let report: Report = stage.heal(std::slice::from_ref(event), Mode::Apply).await;
    for treated in &report.treated {
        let said = match treated {
            Treated::Unreadable(error) => error.to_string(),
            Treated::Repeated { of, .. } => of.clone(),
            Treated::PassedOver => "neither denied nor throttled".to_owned(),
            Treated::Related(related) => related.evidence.join(" "),
            Treated::Failure(_, Treatment::Unanswered(error)) => error.to_string(),
            Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. }) => {
                diagnosis.evidence.sentences.join(" ")
            }
        };
        assert!(!said.trim().is_empty(), "{}: nothing is said", case.name);
    }
    let planned = report.changes.len();
    assert!(planned >= stage.writes().len(), "{}: more writes than were planned", case.name);
    for TreatedChange { change, .. } in &report.changes {
        assert!(matches!(change, Change::RestoreMapping { .. } | Change::Reprovision { .. }));
    }
    (report, stage)
}

/// Without the user nothing tells which tags would be sent.
#[tokio::test]
async fn without_the_user() {
    for case in cases() {
        let mut world = case.world.clone();
        world.users.clear();
        let (changes, stage) = changed(&case, world, &case.event).await;
        assert_eq!((changes, stage.writes()), (0, vec![]), "{}", case.name);
    }
}

#[tokio::test]
async fn without_the_permission_set() {
    for case in cases() {
        let mut world = case.world.clone();
        world.permission_sets.clear();
        let (changes, stage) = changed(&case, world, &case.event).await;
        assert_eq!((changes, stage.writes()), (0, vec![]), "{}", case.name);
    }
}

/// Whether the one diagnosis says what a fix depends on that nobody could read, or that nobody gave a second opinion:
/// what is known besides can stop a fix whose proof stands without it.
fn is_open(report: &Report) -> bool {
    match report.treated.as_slice() {
        [Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. })] => {
            matches!(diagnosis.cause, Cause::MappingMissing | Cause::NotProvisioned)
                && (!diagnosis.evidence.depends_on.is_empty()
                    || matches!(diagnosis.second_opinion, Some(SecondOpinion::None(_))))
        }
        _ => false,
    }
}

/// Reads that a diagnosis can do without: what they show besides can only stop a fix, or show that one is due.
const BESIDES: [&str; 11] = [
    "cloudformation:GetResource",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:SimulatePrincipalPolicy",
    "organizations:DescribePolicy",
    "s3:GetBucketAbac",
    "s3:GetBucketTagging",
    "sts:AssumeRole",
    "sts:DecodeAuthorizationMessage",
    "tag:GetResources",
    "iam:GetRequestAuthorizationDetails",
];

/// Takes something out of a world.
type Remove = fn(&mut World);

/// What is only known in the member account, the organization and the session's sign-in record, gone one by one where a
/// diagnosis looked at it: with every fact the outcome is as expected.
#[tokio::test]
async fn without_what_is_known_besides() {
    let mut runs = 0;
    for case in cases() {
        let (changes, stage) = changed(&case, case.world.clone(), &case.event).await;
        assert_eq!(changes, case.due, "{}", case.name);
        let (calls, used) = (stage.sandbox.calls(), stage.sandbox.used());
        let called = |operation: &str| calls.iter().any(|call| call == operation);
        let kept: Vec<&String> =
            case.world.journal.objects.keys().filter(|name| name.starts_with("sessions/")).collect();
        let is_kept = |resource: &String| kept.iter().any(|name| resource.ends_with(*name));
        let gone: [(bool, Remove); 3] = [
            (called("sts:AssumeRole"), |world| world.member_accounts.clear()),
            (called("organizations:DescribePolicy"), |world| world.organization_policies.clear()),
            (used.iter().any(|(_, _, resource)| is_kept(resource)), |world| {
                world.journal.objects.retain(|name, _| !name.starts_with("sessions/"));
            }),
        ];
        for (index, (_, remove)) in gone.into_iter().enumerate().filter(|(_, (is_read, _))| *is_read) {
            let mut world = case.world.clone();
            remove(&mut world);
            let report = treated(&case, world, &case.event).await.0;
            assert!(report.changes.len() <= case.due || is_open(&report), "{} without {index}", case.name);
            runs += 1;
        }
    }
    assert!(runs > 30, "only {runs} runs");
}

/// Every case of the causes that are healed, and one of each other one. `make faults` takes all.
fn chosen() -> Vec<Case> {
    let is_full = std::env::var_os("FULL").is_some();
    let mut taken = BTreeMap::<String, usize>::new();
    let mut is_chosen = |case: &Case| {
        let folder = case.name.split_once('/').unwrap().0.to_owned();
        let is_healed = ["mapping-missing", "not-provisioned"].contains(&folder.as_str());
        let taken = taken.entry(folder).or_default();
        *taken += 1;
        is_full || is_healed || case.due > 0 || *taken <= 1
    };
    cases().into_iter().filter(|case| is_chosen(case)).collect()
}

/// Each read that the diagnosis asks for, refused. What is read after a write is not proof, but verification.
#[tokio::test]
async fn without_the_right_to_read() {
    let mut runs = 0;
    for case in chosen() {
        let stage = Stage::new(case.world.clone()).await;
        stage.heal(std::slice::from_ref(&case.event), Mode::Plan).await;
        let reads: BTreeSet<String> =
            stage.sandbox.calls().into_iter().filter(|call| call != "cloudwatch:PutMetricData").collect();
        for operation in reads {
            let mut world = case.world.clone();
            world.faults.push(Fault {
                operation: operation.clone(),
                code: "AccessDeniedException".to_owned(),
                status: 400,
                times: None,
                ..Fault::default()
            });
            let (report, stage) = treated(&case, world, &case.event).await;
            if BESIDES.contains(&operation.as_str()) {
                let is_due = report.changes.len() <= case.due || is_open(&report);
                assert!(is_due, "{} without {operation}", case.name);
            } else {
                let writes = stage.writes();
                assert_eq!(
                    writes,
                    Vec::<String>::new(),
                    "{} without {operation}, which is not in BESIDES",
                    case.name
                );
            }
            runs += 1;
        }
    }
    assert!(runs > 100, "only {runs} runs");
}

/// The message, cut in the middle or gone, and the parameters of the call gone: at most what was due is changed.
#[tokio::test]
async fn without_the_text_of_the_record() {
    let mut more = BTreeSet::new();
    let mut played = BTreeSet::new();
    // Without the message that somebody else's call left there, the record of this one is a plain denial.
    for case in chosen().into_iter().filter(|case| !case.name.contains("message-of-somebody-else")) {
        played.insert(case.name.clone());
        let message = case.event["detail"]["errorMessage"].as_str().unwrap_or_default().to_owned();
        let read = Message::parse(&message, |_| false);
        let says_who = read.policy_type.is_some() || read.deny.is_none();
        // Words that nobody understands, what refused behind the call, a denial of unknown type: without them the record
        // is a plain denial, too.
        let is_plain = read.residue.is_none() && read.remark.is_none() && says_who;
        let half = (0..=message.len() / 2).rev().find(|at| message.is_char_boundary(*at)).unwrap();
        for (field, value) in [
            ("errorMessage", json!(format!("{}...", &message[..half]))),
            ("errorMessage", Json::Null),
            ("errorMessage", json!("")),
            ("requestParameters", Json::Null),
            ("userIdentity", Json::Null),
            ("eventTime", Json::Null),
        ] {
            if field == "errorMessage" && !value.to_string().contains("...") && !is_plain {
                continue;
            }
            let mut event = case.event.clone();
            event["detail"][field] = value.clone();
            let (changes, _) = changed(&case, case.world.clone(), &event).await;
            if changes > case.due {
                more.insert(case.name.clone());
            }
        }
    }
    let told = TOLD_BY_THE_MESSAGE.into_iter().map(str::to_owned).filter(|name| played.contains(name));
    assert_eq!(more, told.collect());
}

/// What keeps the drift from being the cause here is in the message alone: the authorization id, whose details say so, the
/// resource, whose tags or whose simulation do, or that another policy denied. A restore may stay open on tags of a resource that nobody could read.
const TOLD_BY_THE_MESSAGE: [&str; 5] = [
    "mapping-missing/near-miss-authorization-details-name-another-policy.json",
    "mapping-missing/near-miss-authorization-details-show-the-tag.json",
    "mapping-missing/near-miss-resource-tag-differs-too.json",
    "mapping-missing/near-miss-simulator-disagrees.json",
    "service-control-policy/clause-before-a-service-tail.json",
];
