//! The forms of a review: the same numbers in all, and what others chose does nothing in any.

use serde_json::Value as Json;
use tagmend_review::alarm::{Alarm, AlarmError};
use tagmend_review::history::*;
use tagmend_review::print;
use tagmend_review::review::{Asked, Review, review};

use crate::support::*;

/// Something of everything.
fn eventful() -> History {
    let mut history = calm();
    let mut writes = Vec::new();
    for days in [2, 1, 0] {
        writes.push(write(days * 1_440 + 60, TERRAFORM, "deployer", Some(&["Team"])));
        history.fixes.push(fix(days * 1_440 + 30, mapping("Department")));
        history.attempts.push(attempt(days * 1_440 + 30, mapping("Department"), Outcome::Fixed));
    }
    history.fixes.push(fix(
        20,
        Thing::Provision { permission_set: "ps-1".to_owned(), account: "444455556666".to_owned() },
    ));
    history.list_writes = Some(writes);
    history.attempts.push(attempt(10, mapping("Team"), refused("hold", false, None)));
    history.hold.keys.insert("Team".to_owned(), Held { since: Some(ago(100)), ..Held::default() });
    history.denials.push(denials(31, "a", "mapping_missing", &["Department"], 7));
    let live = [(mapping("Department"), Standing::Held)].into();
    history.live = Some(Live { mappings: Some(Vec::new()), standing: live });
    history
        .unread
        .push(Unread { source: Source::Metrics, why: "cloudwatch:GetMetricData: AccessDenied".to_owned() });
    history
}

const HOSTILE: &str =
    "</td><script src=//evil.example/x.js></script>\u{1b}[31m\u{202e}|`=cmd|' /C calc'!A0\n# x";

/// The same with what an attacker may choose in every place.
fn hostile() -> History {
    let mut history = eventful();
    for fix in &mut history.fixes {
        fix.cause = Some(HOSTILE.to_owned());
        fix.rule = Some(HOSTILE.to_owned());
        fix.account = Some(HOSTILE.to_owned());
        fix.permission_set = Some(HOSTILE.to_owned());
        fix.action = Some(HOSTILE.to_owned());
        fix.users = vec![HOSTILE.to_owned()];
        fix.added = vec![HOSTILE.to_owned()];
        fix.id = HOSTILE.to_owned();
        fix.thing = mapping(HOSTILE);
    }
    for denials in &mut history.denials {
        denials.cause = HOSTILE.to_owned();
        denials.rule = HOSTILE.to_owned();
        denials.user = Some(HOSTILE.to_owned());
    }
    for write in history.list_writes.iter_mut().flatten() {
        write.principal = Some(HOSTILE.to_owned());
        write.event_id = HOSTILE.to_owned();
    }
    history.hold.keys.insert(
        HOSTILE.to_owned(),
        Held { by: Some(HOSTILE.to_owned()), reason: Some(HOSTILE.to_owned()), since: None },
    );
    history.attempts.push(attempt(5, mapping(HOSTILE), refused(HOSTILE, false, None)));
    history.unread.push(Unread { source: Source::Fixes, why: HOSTILE.to_owned() });
    history
}

fn alarm() -> Alarm {
    Alarm::read(r#"{"AlarmName": "tagmend-FixesAlarm", "NewStateValue": "ALARM", "StateChangeTime": "2026-11-23T11:45:00.000+0000",
        "Trigger": {"MetricName": "Fixes", "Namespace": "Tagmend", "Period": 3600, "EvaluationPeriods": 1, "Threshold": 3.0}}"#)
    .unwrap()
}

fn with_alarm(history: &History) -> Review {
    review(history, day(), Asked { alarm: Some(alarm()), of_template: None }, &place())
}

