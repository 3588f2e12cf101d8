// What this build calls things, and what AWS says in the world of the denials in its form.

use diagnosis::{Answer, Baseline, Failure, deliveries, diagnose as tell, next_lookups};

fn unseen() -> Answer {
    Answer::Unseen("no reader role".to_owned())
}

type Answers = std::sync::Arc<std::collections::BTreeMap<diagnosis::Lookup, Answer>>;

fn answers(facts: &mut diagnosis::Facts) -> &mut Answers {
    &mut facts.answers
}

fn facts(world: &World) -> diagnosis::Facts {
    use diagnosis::{
        AccessControl, Facts, FoundPermissionSet, ManagedPolicy, PermissionSet, Provisioning, User,
    };
    let managed = world.managed_policies.iter().enumerate().map(|(index, document)| ManagedPolicy {
        arn: format!("arn:aws:iam::aws:policy/X{index}"),
        document: Some(document.clone()),
    });
    let attributes = [("enterprise.department", "Finance"), ("enterprise.costcenter", "4711")];
    Facts {
        access_control: AccessControl::Enabled(Vec::new()),
        permission_set: FoundPermissionSet::Found(std::sync::Arc::new(PermissionSet {
            arn: "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-0000000000000001".to_owned(),
            name: "Fin".to_owned(),
            session_duration: "PT1H".to_owned(),
            inline_policy: Some(world.inline_policy.clone()),
            managed_policies: managed.collect(),
            customer_managed_policies: Vec::new(),
            boundary: None,
            provisioning: Provisioning::Latest,
            tags: None,
        })),
        user: Some(User {
            user_id: world.user.to_owned(),
            attributes: attributes.map(|(path, value)| (path.to_owned(), value.to_owned())).into(),
            updated_at: None,
        }),
        past_fixes: std::sync::Arc::from([]),
        answers: std::sync::Arc::default(),
    }
}
