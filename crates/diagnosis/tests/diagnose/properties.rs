//! What holds whatever the policies, the mappings, the values and the message are.

use super::*;

fn condition() -> impl Strategy<Value = Json> {
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringEqualsIfExists",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringEquals",
    ]);
    let key = prop::sample::select(KEYS.map(|(key, _, _)| key).to_vec());
    let compared = prop::sample::select(vec!["aws:PrincipalTag", "aws:ResourceTag"]);
    let value = prop::sample::select(vec![
        "Finance",
        "47",
        "${aws:PrincipalTag/Department}",
        "${aws:PrincipalTag/Title, 'x'}",
    ]);
    (operator, compared, key, value)
        .prop_map(|(operator, compared, key, value)| json!({operator: {format!("{compared}/{key}"): value}}))
}

fn statement() -> impl Strategy<Value = Json> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let resource =
        prop::sample::select(vec!["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:PrincipalTag/Division}*"]);
    (effect, resource, prop::option::of(condition())).prop_map(|(effect, resource, condition)| {
        let mut statement = json!({"Effect": effect, "Action": "s3:*", "Resource": resource});
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    })
}

/// Whether a diagnosis says that the call would be allowed, or may be.
fn is_possible(diagnosis: &Diagnosis) -> bool {
    let says = |start: &str| diagnosis.evidence.sentences.iter().any(|sentence| sentence.starts_with(start));
    diagnosis.cause == Cause::ResourceTag
        || says("the policies that can be read allow")
        || says("the decision depends on")
}

