//! From facts to findings, a file for each part of an installation.

mod alarms;
mod events;
mod functions;
mod organization;
mod queue;
mod state;

use crate::facts::Facts;
use crate::finding::Finding;

/// Everything that was found, each thing that is well, too.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let parts: [fn(&Facts) -> Vec<Finding>; 16] = [
        functions::stack,
        events::trail,
        events::rules,
        queue::from_rule_to_function,
        functions::functions,
        queue::dead_letters,
        alarms::alarms,
        functions::heartbeat,
        functions::version,
        state::baseline,
        state::mode,
        state::journal,
        state::rights,
        state::quota,
        organization::forwarding,
        organization::readers,
    ];
    parts.iter().flat_map(|part| part(facts)).collect()
}
