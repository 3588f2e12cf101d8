//! One line a record: ids, cause, decision. Never an attribute value, a session's name or a whole event; what callers
//! chose is made harmless and cut.

use tagmend_diagnosis::{Plan, Residue, escaped_and_short};
use tagmend_remedy::{Outcome, Overwritten, Report, Treated, Treatment};

/// Logs what became of a batch.
pub(crate) fn report(report: &Report) {
    let passed_over = report.treated.iter().filter(|treated| matches!(treated, Treated::PassedOver)).count();
    for treated in &report.treated {
        record(treated);
    }
    for (change, outcome) in &report.changes {
        match outcome {
            Some(outcome @ (Outcome::Escalated(_) | Outcome::Raced { .. })) => {
                tracing::error!(%change, %outcome, "a person has to look at this change");
            }
            Some(outcome) => tracing::info!(%change, %outcome, "change"),
            None => tracing::info!(%change, outcome = "planned", "change"),
        }
    }
    for overwritten in &report.overwritten {
        match overwritten {
            Overwritten::Perhaps { fix, written, keys } => tracing::error!(
                fix = fix.as_str(),
                %written,
                keys = keys.join(","),
                "a write of ours may have replaced one of somebody else; the snapshot has the list before"
            ),
            Overwritten::Unchecked(error) => {
                tracing::error!(%error, "nobody could look whether a write of somebody else was replaced");
            }
        }
    }
    for time in &report.turned_off {
        tracing::error!(%time, "somebody turned attributes for access control off; sessions get no tags from then on");
    }
    tracing::info!(records = report.treated.len(), passed_over, changes = report.changes.len(), "batch");
}

fn record(treated: &Treated) {
    match treated {
        Treated::PassedOver => {}
        Treated::Repeated { failure, of } => {
            tracing::info!(event_id = failure.event_id, of, "the same call again");
        }
        Treated::Unreadable(error) => tracing::error!(%error, "a record cannot be read"),
        Treated::Failure(failure, Treatment::Unanswered(error)) => {
            tracing::error!(event_id = failure.event_id, %error, "AWS did not answer");
        }
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan, radii, outcomes }) => {
            let residue = failure.message.residue.as_ref();
            tracing::info!(
                event_id = failure.event_id,
                account = failure.account.as_deref().map(escaped_and_short),
                action = escaped_and_short(&failure.action),
                cause = diagnosis.cause.name(),
                keys = escaped_and_short(&diagnosis.keys.join(",")),
                decision = decision(plan, outcomes),
                residue = residue.map(Residue::logged),
                residue_hash = residue.map(Residue::hash),
                radius = radii.iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("; "),
                "failure"
            )
        }
    }
}

fn decision(plan: &Plan, outcomes: &[Outcome]) -> String {
    match (plan, outcomes) {
        (Plan::Nothing(reason), _) => format!("left alone: {reason}"),
        (Plan::Changes(_), []) => "planned".to_owned(),
        (Plan::Changes(_), outcomes) => outcomes.iter().map(Outcome::name).collect::<Vec<_>>().join(","),
    }
}
