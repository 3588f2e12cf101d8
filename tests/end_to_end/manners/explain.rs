//! What `explain` says of what was read: of every event of the corpus.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use tagmend_tests::{json, tagmend, text as text_of};
use tokio::sync::OnceCell;

/// An event as it came, as `replay --json` tells it and as `explain` does.
pub(super) struct Explained {
    pub(super) event: String,
    pub(super) raw: String,
    pub(super) record: Json,
    pub(super) text: String,
}

impl Explained {
    pub(super) fn command(&self) -> Option<&str> {
        self.line("  begin with   ")
    }

    pub(super) fn line(&self, label: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix(label))
    }

    fn sentences(&self) -> Vec<&str> {
        let evidence = &self.record["diagnosis"]["evidence"];
        evidence["sentences"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }
}

pub(super) async fn explained() -> &'static [Explained] {
    static ALL: OnceCell<Vec<Explained>> = OnceCell::const_new();
    let explain = || async {
        let (_, lines) = tagmend(&["replay", "events", "--json"]).await;
        let mut records: BTreeMap<String, Json> = BTreeMap::new();
        for line in lines.lines() {
            let record: Json = serde_json::from_str(line).unwrap();
            records.insert(record["place"].as_str().unwrap().to_owned(), record);
        }
        let mut all = Vec::new();
        for entry in json("events/expected.json")["events"].as_array().unwrap() {
            let event = entry["event"].as_str().unwrap().trim_end_matches(".json").to_owned();
            let path = format!("events/{event}.json");
            let (_, text) = tagmend(&["explain", &path]).await;
            let record = records.remove(&path).unwrap_or_else(|| panic!("{path}"));
            all.push(Explained { raw: text_of(&path), event, record, text });
        }
        all
    };
    ALL.get_or_init(explain).await
}

/// Words of a conclusion that rests on what nobody read.
const UNREAD: [&str; 5] = [
    "nobody here can read",
    "nobody could read",
    "nobody here could read",
    "the record does not show",
    "which the IdP sends",
];

/// A conclusion from a value is never beside the words that nobody could read it, and the other way round.
#[tokio::test]
async fn nobody_could_read_is_said_of_nothing_that_was_read() {
    let (mut read, mut unread) = (0, 0);
    for of in explained().await.iter().filter(|of| of.record["diagnosis"]["evidence"]["tags"].is_object()) {
        let sentences = of.sentences();
        let is_unread = sentences.iter().any(|text| UNREAD.iter().any(|words| text.contains(words)));
        let label = "  nobody could read    ";
        let [rests_on, depends_on] = ["rests_on", "depends_on"]
            .map(|name| of.record["diagnosis"]["evidence"][name].as_array().unwrap().len());
        assert_eq!(of.line(label).is_some(), depends_on > 0, "{}", of.text);
        assert_eq!(of.line("  it depends on        ").is_some(), rests_on > 0, "{}", of.text);
        if rests_on + depends_on == 0 {
            continue;
        }
        assert_eq!((rests_on > 0, depends_on > 0), (!is_unread, is_unread), "{sentences:?}\n{}", of.text);
        for key in of.line(label).into_iter().flat_map(|keys| keys.split(", ")) {
            let compared = |line: &&str| line.to_lowercase().contains(&format!("{key}: "));
            for line in of.text.lines().filter(compared) {
                assert!(line.ends_with(": unknown here"), "{}", of.text);
            }
            let tag = key.strip_prefix("aws:principaltag/").map(|tag| format!("  {tag} "));
            let row = |line: &&str| tag.as_ref().is_some_and(|tag| line.to_lowercase().starts_with(tag));
            assert!(of.text.lines().filter(row).all(|line| line.contains("unknown here")), "{}", of.text);
        }
        *(if is_unread { &mut unread } else { &mut read }) += 1;
    }
    assert!(read > 15 && unread > 15, "{read} {unread}");
}

/// What the record says stands in its explanation, as it is printed.
#[tokio::test]
async fn what_happened_when_and_where_is_said() {
    let (mut with_session, mut with_message, mut related) = (0, 0, 0);
    for of in explained().await.iter().filter(|of| of.record["failure"]["time"].is_string()) {
        let failure = &of.record["failure"];
        let said = |name: &str| failure[name].as_str().filter(|text| !text.is_empty());
        let escaped = |text: &str| tagmend_diagnosis::escaped(text);
        assert_eq!(of.line("  time       "), said("time"), "{}", of.event);
        let region = of.line("  region     ").filter(|region| *region != "not named");
        assert_eq!(region, said("region"), "{}", of.event);
        for (label, name) in [("  error      ", "error_code"), ("  message    ", "error_message")] {
            assert_eq!(of.line(label).map(str::to_owned), said(name).map(escaped), "{}", of.event);
        }
        if let Some(began) = said("session_began") {
            let line = of.line("  session    ").unwrap();
            assert!(line.starts_with(&format!("began {began}, ")), "{line}");
            assert!(line.ends_with(" before the call"), "{line}");
            with_session += 1;
        }
        with_message += usize::from(said("error_message").is_some());
        related += usize::from(!["denied", "throttled"].map(Json::from).contains(&failure["class"]));
        // As it came.
        let raw: Json = serde_json::from_str(&of.raw).unwrap();
        let raw = raw.get("detail").unwrap_or(&raw);
        if let Some(code) = raw["errorCode"].as_str() {
            assert_eq!(said("error_code"), Some(code).filter(|code| !code.is_empty()), "{}", of.event);
        }
    }
    assert!(
        with_session > 100 && with_message > 150 && related > 50,
        "{with_session} {with_message} {related}"
    );
}