#[test]
fn json_is_what_its_schema_says() {
    let validator = jsonschema::validator_for(schemars::schema_for!(Review).as_value()).unwrap();
    for history in [History::empty(now()), calm(), eventful(), hostile()] {
        let json = print::json(&with_alarm(&history)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(json["schema"], 1);
        let mut bent = json;
        bent["figures"]["fixes"] = "many".into();
        assert!(!validator.is_valid(&bent));
    }
}

#[test]
fn the_documents_name_every_verdict() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/review.md");
    let text = std::fs::read_to_string(path).unwrap();
    for kind in tagmend_review::verdict::Kind::ALL {
        assert!(text.contains(&format!("\n| {} | ", kind.words())), "{kind:?}");
    }
}

#[test]
fn the_first_line_is_the_verdict_and_lines_fit() {
    for width in [60, 80, 120] {
        let review = with_alarm(&eventful());
        let text = print::text(&review, width);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.starts_with(&format!(
                "{} 2026-11-22 12:00 UTC to 2026-11-23 12:00 UTC (1 day)",
                review.headline
            )),
            "{text}"
        );
        let is_command =
            |line: &str| line.trim_start().starts_with("tagmend ") || line.trim_start().starts_with("aws ");
        for line in text.lines().filter(|line| !is_command(line)) {
            let one_word = !line.trim_start().contains(' ');
            assert!(line.chars().count() <= width || one_word, "{width}: {line}");
        }
    }
}

#[test]
fn the_bars_fit_and_are_read_without_colour() {
    let mut history = calm();
    for minutes in 0..30 {
        history.fixes.push(fix(300 - minutes % 3, mapping(&format!("Key{minutes}"))));
        history.fixes.last_mut().unwrap().cause =
            Some(if minutes < 20 { "mapping_missing" } else { "not_provisioned" }.to_owned());
    }
    let text = print::text(&of_day(&history), 60);
    let bars: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("FIXES")).take(9).collect();
    assert_eq!(
        bars,
        [
            "FIXES an hour (a letter is up to 4)",
            "  32 |                   B",
            "  28 |                   B",
            "  24 |                   B",
            "  20 |                   A",
            "  16 |                   A",
            "  12 |                   A",
            "   8 |                   A",
            "   4 |                   A",
        ]
    );
    assert!(text.contains("A mapping_missing") && text.contains("B not_provisioned"));
}

#[test]
fn csv_has_a_row_a_change_and_no_formula() {
    let text = print::csv(&with_alarm(&hostile())).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 2);
    let mut formula = eventful();
    formula.fixes[3].action = Some("=HYPERLINK(\"x\")".to_owned());
    let text = print::csv(&with_alarm(&formula)).unwrap();
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{text}");
}

#[test]
fn what_others_chose_does_nothing_in_any_form() {
    let review = with_alarm(&hostile());
    let obeyed = ['\u{1b}', '\u{202e}'];
    let (text, markdown, html) =
        (print::text(&review, 100), print::markdown(&review), print::html(&review).unwrap());
    for form in [&text, &markdown, &html] {
        assert!(!form.contains(obeyed), "{form}");
    }
    assert!(html.contains("evil.example") && markdown.contains("evil.example"));
    // What stands as code is no HTML; its fence is longer than the backtick that is in it.
    let mut without_code = String::new();
    let mut rest = markdown.as_str();
    while let Some((text, code)) = rest.split_once("`` ") {
        without_code.push_str(text);
        rest = code.split_once(" ``").unwrap().1;
    }
    without_code.push_str(rest);
    assert!(without_code.contains("evil.example"));
    for form in [&without_code, &html] {
        assert!(!form.contains("<script"), "{form}");
    }
    assert!(!markdown.lines().any(|line| line == "# x"), "{markdown}");
}

