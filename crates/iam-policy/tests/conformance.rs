//! The conformance data (`tests/conformance/README.md`): every row right.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::collections::BTreeSet;

use iam_policy::{
    Candidate, Decision, Policy, Request, Value, WhatIf, consulted, evaluate, explain, what_if,
};

mod support;

use support::{Row, rows};

fn decide(row: &Row, request: &Request) -> &'static str {
    match evaluate(&row.layers(), request).decision {
        Decision::Allowed => "Allowed",
        Decision::ImplicitlyDenied => "ImplicitlyDenied",
        Decision::ExplicitlyDenied => "ExplicitlyDenied",
        Decision::Depends(_) => "Depends",
    }
}

#[track_caller]
fn check(wrong: &[String], rows: usize, expected_rows: usize) {
    assert_eq!(rows, expected_rows);
    let first = &wrong[..wrong.len().min(20)];
    assert!(wrong.is_empty(), "{} of {rows} rows are wrong: {first:#?}", wrong.len());
}

#[test]
fn every_probe_is_right() {
    let rows = rows("iam-probes.jsonl");
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| decide(row, &row.request) != row.json["expect"])
        .map(|row| format!("{} is {}", row.id(), decide(row, &row.request)))
        .collect();
    check(&wrong, rows.len(), 66);
}

/// The decision, the keys that were asked for in vain, and no rule touched that is not documented.
#[test]
fn every_case_is_right() {
    let rows = rows("iam-cases.jsonl.gz");
    let mut wrong = Vec::new();
    for row in &rows {
        let decision = decide(row, &row.request);
        let asked = consulted(&row.layers(), &row.request);
        let missing: BTreeSet<String> = row.json["missing"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap().to_owned())
            .collect();
        if decision != row.json["expect"] || asked.missing != missing || !asked.undocumented.is_empty() {
            wrong.push(format!(
                "{} is {decision}, not {}; missing {:?}, not {missing:?}; touches {:?}",
                row.id(),
                row.json["expect"],
                asked.missing,
                asked.undocumented
            ));
        }
    }
    check(&wrong, rows.len(), 2408);
}

/// Rows whose expected answer decides what AWS leaves open, with the reason why this evaluator does not.
const DISPUTED: [(&str, &str); 1] = [(
    "3920-Environment",
    "depends on `ForAnyValue:StringEqualsIfExists` with the key absent, which `conformance/README.md` lists among \
     the rules that AWS leaves open. reference_policies_elements_condition_operators says of IfExists: \"If the \
     condition key is present in the context of the request, process the key as specified in the policy. If the key \
     is not present, evaluate the condition element as true\"; reference_policies_condition-single-vs-multi-valued-\
     context-keys says of ForAnyValue: \"If there are no matching keys in the request context, the condition returns \
     false\". No page says which of the two prevails",
)];

#[test]
fn every_cause_is_right() {
    let rows = rows("iam-causes.jsonl.gz");
    let mut wrong = Vec::new();
    let mut causes = 0;
    for row in &rows {
        if DISPUTED.iter().any(|(id, _)| row.json["id"] == *id) {
            assert_eq!(decide(row, &row.request), "Depends");
            continue;
        }
        let (key, value) = (row.json["key"].as_str().unwrap(), row.json["value"].as_str().unwrap());
        let value = Value::One(value.to_owned());
        let mut with_key = row.request.clone();
        with_key.context.set(key, value.clone());
        let (without, with) = (decide(row, &row.request), decide(row, &with_key));
        let candidate = Candidate { key: key.to_owned(), value };
        let turn = match what_if(&row.layers(), &row.request, std::slice::from_ref(&candidate)) {
            WhatIf::Turn(turn) => Some(turn),
            WhatIf::Allowed | WhatIf::Nothing => None,
            WhatIf::GaveUp => panic!("{}", row.id()),
        };
        let turned_by = turn.as_ref().map(|turn| turn.with.clone());
        let cause = row.json["cause"].as_bool().unwrap();
        causes += usize::from(cause);
        if without != row.json["without"]
            || with != row.json["with"]
            || turned_by != cause.then(|| vec![candidate])
            || turn.is_some_and(|turn| turn.turning_point().is_none())
        {
            wrong.push(format!("{}: {without} then {with}, {turned_by:?}", row.id()));
        }
    }
    check(&wrong, rows.len(), 676);
    assert_eq!(causes, 75);
}

/// A trace of every statement that agrees with the evaluation, and a sentence for each.
#[test]
fn every_case_is_explained() {
    let rows = rows("iam-cases.jsonl.gz");
    for row in &rows {
        let traces = explain(&row.layers(), &row.request);
        let statements: usize = [&row.json["policies"], &row.json["boundary"]]
            .into_iter()
            .chain(row.json["scps"].as_array().into_iter().flatten())
            .flat_map(|policies| policies.as_array().into_iter().flatten())
            .map(|policy| policy["Statement"].as_array().map_or(1, Vec::len))
            .sum();
        assert_eq!(traces.len(), statements, "{}", row.id());
        for trace in &traces {
            let sentence = trace.to_string();
            assert!(sentence.starts_with(&trace.name()), "{sentence}");
        }
    }
}

#[test]
fn every_policy_is_printed_as_it_was_read() {
    for name in ["iam-probes.jsonl", "iam-cases.jsonl.gz", "iam-causes.jsonl.gz"] {
        for row in rows(name) {
            for policy in row.identity.iter().chain(row.boundary.iter().flatten()) {
                assert_eq!(Policy::parse(&policy.to_string()).as_ref(), Ok(policy));
            }
        }
    }
}
