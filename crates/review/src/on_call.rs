//! What an alarm of the template means for whoever is woken by it: what to do first, with the command filled in.
//!
//! `tests/end_to_end/review/on_call.rs` holds this table to the template, and runs the line that each alarm's text ends with.

use std::str::FromStr;

use tagmend_diagnosis::quoted;

use crate::place::Place;
use crate::rows::FixRow;
use crate::window::Window;

/// Defines the alarms from one list of their names, which end with `Alarm` in the template.
macro_rules! alarms {
    ($($name:ident),+ $(,)?) => {
        /// An alarm of `infra/template.yaml`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TemplateAlarm {
            $(#[doc = concat!("`", stringify!($name), "Alarm`")] $name,)+
        }

        impl TemplateAlarm {
            /// Every alarm.
            pub const ALL: &[TemplateAlarm] = &[$(TemplateAlarm::$name),+];

            /// Its name in the template.
            pub fn name(self) -> &'static str {
                match self {
                    $(TemplateAlarm::$name => concat!(stringify!($name), "Alarm"),)+
                }
            }
        }
    };
}

alarms! {
    DeadLetters,
    Drift,
    Escalations,
    Failures,
    FixNotHeld,
    HealBaseline,
    HealErrors,
    HealThrottles,
    InstanceKey,
    JournalNotBegun,
    ManyFixes,
    Mappings,
    NoEvents,
    NotMade,
    NotUnderstood,
    OwnFailures,
    ProvisioningRefused,
    QueueAge,
    Races,
    Refused,
    Repeated,
    SignInsFail,
    TokenExpires,
    TurnedOff,
    UnusualFixes,
    WatchBaseline,
    WatchSilent,
}

/// A name that no alarm of the template has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no alarm of the template; docs/runbook.md has a row for each, as DriftAlarm")]
pub struct NoSuchAlarm;

impl FromStr for TemplateAlarm {
    type Err = NoSuchAlarm;

    /// By its name in the template, or by the one that CloudFormation made of it: `STACK-NAME-RANDOM`.
    fn from_str(name: &str) -> Result<TemplateAlarm, NoSuchAlarm> {
        let is_it = |alarm: &&TemplateAlarm| name.split('-').any(|part| part == alarm.name());
        TemplateAlarm::ALL.iter().find(is_it).copied().ok_or(NoSuchAlarm)
    }
}

/// What to do about an alarm, and whether that comes before what the verdicts say.
pub(crate) struct FirstStep {
    pub(crate) why: String,
    pub(crate) command: Option<String>,
    /// Else the verdicts say it better, where there are any.
    pub(crate) comes_first: bool,
}

