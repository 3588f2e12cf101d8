//! What replay found, at a glance.

use tagmend_diagnosis::{Cause, Change, Diagnosis, Failure, Plan, Principal, Reason, advice, arn};
use tagmend_remedy::{Outcome, Step, Treated, Treatment};

use crate::grid::Grid;
use crate::place::Seen;
use crate::related;
use crate::screen::{Mark, Screen};
use crate::text::escaped;

/// How many rows make a table. More are several tables, so that nothing waits for the end.
const PAGE: usize = 1_000;

/// Rows that are not printed yet: a row a record; those passed over are only counted.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<(String, Mark, [String; 4])>,
    all: usize,
}

impl Rows {
    /// Adds a record. True where there are enough for a table.
    pub(crate) fn add(&mut self, seen: &Seen) -> bool {
        let Some(row) = row(&seen.treated) else {
            return false;
        };
        self.all += 1;
        // On a screen, no more than a page is ever shown.
        if self.rows.len() < PAGE {
            self.rows.push((seen.input.place(), mark(&seen.treated), row));
        }
        self.rows.len() >= PAGE
    }

    /// Whether all rows so far are more than a screen shows.
    pub(crate) fn is_higher_than(&self, screen: usize) -> bool {
        self.all > screen
    }

    /// A table of what is not printed yet.
    pub(crate) fn page(&mut self, screen: Screen) -> String {
        let rows = std::mem::take(&mut self.rows);
        let mut grid = Grid::new(["record", "who", "was denied", "why", "who acts"]);
        let places: Vec<&str> = rows.iter().map(|(place, ..)| place.as_str()).collect();
        let folder = common_folder(&places);
        for (place, mark, row) in &rows {
            let place = place.get(folder..).unwrap_or(place);
            let place = place.strip_suffix(".json").unwrap_or(place);
            let mut cells = vec![escaped(place)];
            cells.extend(row.iter().cloned());
            grid.add(*mark, cells);
        }
        grid.shown(screen)
    }
}

/// What stands out: what Tagmend would do or did, and what nobody knows.
pub(crate) fn mark(treated: &Treated) -> Mark {
    match treated {
        Treated::PassedOver | Treated::Related(_) | Treated::Repeated { .. } => Mark::None,
        Treated::Unreadable(_) | Treated::Failure(_, Treatment::Unanswered(_)) => Mark::Undecided,
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, plan }) => match plan {
            Plan::Nothing(_) if diagnosis.cause == Cause::Undetermined => Mark::Undecided,
            Plan::Nothing(_) => Mark::None,
            Plan::Changes(steps) => {
                let outcomes = steps.iter().filter_map(|step| step.outcome.as_ref());
                outcomes.map(of_outcome).max().unwrap_or(Mark::Planned)
            }
        },
    }
}

/// What was refused is still planned.
pub(crate) fn of_outcome(outcome: &Outcome) -> Mark {
    match outcome {
        Outcome::Escalated(_) => Mark::Failed,
        outcome if outcome.is_failure() => Mark::Failed,
        Outcome::Refused(_) => Mark::Planned,
        _ => Mark::Made,
    }
}

/// The length of the folder that all places begin with.
fn common_folder(places: &[&str]) -> usize {
    let Some((first, others)) = places.split_first() else {
        return 0;
    };
    let shares = |length: usize| others.iter().all(|place| place.get(..length) == first.get(..length));
    first.match_indices('/').map(|(index, _)| index + 1).rfind(|length| shares(*length)).unwrap_or(0)
}

fn row(treated: &Treated) -> Option<[String; 4]> {
    let row = match treated {
        Treated::PassedOver => return None,
        Treated::Related(related) if related.cause.about().is_quiet => return None,
        Treated::Related(related) => related::row(related),
        Treated::Repeated { failure, of } => {
            [who(failure), call(failure), format!("the same call as in {of}"), "nobody".to_owned()]
        }
        Treated::Unreadable(error) => {
            [String::new(), String::new(), format!("cannot be read: {error}"), "nobody".to_owned()]
        }
        Treated::Failure(failure, Treatment::Unanswered(error)) => {
            [who(failure), call(failure), format!("AWS did not answer: {error}"), "Tagmend: later".to_owned()]
        }
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan }) => {
            [who(failure), call(failure), why(diagnosis), acts(failure, diagnosis, plan)]
        }
    };
    Some(row.map(|cell| escaped(&cell)))
}

pub(crate) fn who(failure: &Failure) -> String {
    match &failure.principal {
        Principal::PermissionSet(session) => format!("{} as {}", session.session_name, session.name),
        Principal::AccountAccess(session) => format!("{} as role {}", session.session_name, session.name),
        Principal::Other { role_arn: Some(role) } => format!("role {}", arn::last_part(role)),
        Principal::Other { role_arn: None } => {
            failure.principal_arn.clone().unwrap_or_else(|| "nobody that is named".to_owned())
        }
    }
}

pub(crate) fn what(failure: &Failure) -> String {
    let resource = failure.resource.as_ref().map(|resource| format!(" on {resource}")).unwrap_or_default();
    let account = failure.account.as_deref().unwrap_or("an account that is not named");
    format!("{}{resource} in {account}", failure.action)
}

/// The action, and the end of the resource; `explain` has the whole.
fn call(failure: &Failure) -> String {
    let resource = failure.resource.as_deref().and_then(|resource| resource.rsplit(':').next());
    resource.map_or_else(|| failure.action.clone(), |resource| format!("{} {resource}", failure.action))
}

fn why(diagnosis: &Diagnosis) -> String {
    let named = match diagnosis.cause {
        Cause::ServiceControlPolicy
        | Cause::ResourceControlPolicy
        | Cause::PermissionsBoundary
        | Cause::SessionPolicy
        | Cause::ResourcePolicy
        | Cause::VpcEndpointPolicy
        | Cause::RoleTrustPolicy
        | Cause::Undetermined => diagnosis.evidence.sentences.join("; "),
        Cause::ResourceTag => diagnosis.evidence.matters().join(", "),
        _ => diagnosis.keys.join(", "),
    };
    if named.is_empty() {
        diagnosis.cause.title().to_owned()
    } else {
        format!("{}: {named}", diagnosis.cause.title())
    }
}

fn acts(failure: &Failure, diagnosis: &Diagnosis, plan: &Plan<Step>) -> String {
    let steps = match plan {
        Plan::Nothing(Reason::NotHealed(_)) => return advice(failure, diagnosis, plan).actor,
        // The digest does not fit; `explain` has it.
        Plan::Nothing(Reason::PoliciesNotApproved { .. }) => {
            return format!("{}: its policies are not approved", advice(failure, diagnosis, plan).actor);
        }
        Plan::Nothing(reason) => return format!("{}: {reason}", advice(failure, diagnosis, plan).actor),
        Plan::Changes(steps) => steps,
    };
    let mut lines = Vec::new();
    for step in steps {
        let change = match &step.change {
            Change::RestoreMapping { key, .. } => format!("restore mapping {key}"),
            Change::Reprovision { name, account, .. } => format!("provision {name} to {account}"),
        };
        lines.push(match &step.outcome {
            None => format!("Tagmend would {change}"),
            Some(outcome) => format!("{change}: {}", outcome.name()),
        });
    }
    lines.join("; ")
}
