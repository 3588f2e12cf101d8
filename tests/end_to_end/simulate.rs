//! `tagmend simulate`: JSON lines in, JSON lines or a table out.

use std::io::Read;
use std::path::Path;

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_tests::tagmend;

async fn simulate(lines: &[Json], flags: &[&str]) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.jsonl");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, text).unwrap();
    tagmend(&[&["simulate", path.to_str().unwrap()], flags].concat()).await
}

async fn answers(lines: &[Json], flags: &[&str]) -> (Exit, Vec<Json>) {
    let (exit, out) = simulate(lines, &[&["--json"], flags].concat()).await;
    (exit, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn by_team() -> Json {
    json!({
        "id": "by-team",
        "policies": [{"Version": "2012-10-17", "Statement": {
            "Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}},
        }}],
        "request": {
            "action": "s3:GetObject", "resource": {"arn": "arn:aws:s3:::bucket/x"},
            "context": {"aws:ResourceTag/Team": "blue"},
        },
    })
}

/// Everything that is said of one request, and nothing else.
#[tokio::test]
async fn one_answer_in_full() {
    let (exit, answers) = answers(&[by_team()], &[]).await;
    let why = "statement Own of identity policy 1 does not allow it: StringEquals aws:ResourceTag/Team = \
               ${aws:PrincipalTag/Team} does not hold, the request has aws:ResourceTag/Team = blue and no \
               aws:principaltag/team";
    let statement = json!({
        "layer": "policies", "level": null, "policy": 0, "statement": 0, "sid": "Own", "effect": "Allow",
        "matches": false, "action": true, "resource": true, "why": why,
        "conditions": [{
            "operator": "StringEquals", "key": "aws:ResourceTag/Team", "values": ["${aws:PrincipalTag/Team}"],
            "holds": false, "given": ["blue"],
        }],
    });
    let expected = json!({
        "schema": 1, "id": "by-team", "decision": "ImplicitlyDenied", "missing": ["aws:principaltag/team"], "depends_on": [],
        "undocumented": [], "why": why, "statements": [statement],
    });
    assert_eq!((exit, answers), (Exit::Done, vec![expected]));
}

#[tokio::test]
async fn what_a_tag_would_change() {
    let decisions = async |flags: &[&str]| {
        let (exit, answers) = answers(&[by_team()], flags).await;
        assert_eq!(exit, Exit::Done);
        let answer = &answers[0];
        (answer["before"].clone(), answer["decision"].clone(), answer["depends_on"].clone())
    };
    let denied = json!("ImplicitlyDenied");
    let answer = |decision: &str, depends_on: Json| (denied.clone(), json!(decision), depends_on);
    assert_eq!(decisions(&["--set", "aws:PrincipalTag/Team=blue"]).await, answer("Allowed", json!([])));
    assert_eq!(
        decisions(&["--set", "AWS:principaltag/team=red"]).await,
        answer("ImplicitlyDenied", json!([]))
    );
    assert_eq!(decisions(&["--unset", "aws:ResourceTag/Team"]).await, answer("ImplicitlyDenied", json!([])));
    let depends = answer("Depends", json!(["aws:principaltag/team"]));
    assert_eq!(decisions(&["--unknown", "aws:PrincipalTag/Team"]).await, depends);
    let two = ["--set", "aws:PrincipalTag/Team=blue", "--set", "aws:PrincipalTag/Team=red"];
    assert_eq!(decisions(&two).await, answer("Depends", json!([])));
}

#[tokio::test]
async fn what_would_turn_it() {
    let mut allowed = by_team();
    allowed["request"]["context"]["aws:PrincipalTag/Team"] = json!("blue");
    let (_, answers) = answers(&[by_team(), allowed], &["--what-if"]).await;
    let turn = &answers[0]["what_if"];
    assert_eq!(turn["set"], json!({"aws:principaltag/team": "blue"}));
    assert_eq!(turn["at"]["statement"]["sid"], "Own");
    assert_eq!(turn["at"]["condition"]["key"], "aws:ResourceTag/Team");
    assert_eq!(answers[1]["what_if"], Json::Null);
}

#[tokio::test]
async fn every_layer_and_what_is_unknown() {
    let allow =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let other = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}});
    let deny = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
    }});
    let case = |fields: Json| {
        let mut case = json!({"policies": [allow.to_string()], "request": {"action": "s3:GetObject"}});
        case.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        case
    };
    let named = json!({"action": "s3:GetObject", "resource": {"arn": "arn:aws:s3:::bucket/x"},
        "unknown": ["aws:PrincipalOrgID"]});
    let (exit, answers) = answers(
        &[
            case(json!({})),
            case(json!({"boundary": [other]})),
            case(json!({"session": [other]})),
            case(json!({"scps": [[allow], [other]]})),
            case(json!({"rcps": [deny], "request": {"action": "s3:GetObject", "resource": {"arn": "arn:aws:s3:::bucket/x"}}})),
            case(json!({"rcps": [deny]})),
            case(json!({"rcps": [deny], "request": named})),
        ],
        &[],
    )
    .await;
    assert_eq!(exit, Exit::Done);
    let found: Vec<(&str, &Json)> =
        answers.iter().map(|answer| (answer["decision"].as_str().unwrap(), &answer["depends_on"])).collect();
    let nothing = json!([]);
    assert_eq!(
        found,
        [
            ("Allowed", &nothing),
            ("ImplicitlyDenied", &nothing),
            ("ImplicitlyDenied", &nothing),
            ("ImplicitlyDenied", &nothing),
            ("ExplicitlyDenied", &nothing),
            ("Depends", &json!(["resource"])),
            ("Depends", &json!(["aws:principalorgid"])),
        ]
    );
    assert_eq!(
        answers[3]["why"],
        "statement 1 of service control policy 1 of level 1 does not allow it: the action is not meant"
    );
}