#[test]
fn the_page_needs_nothing_else_and_has_the_numbers_of_json() {
    let review = with_alarm(&eventful());
    let html = print::html(&review).unwrap();
    for request in ["http://", "https://", "url(", "@import", "<script", "<iframe", "<object"] {
        let without_names =
            html.replace("http://www.w3.org/2000/svg", "").replace("https://www.terraform.io", "");
        assert!(!without_names.contains(request), "{request}");
    }
    let json = print::json(&review).unwrap();
    for (name, value) in json["figures"].as_object().unwrap() {
        if let (Json::Number(number), true) = (value, !name.starts_with("denials_by_")) {
            let row =
                html.split(&format!("data-figure=\"{name}\"")).nth(1).unwrap_or_else(|| panic!("{name}"));
            let now = row.split("<td class=\"number\">").nth(1).unwrap().split('<').next().unwrap();
            assert_eq!(now.parse().ok(), number.as_f64(), "{name}");
        }
    }
    assert_eq!(html.matches("<svg").count(), 5);
    assert!(
        html.contains("the alarm's line: 3")
            || html.contains("the alarm&apos;s line: 3")
            || html.contains("the alarm&#39;s line: 3")
    );
}

#[test]
fn an_alarm_is_read_in_its_three_forms() {
    let event = r#"{"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "time": "2026-11-23T11:45:00Z", "detail": {
        "alarmName": "tagmend-FixesAlarm", "state": {"value": "ALARM", "timestamp": "2026-11-23T11:45:00.000+0000",
        "reasonData": "{\"version\":\"1.0\",\"startDate\":\"2026-11-23T10:45:00.000+0000\",\"period\":3600,\"threshold\":3.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T10:45:00.000+0000\",\"value\":4.0}]}"},
        "configuration": {"metrics": [{"id": "m1", "metricStat": {"metric": {"namespace": "Tagmend", "name": "Fixes", "dimensions": {}}, "period": 3600, "stat": "Sum"}, "returnData": true}]}}}"#;
    let described = r#"{"MetricAlarms": [{"AlarmName": "tagmend-FixesAlarm", "MetricName": "Fixes", "Namespace": "Tagmend", "Period": 3600,
        "EvaluationPeriods": 1, "Threshold": 3.0, "StateValue": "ALARM", "StateUpdatedTimestamp": "2026-11-23T11:45:00+00:00"}]}"#;
    let message = serde_json::to_string(&serde_json::json!({"Type": "Notification", "Message": r#"{"AlarmName": "tagmend-FixesAlarm",
        "NewStateValue": "ALARM", "StateChangeTime": "2026-11-23T11:45:00.000+0000", "Trigger": {"MetricName": "Fixes",
        "Namespace": "Tagmend", "Period": 3600, "EvaluationPeriods": 1, "Threshold": 3.0}}"#})).unwrap();
    let read: Vec<Alarm> =
        [event, described, &message].iter().map(|text| Alarm::read(text).unwrap()).collect();
    assert_eq!(read, [alarm(), alarm(), alarm()]);
    assert_eq!(alarm().looked_from, "2026-11-23T10:45:00Z".parse().unwrap());
    assert_eq!(alarm().window(now()).unwrap().from, "2026-11-23T10:45:00Z".parse().unwrap());

    assert_eq!(Alarm::read("{}"), Err(AlarmError::NoAlarm));
    assert_eq!(Alarm::read(r#"{"MetricAlarms": []}"#), Err(AlarmError::NoAlarm));
    assert_eq!(Alarm::read(r#"{"MetricAlarms": [{}, {}]}"#), Err(AlarmError::Several(2)));
    assert!(matches!(Alarm::read("x"), Err(AlarmError::NotJson(_))));
    // Of an anomaly band there is no line, and the metric stands among several.
    let band = r#"{"AlarmName": "tagmend-FixesUnusual", "MetricName": null, "EvaluationPeriods": 2, "StateValue": "ALARM", "ThresholdMetricId": "band",
        "StateUpdatedTimestamp": "2026-11-23T11:45:00Z", "Metrics": [{"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 2)"},
        {"Id": "m", "MetricStat": {"Metric": {"MetricName": "Fixes", "Namespace": "Tagmend"}, "Period": 3600, "Stat": "Sum"}}]}"#;
    let band = Alarm::read(band).unwrap();
    assert_eq!(
        (band.metric.as_deref(), band.threshold, band.looked_from),
        (Some("Fixes"), None, "2026-11-23T09:45:00Z".parse().unwrap())
    );
}
