//! One line a record: ids, cause, decision. Never an attribute value, a session's name or a whole event; what callers
//! chose is made harmless and cut.

use tagmend_diagnosis::{Plan, Residue, escaped_and_short};
use tagmend_remedy::{
    Outcome, Overwritten, Report, Step, Treated, TreatedChange, Treatment, follow::Followed,
    ledger::ChangeResult, ledger::Limit, ledger::Run,
};

/// Logs what became of a batch.
pub(crate) fn report(report: &Report) {
    let passed_over = report.treated.iter().filter(|treated| matches!(treated, Treated::PassedOver)).count();
    for treated in &report.treated {
        record(treated);
    }
    for TreatedChange { change, outcome, attempt } in &report.changes {
        let outcome = outcome.as_ref().map_or_else(|| "planned".to_owned(), ToString::to_string);
        let (result, limit) = (attempt.result.name(), attempt.limit.map(Limit::name));
        let (fix, repeats) = (attempt.fix.as_deref(), attempt.repeats.as_deref());
        let (seconds, users) = (attempt.seconds(), attempt.users);
        match attempt.result {
            ChangeResult::Escalated | ChangeResult::Raced => tracing::error!(
                %change, outcome, result, limit, fix, repeats, seconds, users,
                "a person has to look at this change"
            ),
            _ => tracing::info!(%change, outcome, result, limit, fix, repeats, seconds, users, "change"),
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
    for story in &report.stories {
        tracing::info!(
            kind = story.kind.name(),
            before = story.before.event_id,
            after = story.after.len(),
            "{story}"
        );
    }
    for looked in &report.looked_again {
        tracing::info!(event_id = looked.event_id, calls = looked.calls, "{}", looked.sentence());
    }
    for time in &report.turned_off {
        tracing::error!(%time, "somebody turned attributes for access control off; sessions get no tags from then on");
    }
    for (permission_set, followed) in &report.followed {
        let (permission_set, entry) = (escaped_and_short(permission_set), followed.name());
        match followed {
            Followed::Unanswered(error) => {
                tracing::error!(permission_set, entry, %error, "a permission set that somebody wrote");
            }
            _ => tracing::info!(permission_set, entry, "a permission set that somebody wrote"),
        }
    }
    tracing::info!(records = report.treated.len(), passed_over, changes = report.changes.len(), "batch");
}

/// Logs who was denied, where that cost a read.
pub(crate) fn denied(run: &Run) {
    for row in &run.denials {
        tracing::info!(
            user = row.user,
            account = row.account.as_deref().map(escaped_and_short),
            permission_set = row.permission_set,
            cause = row.cause,
            rule = row.rule,
            action = row.action,
            calls = row.calls.len(),
            first = %row.first,
            "denied"
        );
    }
}

fn record(treated: &Treated) {
    match treated {
        Treated::PassedOver => {}
        Treated::Related(related) => tracing::info!(
            event_id = related.event_id,
            account = related.account.as_deref().map(escaped_and_short),
            action = escaped_and_short(&related.action),
            class = related.class().name(),
            kind = related.cause.name(),
            "related"
        ),
        Treated::Repeated { failure, of } => {
            tracing::info!(event_id = failure.event_id, of, "the same call again");
        }
        Treated::Unreadable(error) => tracing::error!(%error, "a record cannot be read"),
        Treated::Failure(failure, Treatment::Unanswered(error)) => {
            tracing::error!(event_id = failure.event_id, %error, "AWS did not answer");
        }
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan }) => {
            let residue = failure.message.residue.as_ref();
            tracing::info!(
                event_id = failure.event_id,
                account = failure.account.as_deref().map(escaped_and_short),
                action = escaped_and_short(&failure.action),
                cause = diagnosis.cause.name(),
                rule = diagnosis.rule.id,
                keys = escaped_and_short(&diagnosis.keys.join(",")),
                decision = decision(plan),
                residue = residue.map(Residue::logged),
                residue_hash = residue.map(Residue::hash),
                radius = treated
                    .steps()
                    .iter()
                    .filter_map(|step| step.radius.as_ref().map(ToString::to_string))
                    .collect::<Vec<_>>()
                    .join("; "),
                "failure"
            )
        }
    }
}

fn decision(plan: &Plan<Step>) -> String {
    let steps = match plan {
        Plan::Nothing(reason) => return format!("left alone: {reason}"),
        Plan::Changes(steps) => steps,
    };
    let outcomes: Vec<_> = steps.iter().filter_map(|step| step.outcome.as_ref()).map(Outcome::name).collect();
    if outcomes.is_empty() { "planned".to_owned() } else { outcomes.join(",") }
}
