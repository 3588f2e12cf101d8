//! What is counted of a batch and of a second look.

use tagmend_diagnosis::related::cause::Cause as Kind;
use tagmend_diagnosis::{
    Cause, Change, MAXIMUM_MAPPINGS, Plan, drift::Finding, is_denied, standing::Standing,
};

use super::Metric;
use crate::apply::Outcome;
use crate::aws::aws_error::AwsError;
use crate::follow::Followed;
use crate::ledger::{Attempt, ChangeResult, Limit};
use crate::pinned::NoBaseline;
use crate::read::foreign_writes::Overwritten;
use crate::report::{Report, Treated, Treatment};
use crate::watch::Inspection;

/// Every metric with its count, zeros included, so that alarms have a baseline.
pub fn counts(report: &Report) -> Vec<(Metric, u64)> {
    let mut counts = vec![(Metric::Invocations, 1)];
    let count = |matches: &dyn Fn(&Treated) -> bool| {
        report.treated.iter().filter(|treated| matches(treated)).count() as u64
    };
    counts.push((Metric::Denials, count(&|treated| matches!(treated, Treated::Failure(..)))));
    let changes = |cause: Option<Cause>, fixed_only: bool| {
        report
            .changes
            .iter()
            .filter(|treated| {
                cause.is_none_or(|cause| healed_cause(&treated.change) == cause)
                    && (!fixed_only || matches!(treated.outcome, Some(Outcome::Fixed(_))))
            })
            .count() as u64
    };
    for cause in [None, Some(Cause::MappingMissing), Some(Cause::NotProvisioned)] {
        counts.push((Metric::Planned(cause), changes(cause, false)));
        counts.push((Metric::Fixes(cause), changes(cause, true)));
    }
    for cause in std::iter::once(None).chain(Cause::ALL.map(Some)) {
        let left_alone = count(&|treated| match treated {
            Treated::Failure(_, Treatment::Diagnosed { diagnosis, plan: Plan::Nothing(_), .. }) => {
                cause.is_none_or(|cause| diagnosis.cause == cause)
            }
            _ => false,
        });
        counts.push((Metric::LeftAlone(cause), left_alone));
    }
    for kind in Kind::ALL {
        let of_kind = count(&|treated| matches!(treated, Treated::Related(related) if related.cause == kind));
        counts.push((Metric::Related(kind), of_kind));
    }
    let not_understood = count(&|treated| match treated {
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, .. }) => {
            diagnosis.cause == Cause::Undetermined && failure.message.residue.is_some()
        }
        _ => false,
    });
    counts.push((Metric::NotUnderstood, not_understood));
    let untreated = count(&|treated| {
        matches!(treated, Treated::Unreadable(_) | Treated::Failure(_, Treatment::Unanswered(_)))
    });
    let ended = |matches: fn(&Outcome) -> bool| {
        report.changes.iter().filter(|it| it.outcome.as_ref().is_some_and(matches)).count() as u64
    };
    let failed = ended(Outcome::is_failure);
    let is_unchecked = |overwritten: &&Overwritten| matches!(overwritten, Overwritten::Unchecked(_));
    let unchecked = report.overwritten.iter().filter(is_unchecked).count() as u64;
    let is_unanswered = |followed: &&Followed| matches!(followed, Followed::Unanswered(_));
    let unfollowed = report.followed.values().filter(is_unanswered).count() as u64;
    counts.push((Metric::Failures, untreated + failed + unchecked + unfollowed));
    let own = count(&|treated| match treated {
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. }) => diagnosis.cause == Cause::OwnFailure,
        Treated::Failure(_, Treatment::Unanswered(error)) => is_denied(&error.code),
        Treated::Unreadable(_) | Treated::PassedOver | Treated::Related(_) | Treated::Repeated { .. } => {
            false
        }
    });
    let refused = report
        .changes
        .iter()
        .filter(|it| matches!(&it.outcome, Some(Outcome::Failed(error)) if is_denied(&error.code)))
        .count() as u64;
    let refused_looks = report
        .followed
        .values()
        .filter(|followed| matches!(followed, Followed::Unanswered(error) if is_denied(&error.code)))
        .count() as u64;
    counts.push((Metric::OwnFailures, own + refused + refused_looks));
    counts.push((Metric::Escalations, ended(|outcome| matches!(outcome, Outcome::Escalated(_)))));
    let raced = ended(|outcome| matches!(outcome, Outcome::Raced { .. }));
    counts.push((Metric::Races, raced + report.overwritten.len() as u64 - unchecked));
    let refused =
        ended(|outcome| matches!(outcome, Outcome::Refused(refusal) if !Limit::from(refusal).is_passing()));
    counts.push((Metric::Refused, refused));
    counts.push((Metric::TurnedOff, report.turned_off.len() as u64));
    let attempts = |matches: fn(&Attempt) -> bool| {
        report.changes.iter().filter(|it| matches(&it.attempt)).count() as u64
    };
    counts.push((Metric::Repeated, attempts(|attempt| attempt.repeats.is_some())));
    let is_open = |attempt: &Attempt| {
        !matches!(
            attempt.result,
            ChangeResult::Planned
                | ChangeResult::Fixed
                | ChangeResult::AlreadyInPlace
                | ChangeResult::FoundInPlace
        )
    };
    counts.push((Metric::NotMade, attempts(is_open)));
    // The clock of a record may be ahead of ours.
    let seconds = report.changes.iter().filter_map(|it| it.attempt.seconds());
    counts.extend(seconds.map(|seconds| (Metric::SecondsToFix, u64::try_from(seconds).unwrap_or_default())));
    // The one that sends them knows.
    counts.push((Metric::Throttled, 0));
    counts.push((Metric::BaselineRefused, 0));
    counts
}

