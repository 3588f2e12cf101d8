//! What to do first, with the commands filled in.

use schemars::JsonSchema;
use serde::Serialize;

use crate::history::{History, Standing, Thing};
use crate::next_time::NextTime;
use crate::on_call::TemplateAlarm;
use crate::place::Place;
use crate::rows::FixRow;
use crate::verdict::{Kind, Reason, Verdict};
use crate::window::Window;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// Why.
    pub why: String,
    /// The command; none where it is up to a person.
    pub command: Option<String>,
}

/// The command that undoes a fix.
pub(crate) fn rollback(place: &Place, fix: &str) -> String {
    place.tagmend(&["rollback", fix])
}

/// What to do, the most urgent first; nothing where nothing is to be done.
pub(crate) fn steps(
    history: &History,
    verdicts: &[Verdict],
    next: &[NextTime],
    fixes: &[FixRow],
    alarm: Option<(TemplateAlarm, Window)>,
    place: &Place,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut add = |why: String, command: Option<String>| {
        let step = Step { why, command };
        if !steps.contains(&step) {
            steps.push(step);
        }
    };
    let told = alarm.map(|(alarm, window)| alarm.first(place, window, fixes));
    if let Some(told) = told.as_ref().filter(|told| told.comes_first) {
        add(told.why.clone(), told.command.clone());
    }
    // Somebody may be denied at this moment.
    let undone = fixes.iter().rfind(|fix| fix.standing == Standing::Undone);
    if let Some(fix) = undone {
        let (why, command) = match (&fix.undone_by, &fix.undone_by_event) {
            (Some(by), Some(event)) => (format!("taken away by {by}: see the call"), place.event(event)),
            _ => ("see what the instance lacks".to_owned(), place.tagmend(&["scan"])),
        };
        add(format!("{} is gone again, and is still approved: {why}", fix.change), Some(command));
    }
    // What ends the cause comes before what only stops the symptom.
    let mut ordered: Vec<&Verdict> = verdicts.iter().collect();
    ordered.sort_by_key(|verdict| match verdict.verdict {
        Kind::Limit => 0,
        Kind::Deployment => 1,
        _ => 2,
    });
    for verdict in ordered {
        match (verdict.verdict, &verdict.reason) {
            (Kind::Limit, Reason::Refusal(name, thing)) => {
                of_limit(history, name, thing.as_ref(), place, &mut add)
            }
            (Kind::Loop, Reason::Thing(thing)) => {
                // Then the next verdict says what to do about it.
                let is_told = verdicts.iter().any(|other| other.verdict == Kind::Deployment);
                let taken = fixes.iter().rfind(|fix| &fix.change == thing && fix.taken_by.is_some());
                if let Some((by, event)) = taken
                    .filter(|_| !is_told)
                    .and_then(|fix| fix.taken_by.as_ref().zip(fix.taken_by_event.as_ref()))
                {
                    add(format!("{thing} is taken away by {by}: see the call"), Some(place.event(event)));
                } else if thing.key().is_some() && !is_told {
                    let command =
                        place.calls("EventName", "UpdateInstanceAccessControlAttributeConfiguration");
                    add(format!("find out who takes {thing} away"), Some(command));
                }
                if let Some(key) = thing.key() {
                    let reason = "somebody takes it away again and again";
                    add(
                        format!(
                            "if {key} is gone on purpose, stop restoring it until the baseline is changed"
                        ),
                        Some(place.tagmend(&["hold", "--key", key, "--reason", reason])),
                    );
                }
            }
            (Kind::Wave, _) => add(
                "see whether everything that is approved is there again".to_owned(),
                Some(place.tagmend(&["scan"])),
            ),
            (Kind::Deployment, Reason::Tool(tool, principal)) => {
                let of = next.iter().find(|next| next.tool == *tool && next.principal == *principal);
                if let Some(next) = of {
                    add(
                        format!(
                            "put {} into {}; {} runs it",
                            next.keys.join(", "),
                            next.file,
                            principal.as_deref().unwrap_or("an unnamed caller")
                        ),
                        Some(place.event(&next.event_id)),
                    );
                }
            }
            (Kind::Idp, Reason::Key(key)) => add(
                format!(
                    "ask the owner of the IdP why {key} is not in the SAML assertion; Tagmend never maps a key that the IdP sends"
                ),
                Some(place.tagmend(&["scan"])),
            ),
            (Kind::OneCaller, Reason::User(_)) => add(
                if history.names.is_empty() {
                    "learn who it is: whoever may read the installation's key can ask for names".to_owned()
                } else {
                    "ask this user what runs under the session".to_owned()
                },
                history.names.is_empty().then(|| place.tagmend(&["review", "--names"])),
            ),
            (Kind::PlanOnly, _) => add(
                "if Tagmend shall make these changes, deploy it with Mode=apply".to_owned(),
                Some("make deploy ARGS='--parameter-overrides Mode=apply'".to_owned()),
            ),
            _ => {}
        }
    }
    if history.hold.all.is_some() || !history.hold.keys.is_empty() {
        add("writing is on hold: see who, why and since when below".to_owned(), None);
    }
    if let Some(told) = told.filter(|_| steps.is_empty()) {
        steps.push(Step { why: told.why, command: told.command });
    }
    steps
}

fn of_limit(
    history: &History,
    name: &str,
    thing: Option<&Thing>,
    place: &Place,
    add: &mut impl FnMut(String, Option<String>),
) {
    match name {
        "hold" => {
            let key = thing.and_then(Thing::key).filter(|key| {
                history.hold.all.is_none()
                    && history.hold.keys.keys().any(|held| held.eq_ignore_ascii_case(key))
            });
            let command = match key {
                Some(key) => place.tagmend(&["resume", "--key", key]),
                None => place.tagmend(&["resume"]),
            };
            add("if the reason of the hold is gone, let writing go on".to_owned(), Some(command));
        }
        "refused_before" => add(
            "see what AWS answered: the reason is in these objects".to_owned(),
            Some(place.journal("not_made/")),
        ),
        "blast_radius" => {
            add("see whether watch has an index, and of when".to_owned(), Some(place.journal("index.json")))
        }
        "policies_not_approved" => add(
            "compare the policies with the approved ones".to_owned(),
            Some(place.tagmend(&["baseline", "check"])),
        ),
        "no_room" => add("find mappings that no policy mentions".to_owned(), Some(place.tagmend(&["scan"]))),
        "budget_spent" | "repeat_limit" => add(
            "find what breaks before the limit is raised: see what else is missing now".to_owned(),
            Some(place.tagmend(&["scan"])),
        ),
        _ => add("see what stops it under `not made`".to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_is_one_word_of_a_command() {
        let place = Place { options: vec!["--state".to_owned(), "a b".to_owned()], ..Place::default() };
        assert_eq!(
            place.tagmend(&["hold", "--key", "x'; rm -rf ~ #"]),
            r"tagmend hold --key 'x'\''; rm -rf ~ #' --state 'a b'"
        );
    }
}
