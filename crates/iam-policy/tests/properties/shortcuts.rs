//! What is asked in a shorter way gets the same answer.

use iam_policy::{Request, evaluate, explain, first_turned};

use super::scenario::{Choices, KEYS, Language, Scenario};

/// Policies without what is not about the action answer the same, with what it depends on.
pub fn what_is_not_about_the_action_changes_nothing(bytes: &[u8]) {
    let scenario = Scenario::new(&mut Choices::new(bytes, Language::Whole));
    let Some(parsed) = scenario.parse() else {
        return;
    };
    for action in ["s3:GetObject", "S3:PutObject", "s3:getobjecttagging", "ec2:RunInstances"] {
        let request = Request { action: action.to_owned(), ..scenario.request.clone() };
        let about = parsed.about(action);
        let whole = evaluate(&parsed.layers(), &request);
        assert_eq!(evaluate(&about.layers(), &request), whole, "{action}\n{scenario:#?}");
    }
}

/// The first statement that answers otherwise is the first of all of which the explanation says so.
pub fn the_first_that_turned_is_the_first_explained_otherwise(bytes: &[u8]) {
    let mut choices = Choices::new(bytes, Language::Whole);
    let scenario = Scenario::new(&mut choices);
    let Some(parsed) = scenario.parse() else {
        return;
    };
    for key in KEYS {
        let mut after = scenario.request.clone();
        after.context.set(key, choices.value());
        let traces = |request: &Request| explain(&parsed.layers(), request);
        let mut pairs = traces(&scenario.request).into_iter().zip(traces(&after));
        let expected = pairs.find(|(before, after)| before.matches != after.matches);
        assert_eq!(
            first_turned(&parsed.layers(), &scenario.request, &after),
            expected,
            "{key}\n{scenario:#?}"
        );
    }
}
