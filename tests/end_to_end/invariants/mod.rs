//! The ten invariants of ARCHITECTURE.md, a module each.

mod invariant_10_own_failures_are_never_healed;
mod invariant_1_the_event_chooses_what_to_check_never_what_to_write;
mod invariant_2_only_two_kinds_of_write_exist;
mod invariant_3_no_write_without;
mod invariant_4_the_plan_that_is_printed_is_the_plan_that_is_applied;
mod invariant_5_doing_it_twice_changes_nothing_the_second_time;
mod invariant_6_what_is_not_understood_is_left_alone;
mod invariant_7_a_key_that_the_idp_sends_is_never_mapped;
mod invariant_8_after_a_write_read_again;
mod invariant_9_attribute_values_are_never_logged;

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Cause, Plan};
use tagmend_remedy::{Outcome, Reached, Refusal, Report, Treated, Treatment};
use tagmend_sandbox::{AccountStatus, AttributeMapping, Fault, Foreign, ForeignWrite, World};
use tagmend_tests::{Mode, Stage, WRITES, bent_baseline, event, events_of_the_main_world, tagmend, world};

const DENIAL: &str = "mapping-missing/explicit-deny";

fn only_cause(report: &Report) -> Cause {
    match report.treated.as_slice() {
        [Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. })] => diagnosis.cause,
        other => panic!("{other:?}"),
    }
}

fn outcomes(report: &Report) -> Vec<Outcome> {
    report.changes.iter().filter_map(|it| it.outcome.clone()).collect()
}

fn always(operation: &str, code: &str, status: u16) -> Fault {
    Fault { operation: operation.to_owned(), code: code.to_owned(), status, times: None, ..Fault::default() }
}
