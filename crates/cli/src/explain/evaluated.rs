//! What was evaluated: tags, the statement that decides, what nobody could read.

use iam_policy::Effect;
use tagmend_diagnosis::{Compared, Diagnosis, Given, Tag, Tags};

use super::harmless_lines;
use crate::text::escaped;

/// What was evaluated, with what.
pub(super) fn evaluated(diagnosis: &Diagnosis, show_values: bool) -> String {
    let mut text = String::new();
    if let Some(tags) = &diagnosis.tags {
        let heading = if tags.is_recorded { "of this session" } else { "sent now" };
        text.push_str(&format!("\nEvaluated\n  session tag          {heading:<24} as approved\n"));
        for (key, tag) in tags.intended.iter() {
            // A record shows all tags; keys that nobody asks for are not listed one by one.
            let now = tags.session.get(key).unwrap_or(if tags.is_recorded {
                &Tag::NotSent
            } else {
                &Tag::Unmapped
            });
            let now = describe(now, show_values);
            text.push_str(&format!("  {:<20} {now:<24} {}\n", escaped(key), describe(tag, show_values)));
        }
        text.push_str(&unlisted(&tags.session, &tags.intended));
    }
    if let Some(statement) = &diagnosis.evidence.statement {
        let effect = match statement.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        text.push_str(&format!(
            "  decided by           {effect} {} of {}\n                       {}\n",
            statement.statement, statement.policy, statement.part
        ));
        text.push_str(&compared(&statement.compared, show_values));
    }
    let list = |name: &str, items: &[String]| match items {
        [] => String::new(),
        items => format!("  {name:<20} {}\n", items.join(", ")),
    };
    text.push_str(&list("it depends on", &diagnosis.evidence.rests_on));
    text.push_str(&list("nobody could read", &diagnosis.evidence.depends_on));
    text.push_str(&list("not seen", &diagnosis.evidence.unseen));
    if let Some(opinion) = &diagnosis.second_opinion {
        text.push_str(&format!("  second opinion       {}\n", opinion.sentence()));
    }
    if let Some(digest) = &diagnosis.policy_digest {
        text.push_str(&format!("  policy digest        {digest}\n"));
    }
    harmless_lines(&text)
}

/// What the statement compared, key by key, with what the request has.
fn compared(compared: &[Compared], show_values: bool) -> String {
    // Then the statement says it.
    if compared.iter().all(|one| one.given == Given::Absent) {
        return String::new();
    }
    let line = |(place, one): (usize, &Compared)| {
        let label = if place == 0 { "compared" } else { "" };
        let given = match &one.given {
            Given::Absent => "nothing".to_owned(),
            Given::Unknown => "unknown here".to_owned(),
            Given::Values(_) if !show_values => "a value (hidden)".to_owned(),
            Given::Values(values) => {
                values.iter().map(|value| escaped(value.reveal())).collect::<Vec<_>>().join(", ")
            }
        };
        format!("  {label:<20} {}: {given}\n", escaped(&one.key))
    };
    let mut text: String = compared.iter().enumerate().map(line).collect();
    if !show_values && compared.iter().any(|one| matches!(one.given, Given::Values(_))) {
        text.push_str("                       (--show-values shows values)\n");
    }
    text
}

/// Keys that are sent and not in the baseline are in both lists; this only says so where there are none at all.
fn unlisted(sent: &Tags, intended: &Tags) -> String {
    match (sent.iter().next(), intended.iter().next()) {
        (None, None) => "  (no session tags)\n".to_owned(),
        _ => String::new(),
    }
}

fn describe(tag: &Tag, show_values: bool) -> String {
    match tag {
        Tag::Value(value) if show_values => escaped(value.reveal()),
        Tag::Value(_) => "a value (hidden)".to_owned(),
        Tag::Unmapped => "not sent: no mapping".to_owned(),
        Tag::NoValue => "not sent: user has none".to_owned(),
        Tag::NotSent => "not sent".to_owned(),
        Tag::Unknown => "unknown here".to_owned(),
    }
}
