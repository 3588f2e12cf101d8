//! What an alarm of the template means for whoever is woken by it: what to do first, with the command filled in.
//!
//! `tests/end_to_end/review/on_call.rs` holds this table to the template, and runs the line that each alarm's text ends with.

use std::str::FromStr;

use crate::place::{Place, quoted};
use crate::rows::FixRow;
use crate::window::Window;

/// An alarm of `infra/template.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// `DeadLettersAlarm`
    DeadLetters,
    /// `DriftAlarm`
    Drift,
    /// `EscalationsAlarm`
    Escalations,
    /// `FailuresAlarm`
    Failures,
    /// `FixNotHeldAlarm`
    FixNotHeld,
    /// `HealBaselineAlarm`
    HealBaseline,
    /// `HealErrorsAlarm`
    HealErrors,
    /// `HealThrottlesAlarm`
    HealThrottles,
    /// `InstanceKeyAlarm`
    InstanceKey,
    /// `JournalNotBegunAlarm`
    JournalNotBegun,
    /// `ManyFixesAlarm`
    ManyFixes,
    /// `MappingsAlarm`
    Mappings,
    /// `NoEventsAlarm`
    NoEvents,
    /// `NotMadeAlarm`
    NotMade,
    /// `NotUnderstoodAlarm`
    NotUnderstood,
    /// `OwnFailuresAlarm`
    OwnFailures,
    /// `ProvisioningRefusedAlarm`
    ProvisioningRefused,
    /// `QueueAgeAlarm`
    QueueAge,
    /// `RacesAlarm`
    Races,
    /// `RefusedAlarm`
    Refused,
    /// `RepeatedAlarm`
    Repeated,
    /// `SignInsFailAlarm`
    SignInsFail,
    /// `TokenExpiresAlarm`
    TokenExpires,
    /// `TurnedOffAlarm`
    TurnedOff,
    /// `UnusualFixesAlarm`
    UnusualFixes,
    /// `WatchBaselineAlarm`
    WatchBaseline,
    /// `WatchSilentAlarm`
    WatchSilent,
}

/// A name that no alarm of the template has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no alarm of the template; docs/runbook.md has a row for each, as DriftAlarm")]
pub struct NoSuchAlarm;

impl FromStr for Rung {
    type Err = NoSuchAlarm;

    /// By its name in the template, or by the one that CloudFormation made of it: `STACK-NAME-RANDOM`.
    fn from_str(name: &str) -> Result<Rung, NoSuchAlarm> {
        let is_it = |rung: &&Rung| name.split('-').any(|part| part == rung.name());
        Rung::ALL.iter().find(is_it).copied().ok_or(NoSuchAlarm)
    }
}

/// What to do about an alarm, and whether that comes before what the verdicts say.
pub(crate) struct First {
    pub(crate) why: String,
    pub(crate) command: Option<String>,
    /// Else the verdicts say it better, where there are any.
    pub(crate) comes_first: bool,
}

impl Rung {
    /// Every alarm.
    pub const ALL: [Rung; 27] = [
        Rung::DeadLetters,
        Rung::Drift,
        Rung::Escalations,
        Rung::Failures,
        Rung::FixNotHeld,
        Rung::HealBaseline,
        Rung::HealErrors,
        Rung::HealThrottles,
        Rung::InstanceKey,
        Rung::JournalNotBegun,
        Rung::ManyFixes,
        Rung::Mappings,
        Rung::NoEvents,
        Rung::NotMade,
        Rung::NotUnderstood,
        Rung::OwnFailures,
        Rung::ProvisioningRefused,
        Rung::QueueAge,
        Rung::Races,
        Rung::Refused,
        Rung::Repeated,
        Rung::SignInsFail,
        Rung::TokenExpires,
        Rung::TurnedOff,
        Rung::UnusualFixes,
        Rung::WatchBaseline,
        Rung::WatchSilent,
    ];