const UNKNOWN_FIELD: &str = "unknown field `scp`; there are `id`, `policies`, `boundary`, `session`, `scps`, `rcps` and \
     `request`; see `tagmend simulate --help`";
const UNKNOWN_REQUEST_FIELD: &str =
    "unknown field `Context`, expected one of `principal`, `action`, `resource`, `context`, `unknown`";

/// A line that cannot be read names its place, and its neighbours are answered.
#[tokio::test]
async fn bad_lines() {
    let with = |path: &[&str], value: Json| {
        let mut line = by_team();
        let mut at = &mut line;
        for step in path {
            at = match step.parse::<usize>() {
                Ok(index) => &mut at[index],
                Err(_) => &mut at[*step],
            };
        }
        *at = value;
        line
    };
    let lines = [
        by_team(),
        json!("text"),
        with(&["policies", "0", "Statement", "Effect"], json!("allow")),
        with(&["request", "context", "aws:ResourceTag/Team"], Json::Null),
        with(&["request", "context", "aws:resourcetag/team"], json!("red")),
        with(&["request", "unknown"], json!(["AWS:ResourceTag/Team"])),
        with(&["scps"], json!([[], [{"Statement": 1}]])),
        with(&["request", "resource"], json!({"arn": 7})),
        with(&["scp"], json!([[]])),
        with(&["request", "Context"], json!({})),
        with(&["request", "action"], json!("GetObject")),
        by_team(),
    ];
    let (exit, answers) = answers(&lines, &[]).await;
    assert_eq!((exit, answers.len()), (Exit::Error, lines.len()));
    let errors: Vec<(u64, &str, &str)> = answers
        .iter()
        .filter(|answer| answer.get("error").is_some())
        .map(|answer| {
            (
                answer["line"].as_u64().unwrap(),
                answer["position"].as_str().unwrap(),
                answer["error"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        errors,
        [
            (2, "$", "invalid type: string \"text\", expected an object with `policies` and `request`"),
            (3, "$.policies[0].Statement.Effect", "`allow` is not `Allow` or `Deny`"),
            (
                4,
                "$.request.context['aws:ResourceTag/Team']",
                "neither a string, number or boolean nor a list of them; list what is unknown in `unknown`"
            ),
            (
                5,
                "$.request.context['aws:resourcetag/team']",
                "the key is there twice; its case plays no part"
            ),
            (6, "$.request.unknown[0]", "`AWS:ResourceTag/Team` is there twice"),
            (7, "$.scps[1][0].Statement", "a number, not an object"),
            (8, "$.request.resource.arn", "invalid type: integer `7`, expected a string"),
            (9, "$.scp", UNKNOWN_FIELD),
            (10, "$.request.Context", UNKNOWN_REQUEST_FIELD),
            (11, "$.request.action", "`GetObject` is not `service:Action`"),
        ]
    );
    assert_eq!(answers[3]["id"], "by-team");
    let (exit, table) = simulate(&[json!({}), json!("cut")], &[]).await;
    assert_eq!(exit, Exit::Error);
    assert!(table.contains("$: missing field `policies`"), "{table}");
}

/// A key that is there twice in a policy is seen, though it is inside of a line.
#[tokio::test]
async fn duplicate_keys_inside_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.jsonl");
    let line = by_team().to_string().replace("\"Sid\":\"Own\"", "\"Sid\":\"Own\",\"Sid\":\"Else\"");
    std::fs::write(&path, line).unwrap();
    let (exit, out) = tagmend(&["simulate", path.to_str().unwrap(), "--json"]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.contains("`Sid` is there twice"), "{out}");
    let line =
        by_team().to_string().replace("\"context\":{", "\"context\":{\"aws:ResourceTag/Team\":\"red\",");
    std::fs::write(&path, line).unwrap();
    let (exit, out) = tagmend(&["simulate", path.to_str().unwrap(), "--json"]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.contains("the key is there twice"), "{out}");
}

#[tokio::test]
async fn one_object_may_go_over_many_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.json");
    std::fs::write(&path, format!("{:#}", by_team())).unwrap();
    let (exit, out) = tagmend(&["simulate", path.to_str().unwrap(), "--json"]).await;
    let answer: Json = serde_json::from_str(&out).unwrap();
    assert_eq!((exit, &answer["decision"]), (Exit::Done, &json!("ImplicitlyDenied")));
}

/// Two statements that are open one by one decide together; the sentence does not say that it may be otherwise.
#[tokio::test]
async fn a_sure_answer_from_statements_that_are_open() {
    let allow = |operator: &str| json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"t:x": "1"}}});
    let line = json!({
        "policies": [{"Version": "2012-10-17", "Statement": [allow("StringEquals"), allow("StringNotEquals")]}],
        "request": {"action": "s3:GetObject", "unknown": ["t:x"]},
    });
    let (_, answers) = answers(&[line], &[]).await;
    assert_eq!(answers[0]["decision"], "Allowed");
    let why = answers[0]["why"].as_str().unwrap();
    assert!(
        why.starts_with("whatever the unknown keys hold, by several statements together; one of them: "),
        "{why}"
    );
}

