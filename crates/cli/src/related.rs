//! What is no denied call: as a row, in depth, and with the stories that it is part of.

use serde_json::{Value as Json, json};
use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::related::story::{Link, Story};

use crate::known::Known;
use crate::text::escaped;

/// A row of the table: who, what, why, and who acts.
pub(crate) fn row(related: &Related) -> [String; 4] {
    let about = related.cause.about();
    let why = std::iter::once(about.title.to_owned()).chain(related.evidence.first().cloned());
    [who(related), related.action.clone(), why.collect::<Vec<_>>().join(": "), about.actor.to_owned()]
}

fn who(related: &Related) -> String {
    match (&related.user_id, &related.actor) {
        (Some(user), _) => format!("user {user}"),
        (None, Some(actor)) => actor.clone(),
        (None, None) => "nobody that is named".to_owned(),
    }
}

/// A record with the stories that it is part of.
pub(crate) fn with_stories(mut record: Json, stories: &[Story]) -> Json {
    let Some(id) = record.get("event_id").and_then(Json::as_str).map(str::to_owned) else {
        return record;
    };
    let is_in = |story: &&Story| {
        story.before.event_id == id || story.after.iter().any(|moment| moment.event_id == id)
    };
    let told: Vec<Json> = stories.iter().filter(is_in).map(story).collect();
    if let (Some(record), false) = (record.as_object_mut(), told.is_empty()) {
        record.insert("stories".to_owned(), Json::Array(told));
    }
    record
}

fn story(story: &Story) -> Json {
    json!({
        "kind": story.kind.name(),
        "link": match story.link { Link::ShortlyBefore => "shortly_before", Link::Shown => "shown" },
        "before": story.before.event_id,
        "after": story.after.iter().map(|moment| &moment.event_id).collect::<Vec<_>>(),
        "text": story.to_string(),
    })
}

/// One record, in depth.
pub(crate) fn explanation(related: &Related, known: &Known) -> String {
    let about = related.cause.about();
    let mut text = format!(
        "Observed\n  event      {}\n  time       {}\n  who        {}\n  what       {} in {}\n  region     {}\n",
        escaped(&related.event_id),
        related.time,
        escaped(&who(related)),
        escaped(&related.action),
        escaped(related.account.as_deref().unwrap_or("an account that is not named")),
        escaped(related.region.as_deref().unwrap_or("not named")),
    );
    for (name, said) in [("error", &related.error_code), ("message", &related.error_message)] {
        if let Some(said) = said {
            text.push_str(&format!("  {name:<10} {}\n", escaped(said)));
        }
    }
    text.push_str(&format!("\nConcluded\n  {} ({}, no denied call)\n", about.title, related.class().name()));
    for sentence in &related.evidence {
        text.push_str(&format!("  - {}\n", escaped(sentence)));
    }
    text.push_str(&format!("\nWhat to do\n  Tagmend never acts on it\n  {}\n", related.advice));
    text.push_str(&format!(
        "\nWhom to ask\n  {}\n{}  see          {}\n",
        about.actor,
        known.begin_with(&related.command(), related.account.as_deref()),
        about.page
    ));
    text
}