    /// Its name in the template.
    pub fn name(self) -> &'static str {
        match self {
            Rung::DeadLetters => "DeadLettersAlarm",
            Rung::Drift => "DriftAlarm",
            Rung::Escalations => "EscalationsAlarm",
            Rung::Failures => "FailuresAlarm",
            Rung::FixNotHeld => "FixNotHeldAlarm",
            Rung::HealBaseline => "HealBaselineAlarm",
            Rung::HealErrors => "HealErrorsAlarm",
            Rung::HealThrottles => "HealThrottlesAlarm",
            Rung::InstanceKey => "InstanceKeyAlarm",
            Rung::JournalNotBegun => "JournalNotBegunAlarm",
            Rung::ManyFixes => "ManyFixesAlarm",
            Rung::Mappings => "MappingsAlarm",
            Rung::NoEvents => "NoEventsAlarm",
            Rung::NotMade => "NotMadeAlarm",
            Rung::NotUnderstood => "NotUnderstoodAlarm",
            Rung::OwnFailures => "OwnFailuresAlarm",
            Rung::ProvisioningRefused => "ProvisioningRefusedAlarm",
            Rung::QueueAge => "QueueAgeAlarm",
            Rung::Races => "RacesAlarm",
            Rung::Refused => "RefusedAlarm",
            Rung::Repeated => "RepeatedAlarm",
            Rung::SignInsFail => "SignInsFailAlarm",
            Rung::TokenExpires => "TokenExpiresAlarm",
            Rung::TurnedOff => "TurnedOffAlarm",
            Rung::UnusualFixes => "UnusualFixesAlarm",
            Rung::WatchBaseline => "WatchBaselineAlarm",
            Rung::WatchSilent => "WatchSilentAlarm",
        }
    }

    /// What to do first.
    pub(crate) fn first(self, place: &Place, window: Window, fixes: &[FixRow]) -> First {
        let at_once =
            |why: &str, command| First { why: format!("{}: {why}", self.name()), command, comes_first: true };
        let unless_told = |why: &str, command| First { comes_first: false, ..at_once(why, command) };
        match self {
            Rung::DeadLetters => at_once(
                "see which failures nobody looked at, and what would become of them now",
                place.dead_letters(),
            ),
            Rung::Drift => at_once(
                "see what is not as the baseline says: changed on purpose, change the baseline; else change it back",
                Some(place.tagmend(&["scan"])),
            ),
            Rung::Escalations | Rung::Repeated => unless_told(
                "see who takes away what was restored, and whether on purpose",
                Some(taker(place, fixes)),
            ),
            Rung::ManyFixes | Rung::UnusualFixes => unless_told(
                "no verdict explains the fixes: see who took away what was restored last",
                Some(taker(place, fixes)),
            ),
            Rung::Races => unless_told(
                "somebody wrote at the same moment, and one write may be lost: see whether everything that is approved is there",
                Some(place.tagmend(&["scan"])),
            ),
            Rung::Refused | Rung::NotMade => {
                unless_told("`not made` below has what was stopped, why, and when it goes on", None)
            }
            Rung::FixNotHeld => unless_told(
                "no fix is seen undone now; see whether a user was denied again, and for which change: signing in again may be all it takes",
                place.log("watch", window, "\"denied again for the same cause\""),
            ),
            Rung::Failures => at_once(
                "see the errors: a record comes again by itself, five times in all; of a change, the journal has a snapshot",
                place.log("heal", window, "{ $.level = \"ERROR\" }"),
            ),
            Rung::HealErrors => at_once(
                "see why heal ended: its batch comes again, and is a dead letter after five times",
                place.log("heal", window, "?ERROR ?panicked ?\"Task timed out\""),
            ),
            Rung::HealThrottles => at_once(
                "see how many of heal may run at once: 0 is the emergency stop; else a burst, which is over soon",
                place.of_function("aws lambda get-function-concurrency"),
            ),
            Rung::QueueAge => at_once(
                "see whether heal takes from its queue: whether the mapping is enabled, and what ended it last",
                place.of_function("aws lambda list-event-source-mappings"),
            ),
            Rung::NotUnderstood => at_once(
                "see the words that nobody here knows, without names; treat those denials by hand",
                place.log("heal", window, "\"residue_hash\""),
            ),
            Rung::OwnFailures => {
                at_once("see which right is missing, or which key refuses", Some(place.tagmend(&["doctor"])))
            }
            Rung::NoEvents => at_once(
                "a day on which nobody works is none to worry about; else see whether rules, trail and queue are as they were",
                Some(place.tagmend(&["doctor"])),
            ),
            Rung::TurnedOff => at_once(
                "see who turned it off: every mapping is deleted, and Tagmend never turns it on again",
                Some(place.calls("EventName", "DeleteInstanceAccessControlAttributeConfiguration")),
            ),
            Rung::HealBaseline | Rung::WatchBaseline => at_once(
                "the baseline can be read again, or nothing of this would be here: see who changed it, by the versions of its object",
                Some(format!(
                    "aws s3api list-object-versions --region {} --bucket {} --prefix baselines/",
                    quoted(&place.region),
                    quoted(&place.bucket)
                )),
            ),
            Rung::SignInsFail => at_once(
                "see the texts of the failures; all at once: the certificate, the ACS URL or the clock of the identity provider",
                Some(place.calls("EventName", "ExternalIdPDirectoryLogin")),
            ),
            Rung::ProvisioningRefused => at_once(
                "see what was refused; `tagmend explain` of one such record says what to change at the identity provider",
                Some(place.calls("EventSource", "identitystore-scim.amazonaws.com")),
            ),
            Rung::TokenExpires => at_once(
                "generate a second access token for provisioning, enter it at the identity provider, test, and delete the old one",
                None,
            ),
            Rung::InstanceKey => at_once(
                "see which key it is and what is wrong with it: a disabled key lets nobody sign in, so enable it at once",
                Some(format!(
                    "aws sso-admin describe-instance --region {} --instance-arn {}",
                    quoted(&place.region),
                    quoted(&place.instance)
                )),
            ),
            Rung::WatchSilent => at_once(
                "see what stops watch; without a line, it does not run: see its schedule",
                place.log("watch", window, "?ERROR ?panicked ?\"Task timed out\""),
            ),
            Rung::JournalNotBegun => at_once(
                "a new installation: begin it. Else bring hold, fixes and snapshots back from their versions first",
                Some(place.tagmend(&["journal", "begin"])),
            ),
            Rung::Mappings => at_once(
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
        for rung in Rung::ALL {
            assert_eq!(rung.name().parse(), Ok(rung));
            assert_eq!(format!("tag-mend-{}-1A2B3C4D5E6F", rung.name()).parse(), Ok(rung));
        }
        for none in ["", "Alarm", "tagmend-MyDriftAlarm", "driftalarm"] {
            assert_eq!(none.parse::<Rung>(), Err(NoSuchAlarm), "{none}");
        }
    }
}