#[tokio::test]
async fn one_key_is_not_set_and_unset() {
    tagmend_tests::enter_root();
    let arguments = ["tagmend", "simulate", "-", "--set", "t:x=1", "--unset", "T:X"];
    let arguments = <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(arguments);
    let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "`T:X` is named by more than one of --set, --unset and --unknown");
}

#[tokio::test]
async fn a_table_for_people() {
    let mut denied = by_team();
    denied["id"] = json!("\u{1b}[31mred");
    denied["boundary"] = json!([]);
    let (exit, out) =
        simulate(&[by_team(), denied, json!({})], &["--what-if", "--set", "aws:PrincipalTag/Team=blue"])
            .await;
    assert_eq!(exit, Exit::Error);
    insta::assert_snapshot!(out);
}

/// The rows that the project is judged by, through the command.
#[tokio::test]
async fn the_conformance_data() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/iam-policy/tests/conformance");
    let path = folder.join("iam-cases.jsonl.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
    let (exit, out) = tagmend(&["simulate", path.to_str().unwrap(), "--json"]).await;
    assert_eq!((exit, out.lines().count(), text.lines().count()), (Exit::Done, 2408, 2408));
    for (row, answer) in text.lines().zip(out.lines()) {
        let row: Json = serde_json::from_str(row).unwrap();
        let answer: Json = serde_json::from_str(answer).unwrap();
        let expected = (&row["id"], &row["expect"], &row["missing"], json!([]), json!([]));
        let found = (
            &answer["id"],
            &answer["decision"],
            &answer["missing"],
            answer["depends_on"].clone(),
            answer["undocumented"].clone(),
        );
        assert_eq!(found, expected);
    }
}
