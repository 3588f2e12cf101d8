//! The canonical digest: another spelling keeps it, and whatever decides a request otherwise changes it.

use iam_policy::{Context, Decision, Layers, Policy, Request, Resource, Value, evaluate};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{
    Boundary, ManagedPolicy, PermissionSet, PolicyDigest, PolicyReference, Provisioning,
};

/// Small, so that random policies often mean the same.
const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:*"];
const RESOURCES: [&str; 3] = ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "*"];
const VALUES: [&str; 3] = ["Finance", "finance", "Legal"];

/// Numbers that decide, one after another.
#[derive(Clone, Debug)]
struct Dice(Vec<u32>, usize);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.1 += 1;
        self.0[self.1 % self.0.len()] as usize % bound
    }

    fn some(&mut self, of: &[&str]) -> Json {
        let count = 1 + self.below(2);
        Json::Array((0..count).map(|_| json!(of[self.below(of.len())])).collect())
    }

    fn shuffle(&mut self, list: &mut [Json]) {
        for place in (1..list.len()).rev() {
            let other = self.below(place + 1);
            list.swap(place, other);
        }
    }

    fn statement(&mut self) -> Json {
        let mut statement = json!({"Effect": if self.below(3) == 0 { "Deny" } else { "Allow" }});
        let action = if self.below(4) == 0 { "NotAction" } else { "Action" };
        let resource = if self.below(4) == 0 { "NotResource" } else { "Resource" };
        statement[action] = self.some(&ACTIONS);
        statement[resource] = self.some(&RESOURCES);
        if self.below(2) == 0 {
            let operator = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"][self.below(3)];
            statement["Condition"] = json!({operator: {"aws:PrincipalTag/Department": self.some(&VALUES)}});
        }
        statement
    }

    fn policy(&mut self) -> Json {
        let count = 1 + self.below(3);
        let statements: Vec<Json> = (0..count).map(|_| self.statement()).collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    /// The same list in another order, and one of one without its brackets.
    fn respell_list(&mut self, list: &mut Json) {
        let items = list.as_array_mut().unwrap();
        self.shuffle(items);
        if items.len() == 1 && self.below(2) == 0 {
            *list = items[0].take();
        }
    }

    fn respell_case(&mut self, text: &str) -> String {
        text.chars()
            .map(|letter| if self.below(2) == 0 { letter.to_ascii_uppercase() } else { letter })
            .collect()
    }

    /// The same policy in another spelling.
    fn respelled(&mut self, policy: &Json) -> Json {
        let mut policy = policy.clone();
        for statement in policy["Statement"].as_array_mut().unwrap() {
            for (name, value) in statement.as_object_mut().unwrap() {
                match name.as_str() {
                    "Effect" => {}
                    "Condition" => {
                        for values in value.as_object_mut().unwrap().values_mut() {
                            self.respell_list(&mut values["aws:PrincipalTag/Department"]);
                        }
                    }
                    _ => {
                        if name.ends_with("Action") {
                            for action in value.as_array_mut().unwrap() {
                                *action = json!(self.respell_case(action.as_str().unwrap()));
                            }
                        }
                        self.respell_list(value);
                    }
                }
            }
        }
        self.respell_list(&mut policy["Statement"]);
        policy
    }

    /// One thing of a policy, another one.
    fn edited(&mut self, policy: &Json) -> Json {
        let mut edited = policy.clone();
        let count = edited["Statement"].as_array().unwrap().len();
        let place = self.below(count);
        let statement = &mut edited["Statement"][place];
        let rename = |statement: &mut Json, one: &str, other: &str| {
            let fields = statement.as_object_mut().unwrap();
            let (from, to) = if fields.contains_key(one) { (one, other) } else { (other, one) };
            let value = fields.remove(from).unwrap();
            fields.insert(to.to_owned(), value);
        };
        match self.below(9) {
            0 => {
                let effect = if statement["Effect"] == "Deny" { "Allow" } else { "Deny" };
                statement["Effect"] = json!(effect);
            }
            1 => rename(statement, "Action", "NotAction"),
            2 => rename(statement, "Resource", "NotResource"),
            3 => {
                let name = if statement.get("Action").is_some() { "Action" } else { "NotAction" };
                statement[name].as_array_mut().unwrap().push(json!("s3:DeleteObject"));
            }
            4 => {
                let name = if statement.get("Resource").is_some() { "Resource" } else { "NotResource" };
                // Resources tell case apart.
                statement[name][0] = json!("arn:aws:s3:::A/*");
            }
            5 => {
                statement["Condition"] = json!({"StringLike": {"aws:PrincipalTag/Department": ["*"]}});
            }
            6 if statement.get("Condition").is_some() => {
                drop(statement.as_object_mut().unwrap().remove("Condition"));
            }
            7 => edited["Version"] = json!("2008-10-17"),
            8 if count > 1 => drop(edited["Statement"].as_array_mut().unwrap().remove(place)),
            _ => {
                let more = self.statement();
                edited["Statement"].as_array_mut().unwrap().push(more);
            }
        }
        edited
    }
}

fn dice() -> impl Strategy<Value = Dice> {
    prop::collection::vec(any::<u32>(), 97).prop_map(|numbers| Dice(numbers, 0))
}

fn set(policy: &Json) -> PermissionSet {
    PermissionSet {
        arn: "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-5555666677778888".to_owned(),
        name: "Analyst".to_owned(),
        session_duration: "PT1H".to_owned(),
        inline_policy: Some(policy.to_string()),
        managed_policies: Vec::new(),
        customer_managed_policies: Vec::new(),
        boundary: None,
        tags: None,
        provisioning: Provisioning::Latest,
    }
}

