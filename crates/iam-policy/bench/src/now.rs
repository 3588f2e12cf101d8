// What this build calls things, and what AWS says in the world of the denials in its form.

use diagnosis::{Baseline, Failure, Gap, Lookup, deliveries, diagnose as tell, next_lookups};

fn forget(facts: &mut diagnosis::Facts) {
    facts.answers = std::sync::Arc::default();
}

fn leave_unseen(facts: &mut diagnosis::Facts, wants: impl IntoIterator<Item = Lookup>) {
    let unseen = |want: Lookup| want.without_answer(Gap::Unseen("no reader role".to_owned()));
    std::sync::Arc::make_mut(&mut facts.answers).extend(wants.into_iter().map(unseen));
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