/// A sentence that argues with the time of a change has the change, and how long ago it was, above it.
#[tokio::test]
async fn the_last_changes_are_said_with_their_age() {
    let mut told = 0;
    for of in explained().await.iter().filter(|of| of.record["diagnosis"]["evidence"]["tags"].is_object()) {
        for sentence in of.sentences() {
            let (_, rest) = match sentence.split_once("was last changed at ") {
                Some(found) => found,
                None => match sentence.split_once("permission set was provisioned, at ") {
                    Some(found) => found,
                    None if sentence.contains("was restored") => {
                        assert!(of.line("  changed    the mapping ").is_some(), "{}", of.text);
                        told += 1;
                        continue;
                    }
                    None => continue,
                },
            };
            let time = rest.split([',', ' ']).next().unwrap();
            assert!(of.text.lines().any(|line| is_change(line) && line.contains(time)), "{}", of.text);
            told += 1;
        }
        for line in of.text.lines().filter(|line| line.starts_with("  changed    ")) {
            assert!(is_change(line), "{line}");
        }
    }
    assert!(told > 3, "{told}");
    let all = explained().await;
    let of = |event: &str| all.iter().find(|of| of.event == event).unwrap().line("  changed    ").unwrap();
    assert_eq!(
        of("stale-session/before-user-change"),
        "the user at 2026-11-23T08:30:00Z, 3 hours 15 minutes before the call"
    );
    for (event, minutes) in [("after-provisioning", "2 minutes before"), ("late-record", "2 minutes after")] {
        let said = "what the account runs of the permission set, by Tagmend, at 2026-11-23T11:30:00Z";
        assert_eq!(of(&format!("eventual-consistency/{event}")), format!("{said}, {minutes} the call"));
    }
    assert_eq!(
        of("stale-session/before-fix"),
        "the mapping Organization, by Tagmend, at 2026-11-23T08:00:00Z, 3 hours 45 minutes before the call"
    );
}

fn is_change(line: &str) -> bool {
    line.starts_with("  changed    ")
        && (line.ends_with(" before the call") || line.ends_with(" after the call"))
}

/// A world of the corpus with a change.
fn world(bend: impl FnOnce(&mut Json)) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.json");
    let mut world = json("events/world.json");
    bend(&mut world);
    std::fs::write(&path, world.to_string()).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_same_key_in_another_case_is_said_as_that() {
    let mapping =
        "the mapping `DEPARTMENT` is the approved `Department` in another case: for AWS it is the same key";
    let (_folder, world) = world(|world| {
        let mapping = serde_json::json!({"key": "DEPARTMENT", "source": "${path:nickName}"});
        world["attribute_mappings"].as_array_mut().unwrap().push(mapping);
    });
    let event = "events/mapping-missing/explicit-deny.json";
    let place = ["--world", &world, "--baseline", "events/baseline.json"];
    let (_, text) = tagmend(&[&["explain", event][..], &place].concat()).await;
    assert!(text.contains(&format!("  - {mapping}\n")), "{text}");
    let (_, line) = tagmend(&[&["explain", "--json", event][..], &place].concat()).await;
    assert!(line.contains(mapping), "{line}");
    let all = explained().await;
    for of in all.iter().filter(|of| !of.event.contains("case")) {
        assert!(!of.text.contains("in another case"), "{}: {}", of.event, of.text);
    }
}

#[tokio::test]
async fn a_tag_and_a_value_in_another_case_are_said_as_that() {
    let (_, text) = tagmend(&["explain", "events/resource-tag/tag-differs-in-case.json"]).await;
    assert!(text.contains(", and the values differ in case alone\n"), "{text}");
    assert!(
        text.contains("  compared             aws:ResourceTag/Organization: a value (hidden)\n"),
        "{text}"
    );
    let (_, shown) =
        tagmend(&["explain", "--show-values", "events/resource-tag/tag-differs-in-case.json"]).await;
    assert!(
        shown.contains(
            "  compared             aws:ResourceTag/Organization: retail\n                       \
             aws:PrincipalTag/Organization: Retail\n"
        ),
        "{shown}"
    );
    let (_folder, world) = world(|world| {
        let tags = &mut world["member_accounts"]["444455556666"]["resource_tags"];
        for of in tags.as_object_mut().unwrap().values_mut() {
            let of = of.as_object_mut().unwrap();
            if let Some(value) = of.remove("Organization") {
                of.insert("ORGANIZATION".to_owned(), value);
            }
        }
    });
    let arguments = ["explain", "events/resource-tag/tag-differs.json", "--world", &world];
    let (_, text) = tagmend(&[&arguments[..], &["--baseline", "events/baseline.json"]].concat()).await;
    let sentence = "  - the resource has a tag `ORGANIZATION`, which is the policy's `Organization` in another case, with \
                    another value than the policies ask for\n";
    assert!(text.contains(sentence), "{text}");
}

/// The values that decide are shown only to who asks for them.
#[tokio::test]
async fn values_are_hidden_until_they_are_asked_for() {
    let mut compared = 0;
    for of in explained().await {
        for line in of.text.lines().skip_while(|line| !line.starts_with("  compared ")) {
            let Some(rest) = line.get(23..).filter(|_| line.starts_with("  ")) else {
                break;
            };
            if let Some((_, given)) = rest.rsplit_once(": ") {
                assert!(["nothing", "unknown here", "a value (hidden)"].contains(&given), "{line}");
                compared += 1;
            } else {
                break;
            }
        }
    }
    assert!(compared > 50, "{compared}");
}