fn digest(policy: &Json) -> PolicyDigest {
    set(policy).policy_digest().unwrap()
}

/// What is decided of every request that these policies can tell apart.
fn decisions(policy: &Json) -> Vec<Decision> {
    let policies = [Policy::parse(&policy.to_string()).unwrap()];
    let layers = Layers { identity: &policies, ..Layers::default() };
    let mut decisions = Vec::new();
    for action in ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage"] {
        for resource in
            ["arn:aws:s3:::a/x", "arn:aws:s3:::A/x", "arn:aws:s3:::b/x", "arn:aws:sqs:eu-west-1:1:q"]
        {
            for department in [Value::Absent, Value::Unknown].into_iter().chain(
                ["Finance", "finance", "FINANCE", "Legal", "Other"].map(|value| Value::One(value.to_owned())),
            ) {
                let mut context = Context::closed();
                context.set("aws:PrincipalTag/Department", department);
                let resource = Resource::Named(resource.to_owned());
                let request = Request { action: action.to_owned(), resource, context };
                decisions.push(evaluate(&layers, &request).decision);
            }
        }
    }
    decisions
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn another_spelling_keeps_the_digest_and_the_decisions(mut dice in dice()) {
        let policy = dice.policy();
        let other = dice.respelled(&policy);
        prop_assert_eq!(digest(&policy), digest(&other), "{} {}", policy, other);
        prop_assert_eq!(decisions(&policy), decisions(&other), "{} {}", policy, other);
    }

    #[test]
    fn one_edit_changes_the_digest(mut dice in dice()) {
        let policy = dice.policy();
        let edited = dice.edited(&policy);
        let respelled = dice.respelled(&edited);
        prop_assume!(edited != policy);
        prop_assert_ne!(digest(&policy), digest(&respelled), "{} {}", policy, respelled);
    }

    #[test]
    fn policies_of_one_digest_decide_the_same(mut dice in dice()) {
        let (one, other) = (dice.policy(), dice.policy());
        if decisions(&one) != decisions(&other) {
            prop_assert_ne!(digest(&one), digest(&other), "{} {}", one, other);
        }
    }
}

#[test]
fn what_is_published_beside_the_inline_policy_counts_too() {
    let plain = || set(&json!({"Version": "2012-10-17", "Statement": []}));
    let managed =
        |name: &str| ManagedPolicy { arn: format!("arn:aws:iam::aws:policy/{name}"), document: None };
    let reference = |name: &str, path: &str| PolicyReference { name: name.to_owned(), path: path.to_owned() };
    let sets = [
        plain(),
        PermissionSet { session_duration: "PT2H".to_owned(), ..plain() },
        PermissionSet { inline_policy: None, ..plain() },
        PermissionSet { managed_policies: vec![managed("ReadOnlyAccess")], ..plain() },
        PermissionSet { boundary: Some(Boundary::Managed(managed("ReadOnlyAccess"))), ..plain() },
        PermissionSet { customer_managed_policies: vec![reference("a", "/")], ..plain() },
        PermissionSet { customer_managed_policies: vec![reference("a", "/b/")], ..plain() },
        PermissionSet { boundary: Some(Boundary::CustomerManaged(reference("a", "/"))), ..plain() },
    ];
    for (place, set) in sets.iter().enumerate() {
        for other in &sets[..place] {
            assert_ne!(set.policy_digest(), other.policy_digest(), "{set:?} {other:?}");
        }
    }
    let spelled = |duration: &str| PermissionSet { session_duration: duration.to_owned(), ..plain() };
    assert_eq!(spelled("PT60M").policy_digest(), plain().policy_digest(), "an hour is an hour");
    assert_eq!(spelled("PT3600S").policy_digest(), plain().policy_digest());
    assert_ne!(spelled("an hour").policy_digest(), plain().policy_digest());
}

#[test]
fn what_was_approved_by_the_first_form_is_approved() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
    ]});
    let digests = set(&policy).policy_digests().unwrap();
    let (first, canonical) = (digests.as_written.clone(), digests.canonical.clone());
    assert!(first.as_str().starts_with("sha256:") && canonical.as_str().starts_with("sha256-canonical:"));
    assert!(set(&policy).has_policies(&first) && set(&policy).has_policies(&canonical));
    // The first form is over the text: another order is another one, and the canonical form is the same.
    let reordered = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"},
    ]});
    assert!(!set(&reordered).has_policies(&first) && set(&reordered).has_policies(&canonical));
    // Neither is taken for the other.
    let swapped = PolicyDigest::parse(&format!("sha256:{}", canonical.digits())).unwrap();
    assert!(!set(&policy).has_policies(&swapped));
    let told = |digest: &PolicyDigest, written: Option<&PolicyDigest>, canonical: Option<&PolicyDigest>| {
        digest.is_of(written.map(PolicyDigest::as_str), canonical.map(PolicyDigest::as_str))
    };
    assert_eq!(told(&canonical, Some(&first), None), None, "an older look had no canonical digest");
    assert_eq!(told(&canonical, None, None), Some(false), "policies without a digest");
    assert_eq!(told(&first, Some(&first), Some(&canonical)), Some(true));
    assert_eq!(told(&swapped, Some(&first), Some(&canonical)), Some(false));
}
