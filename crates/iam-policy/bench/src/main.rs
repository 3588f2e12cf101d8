//! Prints ratios, as Markdown: iam-policy to others, and to itself at commit f605887.
//!
//! All contenders take turns in one process and the best pass of each counts, so that what else the machine does
//! weighs on all alike: the reason why this is no criterion bench, which measures one contender after the other.

mod guardrails;
mod rows;
mod typed;

use std::hint::black_box;
use std::time::{Duration, Instant};

use iam_rs::PolicyEvaluator;

use rows::Row;

macro_rules! build {
    ($name:ident, $own:literal, $policy:ident, $diagnosis:ident) => {
        mod $name {
            use $diagnosis as diagnosis;
            use $policy as policy;
            include!("side.rs");
            include!($own);
        }
    };
}
build!(before, "before.rs", before_policy, before_diagnosis);
build!(now, "now.rs", now_policy, now_diagnosis);

const ROUNDS: usize = 20;
/// Passes of a turn; the first finds the caches filled by the contender before.
const PASSES: usize = 4;

fn main() {
    println!("| measure | commit f605887 | now | target |\n|---|---|---|---|");
    conformance();
    unknown_keys();
    denials();
}

fn line(measure: &str, before: &str, now: &str, target: &str) {
    println!("| {measure} | {before} | {now} | {target} |");
}

/// The best time of each contender, and the best of its first passes.
fn race<const N: usize>(rounds: usize, contenders: [&dyn Fn(); N]) -> [(Duration, Duration); N] {
    let mut best = [(Duration::MAX, Duration::MAX); N];
    for _ in 0..rounds {
        for (work, (best, best_first)) in contenders.iter().zip(&mut best) {
            for pass in 0..PASSES {
                let start = Instant::now();
                work();
                let elapsed = start.elapsed();
                *best = elapsed.min(*best);
                if pass == 0 {
                    *best_first = elapsed.min(*best_first);
                }
            }
        }
    }
    best
}

fn ratio(long: Duration, short: Duration) -> f64 {
    long.as_secs_f64() / short.as_secs_f64()
}

/// Against iam-rs and against what reads JSON and no more.
fn conformance() {
    let all = rows::read();
    let rows: Vec<&Row> = all.iter().filter(|row| all_answer(row)).collect();
    let old: Vec<_> =
        rows.iter().map(|row| (before::parse(&row.texts), before::request(&row.question))).collect();
    let new: Vec<_> = rows.iter().map(|row| (now::parse(&row.texts), now::request(&row.question))).collect();
    let theirs: Vec<PolicyEvaluator> = rows.iter().map(|row| evaluator(row).unwrap()).collect();
    let texts = || rows.iter().flat_map(|row| &row.texts);
    let best = race(
        ROUNDS,
        [
            &|| old.iter().for_each(|(policies, request)| drop(black_box(before::decide(policies, request)))),
            &|| new.iter().for_each(|(policies, request)| drop(black_box(now::decide(policies, request)))),
            &|| {
                rows.iter().zip(&theirs).for_each(|(row, policies)| {
                    drop(black_box(policies.evaluate(&row.their_request)));
                });
            },
            &|| texts().for_each(|text| drop(black_box(typed::read(text)))),
            &|| texts().for_each(|text| drop(black_box(before_policy::Policy::parse(text)))),
            &|| texts().for_each(|text| drop(black_box(now_policy::Policy::parse(text)))),
            &|| {
                rows.iter().zip(&old).for_each(|(row, (_, request))| {
                    drop(black_box(before::decide(&before::parse(&row.texts), request)));
                });
            },
            &|| {
                rows.iter().zip(&new).for_each(|(row, (_, request))| {
                    drop(black_box(now::decide(&now::parse(&row.texts), request)));
                });
            },
            &|| {
                rows.iter().for_each(|row| {
                    drop(black_box(evaluator(row).unwrap().evaluate(&row.their_request)));
                });
            },
            &|| old.iter().for_each(|(policies, request)| before::explain(policies, request)),
            &|| new.iter().for_each(|(policies, request)| now::explain(policies, request)),
        ],
    );
    let of = |long: usize, short: usize| {
        let cold = ratio(best[long].1, best[short].1);
        format!("{:.1}, with cold caches {cold:.1}", ratio(best[long].0, best[short].0))
    };
    line(
        "iam-rs 0.8.0 / iam-policy, evaluating parsed policies",
        &of(2, 0),
        &of(2, 1),
        "at least 20, cold 12",
    );
    line("the same, parse and evaluate", &of(8, 6), &of(8, 7), "");
    let structs = "iam-policy / serde_json reading typed structs, parse and evaluate";
    line(structs, &of(6, 3), &of(7, 3), "at most 1.3");
    line("the same, parse", &of(4, 3), &of(5, 3), "");
    line("explain / evaluate", &of(9, 0), &of(10, 1), "");
    ten_of_each(&rows);
    let micros = |index: usize| format!("{:.2} µs", best[index].0.as_secs_f64() * 1e6 / rows.len() as f64);
    line("to evaluate a row, here", &micros(0), &micros(1), "");
    eprintln!("{} of {} rows get the same answer from all", rows.len(), all.len());
}

