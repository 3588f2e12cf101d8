//! What holds for all policies and requests. Each property panics where it does not hold.

use std::collections::{BTreeMap, BTreeSet};

use iam_policy::{
    Candidate, Decision, Effect, Open, Policy, Request, Truth, Value, WhatIf, candidates, consulted,
    evaluate, explain, pointed_at, what_if,
};
use serde_json::Value as Json;

use super::scenario::{Choices, Language, Parsed, Scenario};

/// Any text: an error has a place and a reason, a policy is printed as what it was read from.
pub fn parsing_is_total(text: &str) {
    for parse in [Policy::parse, Policy::parse_resource_control] {
        match parse(text) {
            Err(error) => {
                assert!(error.path.starts_with('$'), "{error}");
                assert!(!error.problem.to_string().is_empty());
            }
            Ok(policy) => {
                let printed = policy.to_string();
                assert_eq!(parse(&printed).as_ref(), Ok(&policy), "{printed}");
                policy.keys();
            }
        }
    }
}

fn scenario(bytes: &[u8], language: Language) -> Option<(Scenario, Parsed, Vec<u8>)> {
    let (for_documents, for_the_rest) = bytes.split_at(bytes.len().saturating_sub(16));
    let scenario = Scenario::new(&mut Choices::new(for_documents, language));
    let parsed = scenario.parse()?;
    Some((scenario, parsed, for_the_rest.to_vec()))
}

fn decide(parsed: &Parsed, request: &Request) -> Decision {
    evaluate(&parsed.layers(), request).decision
}

/// Values that an unknown key could take: several only where set operators are all that tests it.
fn possible_values(scenario: &Scenario, key: &str) -> Vec<Value> {
    let texts = [
        "red",
        "blue",
        "RED",
        "*",
        "5",
        "7.5",
        "true",
        "2026-01-01T00:00:00Z",
        "10.1.2.3",
        "none",
        "",
        "arn:aws:iam::111122223333:role/x",
        "other",
    ];
    let mut values = vec![Value::Absent];
    values.extend(texts.map(|text| Value::One(text.to_owned())));
    if is_tested_as_set(scenario, key) {
        values.push(Value::Many(vec!["red".to_owned(), "blue".to_owned()]));
        values.push(Value::Many(vec!["5".to_owned(), "other".to_owned()]));
    }
    values
}

/// Whether set operators are all that tests the key.
fn is_tested_as_set(scenario: &Scenario, key: &str) -> bool {
    let mut scenario = scenario.clone();
    let mut operators = BTreeSet::new();
    for document in scenario.documents() {
        let statements = document["Statement"].as_array().into_iter().flatten();
        for (operator, keys) in
            statements.filter_map(|statement| statement["Condition"].as_object()).flatten()
        {
            if keys.as_object().unwrap().keys().any(|name| name.eq_ignore_ascii_case(key)) {
                operators.insert(operator.clone());
            }
        }
    }
    let is_set = |operator: &String| operator.starts_with("ForA");
    operators.iter().any(is_set) && operators.iter().all(|operator| is_set(operator) || operator == "Null")
}

/// The request with each combination of values for its unknown keys.
fn all_requests(scenario: &Scenario, values: impl Fn(&str) -> Vec<Value>) -> Vec<(Vec<usize>, Request)> {
    let mut requests = vec![(Vec::new(), scenario.request.clone())];
    for key in &scenario.unknown {
        let values = values(key);
        requests = requests
            .into_iter()
            .flat_map(|(indices, request)| {
                values.iter().enumerate().map(move |(index, value)| {
                    let mut request = request.clone();
                    request.context.set(key, value.clone());
                    ([indices.clone(), vec![index]].concat(), request)
                })
            })
            .collect();
    }
    requests
}