proptest! {
    // The seed is fixed so that a run tells about the change at hand; PROPTEST_CASES=300000 for a longer one.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    /// A planned fix is in the baseline, was not there, and leaves nothing to plan: after it the same denial is
    /// no longer one for a missing mapping. Whatever the message says, whoever owns the keys, and with a policy of the
    /// organization and the tags of the bucket read or not.
    #[test]
    fn a_planned_fix_is_approved_necessary_and_enough(
        statements in prop::collection::vec(statement(), 1..4),
        mapped in prop::collection::vec(any::<bool>(), 4),
        values in prop::collection::vec(prop::sample::select(vec!["", "Finance", "47", "k"]), 4),
        owners in prop::collection::vec(
            prop::sample::select(vec![Owner::Store, Owner::Store, Owner::Store, Owner::Idp, Owner::Nobody]), 4),
        clause in prop::sample::select(CLAUSES.to_vec()),
        scp in prop::option::of(condition()),
        bucket in prop::option::of(prop::collection::vec(prop::sample::select(vec!["", "Finance", "47"]), 4)),
    ) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let (baseline, failure) = (owned(&owners), denial(clause));
        let known = known(scp.as_ref(), bucket.as_deref());
        let facts = |mapped: &[bool]| Facts { answers: Arc::new(known.clone()), ..facts(&policy, mapped, &values) };
        let before = facts(&mapped);
        let diagnosis = diagnose(&failure, &before, &baseline);
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        if let Plan::Changes(changes) = plan(&failure, &diagnosis, &before, &baseline, now) {
            let is_tag = |open: &String| ["aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"].iter().any(|key| open.starts_with(key));
            prop_assert!(diagnosis.evidence.depends_on.iter().all(is_tag), "open on more: {:?}", diagnosis);
            let mut restored = mapped.clone();
            for change in &changes {
                let Change::RestoreMapping { key, source } = change else { panic!("{change:?}") };
                let index = KEYS.iter().position(|(known, _, _)| known == key).unwrap();
                prop_assert_eq!(source.expression(), KEYS[index].1);
                prop_assert_eq!(owners[index], Owner::Store, "not in the baseline, or the IdP's");
                prop_assert!(!mapped[index], "it was there");
                restored[index] = true;
            }
            let after = diagnose(&failure, &facts(&restored), &baseline);
            prop_assert!(!matches!(after.cause, Cause::MappingMissing | Cause::Intended | Cause::UserHasNoValue), "{:?}", after);
            for change in &changes {
                let Change::RestoreMapping { key, .. } = change else { panic!("{change:?}") };
                let mut without = restored.clone();
                without[KEYS.iter().position(|(known, _, _)| known == key).unwrap()] = false;
                let still = diagnose(&failure, &facts(&without), &baseline);
                prop_assert!(!is_possible(&still), "not needed: {} {:?}", key, still);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    /// What is told as an outdated permission set is allowed by the newest policies with what the session carries, with
    /// what a new session would get, and with what it would get as approved: evaluated here once more.
    #[test]
    fn provisioning_is_allowed_with_all_three_sets_of_tags(
        statements in prop::collection::vec(statement(), 1..4),
        mapped in prop::collection::vec(any::<bool>(), 4),
        values in prop::collection::vec(prop::sample::select(vec!["", "Finance", "47", "k"]), 4),
        owners in prop::collection::vec(
            prop::sample::select(vec![Owner::Store, Owner::Store, Owner::Store, Owner::Idp, Owner::Nobody]), 4),
        clause in prop::sample::select(CLAUSES.to_vec()),
    ) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let mut facts = facts(&policy, &mapped, &values);
        if let FoundPermissionSet::Found(found) = &mut facts.permission_set {
            Arc::make_mut(found).provisioning = Provisioning::Outdated;
        }
        let diagnosis = diagnose(&denial(clause), &facts, &owned(&owners));
        if diagnosis.cause == Cause::NotProvisioned {
            let policies = [iam_policy::Policy::parse(&policy.to_string()).unwrap()];
            let value = |index: usize| match values[index] {
                "" => Value::Absent,
                value => Value::One(value.to_owned()),
            };
            let carried = |index: usize| match (mapped[index], owners[index]) {
                (true, _) => value(index),
                (false, _) => Value::Unknown,
            };
            let new = |index: usize| match (mapped[index], owners[index]) {
                (true, _) => value(index),
                (false, Owner::Store) => Value::Absent,
                (false, Owner::Idp | Owner::Nobody) => Value::Unknown,
            };
            let approved = |index: usize| match (mapped[index], owners[index]) {
                (true, _) | (false, Owner::Store) => value(index),
                (false, Owner::Idp | Owner::Nobody) => Value::Unknown,
            };
            let sets: [&dyn Fn(usize) -> Value; 3] = [&carried, &new, &approved];
            for (name, set) in ["carried", "new", "approved"].iter().zip(sets) {
                let mut context = Context::open();
                for (index, (key, _, _)) in KEYS.iter().enumerate() {
                    context.set(&format!("aws:PrincipalTag/{key}"), set(index));
                }
                let request = Request {
                    action: "s3:GetObject".to_owned(),
                    resource: Resource::Named("arn:aws:s3:::b/k".to_owned()),
                    context,
                };
                let layers = Layers { identity: &policies, ..Layers::default() };
                let answer = evaluate(&layers, &request).allowed;
                prop_assert_eq!(answer, Truth::True, "not allowed with the tags {}", name);
            }
        }
    }
}

/// What was read besides: an SCP that denies on a condition, and the tags of the bucket.
pub(super) fn known(scp: Option<&Json>, bucket: Option<&[&str]>) -> Answers {
    let mut known = Answers::default();
    if let Some(condition) = scp {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}
        ]});
        let at = PolicyAt::Organization { arn: SCP.to_owned() };
        known.insert(Answered::Policy(at, Ok(policy.to_string())));
    }
    if let Some(values) = bucket {
        let place = AccountRegion { account: "111122223333".to_owned(), region: "us-east-1".to_owned() };
        let tags = KEYS.iter().zip(values).filter(|(_, value)| !value.is_empty());
        let tags = tags.map(|((key, _, _), value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let at = ResourceAt { place: place.clone(), arn: "arn:aws:s3:::b".to_owned() };
        known.insert(Answered::ResourceTags(at, Ok(tags)));
        known.insert(Answered::BucketAbac(BucketAt { place, bucket: "b".to_owned() }, Ok(true)));
    }
    known
}
