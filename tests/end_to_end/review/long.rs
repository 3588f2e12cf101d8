//! A window of weeks is told by folded days: they tell of a user what the runs of one day do.

use serde_json::Value as Json;
use tagmend_tests::tagmend;

use super::sample::{Days, kept};

/// A day on which the IdP sends Project no more, and a script of one user asks for what nobody may do; and the day after.
async fn two_days() -> Days {
    let mut days = Days::begin();
    days.sessions_without_project(2..=5);
    let mut records = Vec::new();
    for number in 2..=5 {
        records.push(days.record("idp-stopped-sending/queue", number, &format!("11:4{number}:12")));
    }
    days.heal("11:50:00", &records).await;
    for hour in 12..18 {
        let mut records = Vec::new();
        for minute in 0..6 {
            let name = "mapping-missing/near-miss-action-not-allowed";
            records.push(days.record(name, 7, &format!("{hour}:1{minute}:00")));
        }
        days.heal(&format!("{hour}:20:00"), &records).await;
    }
    days.end_day().await;
    days.end_day().await;
    days
}

#[tokio::test]
async fn which_key_and_which_hours_is_answered_from_days_as_from_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = kept(&two_days().await.world(), folder.path());
    let mut told = Vec::new();
    for from in ["2026-11-12T00:00:00Z", "2026-10-20T00:00:00Z"] {
        let place = ["review", "--world", &file, "--from", from, "--to", "2026-11-13T00:00:00Z", "--json"];
        let (_, text) = tagmend(&place).await;
        let review: Json = serde_json::from_str(&text).unwrap();
        let verdicts = review["verdicts"].as_array().unwrap().iter();
        let told_by: Vec<(String, String)> = verdicts
            .map(|verdict| {
                let text = verdict["evidence"][0]["text"].as_str().unwrap();
                (verdict["verdict"].as_str().unwrap().to_owned(), text.to_owned())
            })
            .collect();
        let figures = &review["figures"];
        told.push((told_by, figures["denials_by_rule"].clone(), figures["denied_users"].clone()));
    }
    let [(by_runs, rules, users), (by_days, rules_by_days, users_by_days)] = told.try_into().unwrap();
    assert_eq!((&rules, &users), (&rules_by_days, &users_by_days));
    assert_eq!(users, 5);
    let idp =
        ("idp".to_owned(), "4 denials by idp_stopped_sending.by_sign_in, with the key Project".to_owned());
    assert_eq!((&by_runs[0], &by_days[0]), (&idp, &idp));
    let hours = "by hour of the day (UTC): 12:00 6, 13:00 6, 14:00 6, 15:00 6, 16:00 6, 17:00 6";
    for ((kind, text), from) in [(&by_runs[1], "12:10"), (&by_days[1], "12:00")] {
        assert_eq!(kind, "one_caller");
        assert!(text.starts_with("36 denials of this user: intended.by_policies"), "{text}");
        assert!(text.contains(&format!(", from 2026-11-12 {from} UTC to 2026-11-12 17:")), "{text}");
        assert!(text.ends_with(hours), "{text}");
    }
}
