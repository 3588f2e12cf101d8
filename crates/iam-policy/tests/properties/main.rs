//! Properties, for random policies and requests, and for what fuzzing kept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "this is a test"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};

mod properties;
mod scenario;
mod shortcuts;

use scenario::{Choices, Language, Scenario};

/// The same seed each time, so that a change decides whether the tests pass, and nothing else does. `PROPTEST_CASES` and
/// `PROPTEST_RNG_SEED` search on.
fn configuration() -> ProptestConfig {
    let from_environment = ProptestConfig::default();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(4_000);
    let rng_seed = match from_environment.rng_seed {
        RngSeed::Random => RngSeed::Fixed(2_026),
        fixed => fixed,
    };
    ProptestConfig {
        cases,
        rng_seed,
        rng_algorithm: RngAlgorithm::ChaCha,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..from_environment
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 40..200)
}

macro_rules! for_all {
    ($($module:ident::$property:ident)*) => {
        $(
            #[test]
            fn $property() {
                proptest!(configuration(), |(bytes in bytes())| $module::$property(&bytes));
            }
        )*
    };
}

for_all! {
    properties::what_does_not_depend_holds_for_every_value
    properties::the_keys_it_depends_on_are_those_that_matter
    properties::adding_a_deny_never_allows
    properties::removing_a_condition_from_an_allow_never_denies
    properties::order_changes_nothing
    properties::the_explanation_agrees
    properties::what_would_turn_it_turns_it
    shortcuts::what_is_not_about_the_action_changes_nothing
    shortcuts::the_first_that_turned_is_the_first_explained_otherwise
}

proptest! {
    #![proptest_config(configuration())]

    /// Text that is nearly a policy.
    #[test]
    fn parsing_is_total(bytes in bytes(), cut in any::<prop::sample::Index>(), with in any::<char>()) {
        let mut scenario = Scenario::new(&mut Choices::new(&bytes, Language::Whole));
        for document in scenario.documents() {
            let text = document.to_string();
            properties::parsing_is_total(&text);
            let at = text.char_indices().nth(cut.index(text.chars().count())).unwrap().0;
            let mut broken = text.clone();
            broken.insert(at, with);
            properties::parsing_is_total(&broken);
            properties::parsing_is_total(&text[..at]);
        }
    }
}

/// Every input that fuzzing kept, in `fuzz/corpus`.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let inputs: Vec<Vec<u8>> = files.collect();
    assert!(inputs.len() > 50, "only {} inputs", inputs.len());
    inputs
}

#[test]
fn the_corpus_of_the_parser() {
    for input in corpus("parse") {
        properties::parsing_is_total(&String::from_utf8_lossy(&input));
    }
}

#[test]
fn the_corpus_of_the_evaluator() {
    for input in corpus("evaluate") {
        properties::evaluation_is_right(&input);
    }
}