/// What is known of a run that has no baseline.
pub fn counts_without_baseline(error: &NoBaseline) -> Vec<(Metric, u64)> {
    vec![
        (Metric::Invocations, 1),
        (Metric::BaselineRefused, u64::from(error.is_refused())),
        (Metric::Failures, u64::from(!error.is_refused())),
    ]
}

/// What a second look saw. A count that may be too low because something was not read is sent where it is above zero, and
/// never as zero. Of a look that could not begin, what is known.
pub fn inspection_counts(inspection: &Result<Inspection, AwsError>) -> Vec<(Metric, u64)> {
    let errors = match inspection {
        Ok(inspection) => inspection.errors.as_slice(),
        Err(error) => std::slice::from_ref(error),
    };
    let refused = errors.iter().filter(|error| is_denied(&error.code)).count() as u64;
    let unread = inspection.as_ref().map_or(1, |inspection| inspection.completeness.unread());
    let mut counts = vec![
        (Metric::Invocations, 1),
        (Metric::Heartbeat, u64::from(inspection.as_ref().is_ok_and(Inspection::is_covering))),
        (Metric::Unread, unread as u64),
        (Metric::Failures, errors.len() as u64),
        (Metric::OwnFailures, refused),
        (Metric::Throttled, 0),
        (Metric::BaselineRefused, 0),
    ];
    let Ok(inspection) = inspection else {
        return counts;
    };
    let (completeness, mappings) = (&inspection.completeness, inspection.mappings_in_use);
    let mut seen = |metric: Metric, count: usize, is_whole: bool| {
        if count > 0 || is_whole {
            counts.push((metric, count as u64));
        }
    };
    for kind in Finding::KINDS {
        let found = inspection.findings.iter().filter(|finding| finding.kind() == kind).count();
        seen(Metric::Findings(kind), found, inspection.has_seen(kind));
    }
    let drift = inspection.findings.iter().filter(|finding| finding.is_drift()).count();
    let saw_baseline = mappings.is_some() && completeness.saw_permission_sets();
    seen(Metric::Drift, drift, saw_baseline);
    let standing =
        |wanted: Standing| inspection.fixes.iter().filter(|(_, standing)| *standing == wanted).count();
    let saw_fixes = !completeness.fixes_unread && saw_baseline;
    seen(Metric::FixesHeld, standing(Standing::Held), saw_fixes);
    seen(Metric::FixesNotHeld, inspection.not_held(), saw_fixes);
    if let Some(mappings) = mappings {
        seen(Metric::MappingsInUse, (mappings * 100).div_ceil(MAXIMUM_MAPPINGS), true);
    }
    if let Some(is_begun) = inspection.journal_is_begun {
        seen(Metric::JournalNotBegun, usize::from(!is_begun), true);
    }
    seen(Metric::PermissionSets, inspection.permission_sets.looked_at, true);
    if let Some(percent) = inspection.coverage() {
        counts.push((Metric::SeenWithinAnHour, percent));
    }
    counts.push((Metric::Users, inspection.users.looked_at as u64));
    counts
}

fn healed_cause(change: &Change) -> Cause {
    match change {
        Change::RestoreMapping { .. } => Cause::MappingMissing,
        Change::Reprovision { .. } => Cause::NotProvisioned,
    }
}
