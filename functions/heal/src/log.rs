//! One line a record: ids, cause, decision. Never an attribute value, a session's name or a whole event; what callers
//! chose is made harmless and cut.

use tagmend_diagnosis::harmless::harmless_and_short;
use tagmend_diagnosis::plan::Plan;
use tagmend_remedy::apply::Outcome;
use tagmend_remedy::heal::{Report, Treated, Treatment};

/// Logs what became of a batch.
pub(crate) fn report(report: &Report) {
    let passed_over = report.treated.iter().filter(|treated| matches!(treated, Treated::PassedOver)).count();
    for treated in &report.treated {
        record(treated);
    }
    for (change, outcome) in &report.changes {
        let outcome = outcome.as_ref().map_or_else(|| "planned".to_owned(), ToString::to_string);
        tracing::info!(%change, outcome, "change");
    }
    tracing::info!(records = report.treated.len(), passed_over, changes = report.changes.len(), "batch");
}

fn record(treated: &Treated) {
    match treated {
        Treated::PassedOver => {}
        Treated::Unreadable(error) => tracing::error!(%error, "a record cannot be read"),
        Treated::Failure(failure, Treatment::Unanswered(error)) => {
            tracing::error!(event_id = failure.event_id, %error, "AWS did not answer");
        }
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan, outcomes }) => tracing::info!(
            event_id = failure.event_id,
            account = failure.account.as_deref().map(harmless_and_short),
            action = harmless_and_short(&failure.action),
            cause = diagnosis.cause.name(),
            keys = harmless_and_short(&diagnosis.keys.join(",")),
            decision = decision(plan, outcomes),
            "failure"
        ),
    }
}

fn decision(plan: &Plan, outcomes: &[Outcome]) -> String {
    match (plan, outcomes) {
        (Plan::Nothing(reason), _) => format!("left alone: {reason}"),
        (Plan::Changes(_), []) => "planned".to_owned(),
        (Plan::Changes(_), outcomes) => outcomes.iter().map(Outcome::name).collect::<Vec<_>>().join(","),
    }
}
