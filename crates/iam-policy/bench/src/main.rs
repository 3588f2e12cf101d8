//! Prints how long iam-policy takes as a ratio to others, on the conformance rows that both can answer.
//!
//! All contenders take turns in one process and the best pass of each counts, so that what else the machine does
//! weighs on all alike: the reason why this is no criterion bench, which measures one contender after the other.

mod rows;
mod typed;

use std::hint::black_box;
use std::time::{Duration, Instant};

use iam_policy::{Decision, Layers, Policy, consulted, evaluate, explain};
use iam_rs::PolicyEvaluator;

use rows::Row;

const ROUNDS: usize = 20;
/// Passes of a turn; the first finds the caches filled by the contender before.
const PASSES: usize = 4;

fn main() {
    let all = rows::read();
    let rows: Vec<&Row> = all.iter().filter(|row| both_answer(row)).collect();
    let bytes: usize = rows.iter().flat_map(|row| &row.texts).map(String::len).sum();
    println!(
        "{} of {} rows without boundary and SCP, with {} policies and {bytes} bytes of them, get the same answer from iam-rs {}",
        rows.len(),
        all.len(),
        rows.iter().map(|row| row.texts.len()).sum::<usize>(),
        "0.8.0"
    );
    let parsed: Vec<Vec<Policy>> = rows.iter().map(|row| parse(row)).collect();
    let evaluators: Vec<PolicyEvaluator> = rows.iter().map(|row| evaluator(row).unwrap()).collect();
    let contenders: [(&str, &dyn Fn()); 8] = [
        ("evaluate: iam-policy", &|| {
            rows.iter().zip(&parsed).for_each(|(row, policies)| drop(black_box(decide(row, policies))));
        }),
        ("evaluate: iam-rs", &|| {
            rows.iter().zip(&evaluators).for_each(|(row, policies)| {
                drop(black_box(policies.evaluate(&row.their_request)));
            });
        }),
        ("explain: iam-policy", &|| {
            rows.iter().zip(&parsed).for_each(|(row, policies)| {
                drop(black_box(explain(&layers(policies), &row.our_request)));
            });
        }),
        ("what was missing: iam-policy", &|| {
            rows.iter().zip(&parsed).for_each(|(row, policies)| {
                drop(black_box(consulted(&layers(policies), &row.our_request)));
            });
        }),
        ("parse: serde_json into typed structs", &|| {
            rows.iter().flat_map(|row| &row.texts).for_each(|text| drop(black_box(typed::read(text))));
        }),
        ("parse: iam-policy", &|| {
            rows.iter().flat_map(|row| &row.texts).for_each(|text| drop(black_box(Policy::parse(text))));
        }),
        ("parse and evaluate: iam-policy", &|| {
            rows.iter().for_each(|row| drop(black_box(decide(row, &parse(row)))));
        }),
        ("parse and evaluate: iam-rs", &|| {
            rows.iter().for_each(|row| {
                drop(black_box(evaluator(row).unwrap().evaluate(&row.their_request)));
            });
        }),
    ];
    let mut best = [Duration::MAX; 8];
    let mut best_first = best;
    for _ in 0..ROUNDS {
        for (index, (_, work)) in contenders.iter().enumerate() {
            for pass in 0..PASSES {
                let start = Instant::now();
                work();
                let elapsed = start.elapsed();
                best[index] = best[index].min(elapsed);
                if pass == 0 {
                    best_first[index] = best_first[index].min(elapsed);
                }
            }
        }
    }
    for ((name, _), best) in contenders.iter().zip(&best) {
        println!("{name:<40} {:>8.2} µs a row", best.as_secs_f64() * 1e6 / rows.len() as f64);
    }
    let ratio = |first: usize, second: usize| {
        let of = |best: &[Duration; 8]| best[first].as_secs_f64() / best[second].as_secs_f64();
        format!("{:.1}, with cold caches {:.1}", of(&best), of(&best_first))
    };
    println!("\niam-rs / iam-policy");
    println!("  evaluating parsed policies         {} (aim: at least 10)", ratio(1, 0));
    println!("  parse and evaluate                 {}", ratio(7, 6));
    println!("iam-policy / serde_json reading typed structs");
    println!("  parse and evaluate                 {} (aim: at most 2)", ratio(6, 4));
    println!("  parse                              {}", ratio(5, 4));
    println!("explain / evaluate                   {}", ratio(2, 0));
}

fn layers(identity: &[Policy]) -> Layers<'_> {
    Layers { identity, ..Layers::default() }
}

fn parse(row: &Row) -> Vec<Policy> {
    row.texts.iter().map(|text| Policy::parse(text).unwrap()).collect()
}

fn decide(row: &Row, policies: &[Policy]) -> Decision {
    evaluate(&layers(policies), &row.our_request).decision
}

fn evaluator(row: &Row) -> Option<PolicyEvaluator> {
    let policies = row.texts.iter().map(|text| serde_json::from_str(text).ok()).collect::<Option<_>>()?;
    Some(PolicyEvaluator::with_policies(policies))
}

fn both_answer(row: &Row) -> bool {
    let ours = decide(row, &parse(row));
    let theirs = evaluator(row).and_then(|evaluator| evaluator.evaluate(&row.their_request).ok());
    let same = match theirs.map(|result| result.decision) {
        Some(iam_rs::Decision::Allow) => Decision::Allowed,
        Some(iam_rs::Decision::Deny) => Decision::ExplicitlyDenied,
        Some(iam_rs::Decision::NotApplicable) => Decision::ImplicitlyDenied,
        None => return false,
    };
    ours == same
}
