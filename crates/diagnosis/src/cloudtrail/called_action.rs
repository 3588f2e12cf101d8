//! Which IAM action a call asks for.
//!
//! The message is the best witness. Where it names none, `data/calls.txt` tells; see `tools/tables/calls.py`.

use serde_json::Value as Json;

use crate::cloudtrail::record::Record;
use crate::words::tables::{CALLS, EVENT_SOURCES, RESOURCE_TAGS};

/// How it is known which action a call asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ActionKnown {
    /// The message names it.
    Named,
    /// The call asks for it, and for no other.
    Certain,
    /// The call asks for one or more of these.
    Several(Vec<String>),
    /// An action has the call's name, and nothing else says that the call asks for it.
    Guessed,
    /// Nothing knows the call.
    Unknown,
}

/// An action, and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CalledAction {
    /// `service:Action`: the likeliest, where there are several; the call's name, where nothing knows it.
    pub action: String,
    pub known: ActionKnown,
}

impl ActionKnown {
    /// Why no proof may rest on it, as a sentence; none where one may.
    pub(crate) fn doubt(&self, action: &str) -> Option<String> {
        let text = match self {
            ActionKnown::Named | ActionKnown::Certain => return None,
            ActionKnown::Several(actions) => {
                format!(
                    "the message names no action, and the call asks for one or more of {}",
                    actions.join(", ")
                )
            }
            ActionKnown::Guessed => {
                format!("the message names no action, and only the call's name says that it is {action}")
            }
            ActionKnown::Unknown => {
                format!("the message names no action, and {} does not know the call {action}", CALLS.source())
            }
        };
        Some(text)
    }
}

/// What the tables do not know of a failed call, as a sentence.
pub fn unknown_to_tables(action: &str, known: &ActionKnown) -> Option<String> {
    match known {
        ActionKnown::Unknown => Some(format!("{} does not know the call {action}", CALLS.source())),
        _ if RESOURCE_TAGS.find(action).is_none() => {
            Some(format!("{} does not know the action {action}", RESOURCE_TAGS.source()))
        }
        _ => None,
    }
}

/// What the event source is called, without the part that all have: `ec2` for `ec2.amazonaws.com`.
pub(crate) fn service(event_source: &str) -> &str {
    let name = event_source.split(".amazonaws.").next().unwrap_or_default();
    match EVENT_SOURCES.find(name) {
        Some(_) => name,
        None => event_source.split('.').next().unwrap_or_default(),
    }
}

/// The keys of a call in the tables, one for each IAM prefix of its source. A name that they do not know is looked up
/// without the version that some services put behind it.
pub(crate) fn keys(record: &Record) -> Vec<String> {
    let prefixes = EVENT_SOURCES.find(service(&record.event_source)).unwrap_or_default();
    let known = |name: &str| -> Vec<String> {
        let keys = prefixes.split_whitespace().map(|prefix| format!("{prefix}:{name}"));
        keys.filter(|key| CALLS.find(key).is_some() || RESOURCE_TAGS.find(key).is_some()).collect()
    };
    let exact = known(&record.event_name);
    match without_version(&record.event_name) {
        Some(bare) if exact.is_empty() => known(bare),
        _ => exact,
    }
}

/// Lambda and CloudFront put the version of the API behind the name: `ListFunctions20150331`,
/// `UpdateFunctionCode20150331v2`, `GetDistribution2020_05_31`.
/// Source: `logging-using-cloudtrail` in the Lambda developer guide, `logging_using_cloudtrail` in CloudFront's.
fn without_version(name: &str) -> Option<&str> {
    let number = name.rfind('v').and_then(|at| name.get(at + 1..)).unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let dated = if is_number { name.get(..name.len() - number.len() - 1)? } else { name };
    let bare = dated.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '_');
    let digits = dated.get(bare.len()..)?.bytes().filter(u8::is_ascii_digit).count();
    (digits == 8 && !bare.is_empty()).then_some(bare)
}

/// The action behind a call whose message names none.
pub(crate) fn called_action(record: &Record) -> CalledAction {
    let keys = keys(record);
    let mut asked: Vec<CalledAction> =
        keys.iter().filter_map(|key| asked_for(key, record.request_parameters.as_ref())).collect();
    match (asked.pop(), asked.as_slice()) {
        (None, _) => {
            let prefix = match EVENT_SOURCES.find(service(&record.event_source)) {
                Some(prefix) if !prefix.contains(' ') => prefix,
                _ => service(&record.event_source),
            };
            let action = format!("{prefix}:{}", record.event_name);
            CalledAction { action, known: ActionKnown::Unknown }
        }
        (Some(only), []) => only,
        (Some(last), others) => {
            several_of(others.iter().chain([&last]).flat_map(|found| match &found.known {
                ActionKnown::Several(actions) => actions.clone(),
                _ => vec![found.action.clone()],
            }))
        }
    }
}

fn asked_for(key: &str, parameters: Option<&Json>) -> Option<CalledAction> {
    let Some((kind, asked)) = CALLS.find(key).and_then(|row| row.split_once(' ')) else {
        // The reference has actions of calls that no model has.
        return Some(CalledAction { action: key.to_owned(), known: ActionKnown::Guessed });
    };
    let actions = |joined: &str| -> Vec<String> {
        joined.split('+').map(|action| if action == "=" { key } else { action }.to_owned()).collect()
    };
    Some(match kind {
        "certain" => CalledAction { action: actions(asked).remove(0), known: ActionKnown::Certain },
        "guessed" => CalledAction { action: actions(asked).remove(0), known: ActionKnown::Guessed },
        "several" => several_of(actions(asked)),
        "parameter" => several_of(alternatives(asked, parameters).into_iter().flat_map(actions)),
        // A call that the table lists without an action.
        _ => return None,
    })
}

/// Of `PARAMETER?ACTIONS ... ACTIONS`, what the call's parameters choose: all of them, where the record hides them.
fn alternatives<'t>(asked: &'t str, parameters: Option<&Json>) -> Vec<&'t str> {
    // The last one is what is asked for without any of the parameters.
    let (rest, otherwise) = asked.rsplit_once(' ').unwrap_or(("", asked));
    let conditional = rest.split(' ').filter_map(|alternative| alternative.split_once('?'));
    let Some(Json::Object(shown)) = parameters else {
        return [otherwise].into_iter().chain(conditional.map(|(_, actions)| actions)).collect();
    };
    let has = |wanted: &str| {
        shown.iter().any(|(name, value)| name.eq_ignore_ascii_case(wanted) && !value.is_null())
    };
    let chosen: Vec<&str> =
        conditional.filter(|(parameter, _)| has(parameter)).map(|(_, actions)| actions).collect();
    if chosen.is_empty() { vec![otherwise] } else { chosen }
}

fn several_of(actions: impl IntoIterator<Item = String>) -> CalledAction {
    let mut different: Vec<String> = Vec::new();
    for action in actions {
        if !different.iter().any(|known| known.eq_ignore_ascii_case(&action)) {
            different.push(action);
        }
    }
    let action = different.first().cloned().unwrap_or_default();
    let known = if different.len() == 1 { ActionKnown::Certain } else { ActionKnown::Several(different) };
    CalledAction { action, known }
}

#[cfg(test)]
mod tests;