/// Whatever is answered without `Depends` holds for every value that the unknown keys could take, and each of the
/// questions behind it as well.
pub fn what_does_not_depend_holds_for_every_value(bytes: &[u8]) {
    let Some((scenario, parsed, _)) = scenario(bytes, Language::Whole) else {
        return;
    };
    let unknown = evaluate(&parsed.layers(), &scenario.request);
    for (_, request) in all_requests(&scenario, |key| possible_values(&scenario, key)) {
        let known = evaluate(&parsed.layers(), &request);
        let questions = [
            (&unknown.denies, &known.denies),
            (&unknown.allows, &known.allows),
            (&unknown.allowed, &known.allowed),
        ];
        for (unknown, known) in questions {
            assert!(
                matches!(unknown, Truth::Open(_)) || unknown == known,
                "{unknown:?} but {known:?} for {request:#?}\n{scenario:#?}"
            );
        }
        assert!(
            matches!(unknown.decision, Decision::Depends(_)) || unknown.decision == known.decision,
            "{:?} but {:?} for {request:#?}\n{scenario:#?}",
            unknown.decision,
            known.decision
        );
    }
}

/// Where keys are compared as whole texts, `Depends` names the keys that make a difference, and no other. Where some
/// value meets a rule that is not documented, it may name more.
pub fn the_keys_it_depends_on_are_those_that_matter(bytes: &[u8]) {
    let Some((scenario, parsed, _)) = scenario(bytes, Language::Equality) else {
        return;
    };
    // The variables are texts under the old Version.
    let texts =
        ["red", "blue", "${aws:PrincipalTag/Team}", "${aws:ResourceTag/Team}", "", "one", "two", "three"];
    let mut values = vec![Value::Absent];
    values.extend(texts.map(|text| Value::One(text.to_owned())));
    let rows: BTreeMap<Vec<usize>, Decision> = all_requests(&scenario, |_| values.clone())
        .into_iter()
        .map(|(indices, request)| (indices, decide(&parsed, &request)))
        .collect();
    let matters = |place: usize| {
        rows.iter().any(|(indices, decision)| {
            let mut first = indices.clone();
            first[place] = 0;
            rows[&first] != *decision
        })
    };
    let expected: BTreeSet<String> = (0..scenario.unknown.len())
        .filter(|place| matters(*place))
        .map(|place| scenario.unknown[place].to_ascii_lowercase())
        .collect();
    let found: BTreeSet<String> = match decide(&parsed, &scenario.request) {
        Decision::Depends(open) => open.iter().map(ToString::to_string).collect(),
        _ => BTreeSet::new(),
    };
    let documented = rows.values().all(|decision| !matches!(decision, Decision::Depends(_)));
    assert!(expected.is_subset(&found), "{found:?} lacks some of {expected:?}\n{scenario:#?}");
    assert!(!documented || found == expected, "{found:?}, not {expected:?}\n{scenario:#?}");
}

/// What is not allowed for sure is not allowed for sure with a Deny more.
pub fn adding_a_deny_never_allows(bytes: &[u8]) {
    let Some((mut scenario, parsed, rest)) = scenario(bytes, Language::Whole) else {
        return;
    };
    let before = evaluate(&parsed.layers(), &scenario.request).allowed;
    let statement = Choices::new(&rest, Language::Whole).statement("Deny");
    let document = scenario.documents().next().unwrap();
    document["Statement"].as_array_mut().unwrap().push(statement);
    let Some(parsed) = scenario.parse() else {
        return;
    };
    let after = evaluate(&parsed.layers(), &scenario.request).allowed;
    assert!(after != Truth::True || before == Truth::True, "{before:?} then {after:?}\n{scenario:#?}");
}

/// What is allowed is not denied with a condition less on an Allow.
pub fn removing_a_condition_from_an_allow_never_denies(bytes: &[u8]) {
    let Some((mut scenario, parsed, rest)) = scenario(bytes, Language::Whole) else {
        return;
    };
    let before = evaluate(&parsed.layers(), &scenario.request).allowed;
    let mut choice = Choices::new(&rest, Language::Whole);
    for document in scenario.documents() {
        for statement in document["Statement"].as_array_mut().unwrap() {
            let is_allow = statement["Effect"] == "Allow";
            if let Some(Json::Object(block)) = statement.get_mut("Condition").filter(|_| is_allow)
                && let Some(operator) = block.keys().nth(choice.below(block.len())).cloned()
            {
                block.remove(&operator);
            }
        }
    }
    let parsed = scenario.parse().unwrap();
    let after = evaluate(&parsed.layers(), &scenario.request).allowed;
    // It may be less sure of it, as the statement now counts that could not match before.
    assert!(before != Truth::True || after != Truth::False, "{before:?} then {after:?}\n{scenario:#?}");
}