/// What it costs not to know ten keys of each request: those that its policies mention first.
fn ten_of_each(rows: &[&Row]) {
    let unknown = rows.iter().filter_map(|row| Some((row, row.question.without_ten(&row.texts)?)));
    let unknown: Vec<_> = unknown.collect();
    let old: Vec<_> = unknown
        .iter()
        .map(|(row, question)| {
            (before::parse(&row.texts), before::request(&row.question), before::request(question))
        })
        .collect();
    let new: Vec<_> = unknown
        .iter()
        .map(|(row, question)| (now::parse(&row.texts), now::request(&row.question), now::request(question)))
        .collect();
    for ((old, _, old_request), (new, _, new_request)) in old.iter().zip(&new) {
        let old = format!("{:?}", before::decide(old, old_request));
        assert_eq!(old, format!("{:?}", now::decide(new, new_request)));
    }
    let depend = new.iter().filter(|(policies, _, request)| {
        matches!(now::decide(policies, request), now_policy::Decision::Depends(_))
    });
    eprintln!("{} of {} rows depend on some of their ten keys", depend.count(), new.len());
    let best = race(
        ROUNDS,
        [
            &|| old.iter().for_each(|(policies, known, _)| drop(black_box(before::decide(policies, known)))),
            &|| {
                old.iter()
                    .for_each(|(policies, _, unknown)| drop(black_box(before::decide(policies, unknown))))
            },
            &|| new.iter().for_each(|(policies, known, _)| drop(black_box(now::decide(policies, known)))),
            &|| new.iter().for_each(|(policies, _, unknown)| drop(black_box(now::decide(policies, unknown)))),
        ],
    );
    let of = |known: usize, unknown: usize| format!("{:.1}", ratio(best[unknown].0, best[known].0));
    line("ten keys unknown / known, the rows above", &of(0, 1), &of(2, 3), "at most 5");
}

/// The same under guardrails: only to print, as a sure answer takes next to nothing there.
fn unknown_keys() {
    for (name, with_other_statements) in [("beside 60 statements x 60 actions", true), ("alone", false)] {
        let (texts, known, unknown) = guardrails::ten_keys(with_other_statements);
        let (old, new) = (before::parse(&texts), now::parse(&texts));
        let (old_known, old_unknown) = (before::request(&known), before::request(&unknown));
        let (new_known, new_unknown) = (now::request(&known), now::request(&unknown));
        let answer = now::decide(&new, &new_unknown);
        assert_eq!(format!("{:?}", before::decide(&old, &old_unknown)), format!("{answer:?}"));
        assert!(matches!(answer, now_policy::Decision::Depends(open) if open.len() == 10));
        let best = race(
            ROUNDS,
            [
                &|| drop(black_box(before::decide(&old, &old_known))),
                &|| drop(black_box(before::decide(&old, &old_unknown))),
                &|| drop(black_box(now::decide(&new, &new_known))),
                &|| drop(black_box(now::decide(&new, &new_unknown))),
            ],
        );
        let of = |known: usize, unknown: usize| {
            let micros = |index: usize| best[index].0.as_secs_f64() * 1e6;
            let ratio = ratio(best[unknown].0, best[known].0);
            format!("{ratio:.1} ({:.2} / {:.2} µs)", micros(unknown), micros(known))
        };
        let measure = format!("ten keys unknown / known, Denies on each, {name}");
        line(&measure, &of(0, 1), &of(2, 3), "at most 5");
    }
}

/// 100 denials of 100 resources.
fn denials() {
    const ALLOWED: &str = "secretsmanager:GetSecretValue";
    for (name, action, with_reason, target) in [
        ("an action that a statement allows under conditions", ALLOWED, true, "at most 0.2 s"),
        ("an action that no statement allows", "other:GetThing", true, "at most 0.1 s"),
        ("the first, by messages without a reason", ALLOWED, false, ""),
    ] {
        let world = guardrails::world(action, with_reason);
        let start = Instant::now();
        let expected = before::diagnose(&world);
        let before = start.elapsed();
        assert_eq!(now::diagnose(&world), expected);
        let [(now, _)] = race(5, [&|| drop(black_box(now::diagnose(&world)))]);
        let seconds = |elapsed: Duration| format!("{:.3} s", elapsed.as_secs_f64());
        let now = format!("{}, {:.0} times less", seconds(now), ratio(before, now));
        line(&format!("diagnosing 100 denials under six guardrails, {name}"), &seconds(before), &now, target);
    }
}

fn evaluator(row: &Row) -> Option<PolicyEvaluator> {
    let policies = row.texts.iter().map(|text| serde_json::from_str(text).ok()).collect::<Option<_>>()?;
    Some(PolicyEvaluator::with_policies(policies))
}

fn all_answer(row: &Row) -> bool {
    use now_policy::Decision;
    let ours = now::decide(&now::parse(&row.texts), &now::request(&row.question));
    let old = before::decide(&before::parse(&row.texts), &before::request(&row.question));
    assert_eq!(format!("{old:?}"), format!("{ours:?}"));
    let theirs = evaluator(row).and_then(|evaluator| evaluator.evaluate(&row.their_request).ok());
    let same = match theirs.map(|result| result.decision) {
        Some(iam_rs::Decision::Allow) => Decision::Allowed,
        Some(iam_rs::Decision::Deny) => Decision::ExplicitlyDenied,
        Some(iam_rs::Decision::NotApplicable) => Decision::ImplicitlyDenied,
        None => return false,
    };
    ours == same
}
