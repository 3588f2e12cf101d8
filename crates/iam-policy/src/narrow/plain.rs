//! The plain way: each combination of values is a request of its own, evaluated whole. Kept for tests, which hold the
//! quick way to it.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::context::Value;
use crate::decide::{Decision, Evaluation, once};
use crate::evaluate::evaluate;
use crate::layers::Layers;
use crate::policy::Statement;
use crate::request::Request;
use crate::split::{Split, splits};
use crate::truth::{Open, Truth};

#[path = "../../tests/properties/scenario.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is made for the tests outside")]
mod scenario;

use scenario::{Choices, Language, Scenario};

fn evaluate_plainly(layers: &Layers<'_>, request: &Request) -> Evaluation {
    let first = once(layers, request);
    let Decision::Depends(first_open) = &first.decision else {
        return first;
    };
    let live: Vec<&Statement> =
        layers.may_match(request).into_iter().map(|(_, statement)| statement).collect();
    let splits = splits(&live, &request.context, first_open);
    let total: usize = splits.iter().map(|split| split.values.len()).product();
    let rows: Vec<Evaluation> = (0..total)
        .map(|mut row| {
            let mut request = request.clone();
            for split in &splits {
                request.context.set(split.key, split.values[row % split.values.len()].clone());
                row /= split.values.len();
            }
            once(layers, &request)
        })
        .collect();
    let nothing = BTreeSet::new();
    let truth = |of: fn(&Evaluation) -> &Truth| {
        let truths: Vec<&Truth> = rows.iter().map(of).collect();
        let first_open = of(&first).open_on().unwrap_or(&nothing);
        settle(&splits, first_open, &truths, Truth::open_on).map_or_else(Truth::Open, Clone::clone)
    };
    let decisions: Vec<&Decision> = rows.iter().map(|row| &row.decision).collect();
    let decision = settle(&splits, first_open, &decisions, |decision| match decision {
        Decision::Depends(open) => Some(open),
        Decision::Allowed | Decision::ImplicitlyDenied | Decision::ExplicitlyDenied => None,
    });
    Evaluation {
        denies: truth(|row| &row.denies),
        allows: truth(|row| &row.allows),
        allowed: truth(|row| &row.allowed),
        decision: decision.map_or_else(Decision::Depends, Clone::clone),
    }
}

/// The answer that all rows share, else what it is open on. The first key changes fastest.
fn settle<'r, T: PartialEq>(
    splits: &[Split<'_>],
    first_open: &BTreeSet<Open>,
    rows: &[&'r T],
    open: impl Fn(&T) -> Option<&BTreeSet<Open>>,
) -> Result<&'r T, BTreeSet<Open>> {
    let mut matters: BTreeSet<Open> = rows.iter().filter_map(|row| open(row)).flatten().cloned().collect();
    let mut stride = 1;
    for split in splits {
        let differs = rows.iter().enumerate().any(|(index, row)| {
            let value = index / stride % split.values.len();
            open(row).is_some() || rows[index - value * stride] != *row
        });
        if differs {
            matters.insert(Open::Key(split.key.to_owned()));
        }
        stride *= split.values.len();
    }
    matters.retain(|open| first_open.contains(open));
    if matters.is_empty() { Ok(rows[0]) } else { Err(matters) }
}

/// The same seed each time; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` search on.
fn configuration() -> ProptestConfig {
    let from_environment = ProptestConfig::default();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(4_000);
    let rng_seed = match from_environment.rng_seed {
        RngSeed::Random => RngSeed::Fixed(2_026),
        fixed => fixed,
    };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..from_environment }
}

proptest! {
    #![proptest_config(configuration())]

    #[test]
    fn the_quick_way_answers_as_the_plain_one(bytes in vec(any::<u8>(), 40..240), unknown in any::<u8>()) {
        let language = if unknown & 1 == 0 { Language::Whole } else { Language::Equality };
        let mut scenario = Scenario::new(&mut Choices::new(&bytes, language));
        // More than the properties that try all values can do with.
        for (place, key) in ["aws:PrincipalTag/Team", "aws:ResourceTag/Team", "aws:PrincipalTag/Dept", "aws:TagKeys",
            "aws:SourceIp", "s3:max-keys"].into_iter().enumerate()
        {
            if unknown >> (place + 1) & 1 == 1 {
                scenario.request.context.set(key, Value::Unknown);
            }
        }
        if let Some(parsed) = scenario.parse() {
            let plain = evaluate_plainly(&parsed.layers(), &scenario.request);
            prop_assert_eq!(evaluate(&parsed.layers(), &scenario.request), plain, "{:#?}", scenario);
        }
    }
}