/// Neither the decision, nor what it depends on, nor what was asked for in vain.
pub fn order_changes_nothing(bytes: &[u8]) {
    let Some((mut scenario, parsed, _)) = scenario(bytes, Language::Whole) else {
        return;
    };
    let before =
        (evaluate(&parsed.layers(), &scenario.request), consulted(&parsed.layers(), &scenario.request));
    for document in scenario.documents() {
        document["Statement"].as_array_mut().unwrap().reverse();
    }
    scenario.identity.reverse();
    scenario.boundary.iter_mut().for_each(|policies| policies.reverse());
    scenario.session.iter_mut().for_each(|policies| policies.reverse());
    scenario.service_control.reverse();
    let parsed = scenario.parse().unwrap();
    let after =
        (evaluate(&parsed.layers(), &scenario.request), consulted(&parsed.layers(), &scenario.request));
    assert_eq!(before, after, "{scenario:#?}");
}

/// The explanation says of every statement what the evaluation found.
pub fn the_explanation_agrees(bytes: &[u8]) {
    let Some((scenario, parsed, _)) = scenario(bytes, Language::Whole) else {
        return;
    };
    let traces = explain(&parsed.layers(), &scenario.request);
    for trace in &traces {
        let parts = trace.conditions.iter().map(|condition| condition.holds.clone());
        let all = parts.fold(trace.action.clone().and(trace.resource.clone()), Truth::and);
        assert_eq!(trace.matches, all, "{trace:#?}");
        assert!(!trace.to_string().is_empty());
    }
    let layers = parsed.layers();
    let decision = decide(&parsed, &scenario.request);
    let pointed_at =
        pointed_at(&layers, &decision, &traces).map(|trace| (trace.effect, trace.matches.clone()));
    let allow_that_matches = Ok((Effect::Allow, Truth::True));
    let agrees = match decision {
        Decision::ExplicitlyDenied => matches!(pointed_at, Ok((Effect::Deny, Truth::True | Truth::Open(_)))),
        Decision::ImplicitlyDenied => pointed_at != allow_that_matches,
        Decision::Allowed => pointed_at.is_ok(),
        Decision::Depends(_) => true,
    };
    assert!(agrees, "{pointed_at:?}\n{scenario:#?}");
}

/// What would flip the decision turns it, and nothing less does; what depends on a rule names it.
pub fn what_would_turn_it_turns_it(bytes: &[u8]) {
    let Some((scenario, parsed, _)) = scenario(bytes, Language::Whole) else {
        return;
    };
    let layers = parsed.layers();
    if let Decision::Depends(open) = decide(&parsed, &scenario.request) {
        let touched = consulted(&layers, &scenario.request).undocumented;
        for rule in open.iter().filter_map(|open| match open {
            Open::Rule(rule) => Some(rule),
            Open::Key(_) | Open::Resource => None,
        }) {
            assert!(touched.contains(rule), "{rule:?} is not in {touched:?}\n{scenario:#?}");
        }
    }
    let mut candidates = candidates(&layers, &scenario.request);
    candidates.truncate(8);
    let WhatIf::Turn(turn) = what_if(&layers, &scenario.request, &candidates) else {
        return;
    };
    let decide_with = |with: &[Candidate]| {
        let mut request = scenario.request.clone();
        for candidate in with {
            request.context.set(&candidate.key, candidate.value.clone());
        }
        decide(&parsed, &request)
    };
    assert_ne!(decide_with(&[]), Decision::Allowed);
    assert_eq!(decide_with(&turn.with), Decision::Allowed, "{turn:#?}\n{scenario:#?}");
    for left_out in 0..turn.with.len() {
        let mut less = turn.with.clone();
        less.remove(left_out);
        assert_ne!(decide_with(&less), Decision::Allowed, "{turn:#?}\n{scenario:#?}");
    }
    assert!(turn.turning_point().is_some(), "{turn:#?}");
}

/// All properties of evaluation.
pub fn evaluation_is_right(bytes: &[u8]) {
    what_does_not_depend_holds_for_every_value(bytes);
    the_keys_it_depends_on_are_those_that_matter(bytes);
    adding_a_deny_never_allows(bytes);
    removing_a_condition_from_an_allow_never_denies(bytes);
    order_changes_nothing(bytes);
    the_explanation_agrees(bytes);
    what_would_turn_it_turns_it(bytes);
}