impl TemplateAlarm {
    /// What to do first.
    pub(crate) fn first(self, place: &Place, window: Window, fixes: &[FixRow]) -> FirstStep {
        let at_once = |why: &str, command| FirstStep {
            why: format!("{}: {why}", self.name()),
            command,
            comes_first: true,
        };
        let unless_told = |why: &str, command| FirstStep { comes_first: false, ..at_once(why, command) };
        match self {
            TemplateAlarm::DeadLetters => at_once(
                "see which failures nobody looked at, and what would become of them now",
                place.dead_letters(),
            ),
            TemplateAlarm::Drift => at_once(
                "see what is not as the baseline says: changed on purpose, change the baseline; else change it back",
                Some(place.tagmend(&["scan"])),
            ),
            TemplateAlarm::Escalations | TemplateAlarm::Repeated => unless_told(
                "see who takes away what was restored, and whether on purpose",
                Some(taker(place, fixes)),
            ),
            TemplateAlarm::ManyFixes | TemplateAlarm::UnusualFixes => unless_told(
                "no verdict explains the fixes: see who took away what was restored last",
                Some(taker(place, fixes)),
            ),
            TemplateAlarm::Races => unless_told(
                "somebody wrote at the same moment, and one write may be lost: see whether everything that is approved is there",
                Some(place.tagmend(&["scan"])),
            ),
            TemplateAlarm::Refused | TemplateAlarm::NotMade => {
                unless_told("`not made` below has what was stopped, why, and when it goes on", None)
            }
            TemplateAlarm::FixNotHeld => unless_told(
                "no fix is seen undone now; see whether a user was denied again, and for which change: signing in again may be all it takes",
                place.log("watch", window, "\"denied again for the same cause\""),
            ),
            TemplateAlarm::Failures => at_once(
                "see the errors: a record comes again by itself, five times in all; of a change, the journal has a snapshot",
                place.log("heal", window, "{ $.level = \"ERROR\" }"),
            ),
            TemplateAlarm::HealErrors => at_once(
                "see why heal ended: its batch comes again, and is a dead letter after five times",
                place.log("heal", window, "?ERROR ?panicked ?\"Task timed out\""),
            ),
            TemplateAlarm::HealThrottles => at_once(
                "see how many of heal may run at once: 0 is the emergency stop; else a burst, which is over soon",
                place.of_function("aws lambda get-function-concurrency"),
            ),
            TemplateAlarm::QueueAge => at_once(
                "see whether heal takes from its queue: whether the mapping is enabled, and what ended it last",
                place.of_function("aws lambda list-event-source-mappings"),
            ),
            TemplateAlarm::NotUnderstood => at_once(
                "see the words that nobody here knows, without names; treat those denials by hand",
                place.log("heal", window, "\"residue_hash\""),
            ),
            TemplateAlarm::OwnFailures => {
                at_once("see which right is missing, or which key refuses", Some(place.tagmend(&["doctor"])))
            }
            TemplateAlarm::NoEvents => at_once(
                "a day on which nobody works is none to worry about; else see whether rules, trail and queue are as they were",
                Some(place.tagmend(&["doctor"])),
            ),
            TemplateAlarm::TurnedOff => at_once(
                "see who turned it off: every mapping is deleted, and Tagmend never turns it on again",
                Some(place.calls("EventName", "DeleteInstanceAccessControlAttributeConfiguration")),
            ),
            TemplateAlarm::HealBaseline | TemplateAlarm::WatchBaseline => at_once(
                "the baseline can be read again, or nothing of this would be here: see who changed it, by the versions of its object",
                Some(format!(
                    "aws s3api list-object-versions --region {} --bucket {} --prefix baselines/",
                    quoted(&place.region),
                    quoted(&place.bucket)
                )),
            ),
            TemplateAlarm::SignInsFail => at_once(
                "see the texts of the failures; all at once: the certificate, the ACS URL or the clock of the identity provider",
                Some(place.calls("EventName", "ExternalIdPDirectoryLogin")),
            ),
            TemplateAlarm::ProvisioningRefused => at_once(
                "see what was refused; `tagmend explain` of one such record says what to change at the identity provider",
                Some(place.calls("EventSource", "identitystore-scim.amazonaws.com")),
            ),
            TemplateAlarm::TokenExpires => at_once(
                "generate a second access token for provisioning, enter it at the identity provider, test, and delete the old one",
                None,
            ),
            TemplateAlarm::InstanceKey => at_once(
                "see which key it is and what is wrong with it: a disabled key lets nobody sign in, so enable it at once",
                Some(format!(
                    "aws sso-admin describe-instance --region {} --instance-arn {}",
                    quoted(&place.region),
                    quoted(&place.instance)
                )),
            ),
            TemplateAlarm::WatchSilent => at_once(
                "see what stops watch; without a line, it does not run: see its schedule",
                place.log("watch", window, "?ERROR ?panicked ?\"Task timed out\""),
            ),
            TemplateAlarm::JournalNotBegun => at_once(
                "a new installation: begin it. Else bring hold, fixes and snapshots back from their versions first",
                Some(place.tagmend(&["journal", "begin"])),
            ),
            TemplateAlarm::Mappings => at_once(
                "find mappings that no policy mentions, and take them out: AWS does not raise this quota",
                Some(place.tagmend(&["scan"])),
            ),
        }
    }
}

/// The call that took away what was restored last; else every such call.
fn taker(place: &Place, fixes: &[FixRow]) -> String {
    match fixes.iter().rev().find_map(|fix| fix.taken_by_event.as_deref()) {
        Some(event) => place.event(event),
        None => place.calls("EventName", "UpdateInstanceAccessControlAttributeConfiguration"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_known_by_its_name_and_by_that_of_cloudformation() {
        for alarm in TemplateAlarm::ALL.iter().copied() {
            assert_eq!(alarm.name().parse(), Ok(alarm));
            assert_eq!(format!("tag-mend-{}-1A2B3C4D5E6F", alarm.name()).parse(), Ok(alarm));
        }
        for none in ["", "Alarm", "tagmend-MyDriftAlarm", "driftalarm"] {
            assert_eq!(none.parse::<TemplateAlarm>(), Err(NoSuchAlarm), "{none}");
        }
    }
}
