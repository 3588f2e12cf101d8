// What commit f605887 calls things, and what AWS says in the world of the denials in its form.

use diagnosis::{
    baseline::Baseline,
    delivery::deliveries,
    diagnose::diagnose as tell,
    failure::Failure,
    want::{Known, Want, wants as next_lookups},
};

fn forget(facts: &mut diagnosis::facts::Facts) {
    facts.known = std::sync::Arc::default();
}

fn leave_unseen(facts: &mut diagnosis::facts::Facts, wants: impl IntoIterator<Item = Want>) {
    let unseen = |want: Want| (want, Known::Unseen("no reader role".to_owned()));
    std::sync::Arc::make_mut(&mut facts.known).extend(wants.into_iter().map(unseen));
}

fn facts(world: &World) -> diagnosis::facts::Facts {
    use diagnosis::facts::{
        AccessControl, Facts, Lookup, ManagedPolicy, PermissionSet, Provisioning, User,
    };
    let managed = world.managed_policies.iter().enumerate().map(|(index, document)| ManagedPolicy {
        arn: format!("arn:aws:iam::aws:policy/X{index}"),
        document: document.clone(),
    });
    let attributes = [("enterprise.department", "Finance"), ("enterprise.costcenter", "4711")];
    Facts {
        access_control: AccessControl::Enabled(Vec::new()),
        permission_set: Lookup::Found(std::sync::Arc::new(PermissionSet {
            arn: "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-0000000000000001".to_owned(),
            name: "Fin".to_owned(),
            session_duration: "PT1H".to_owned(),
            inline_policy: Some(world.inline_policy.clone()),
            managed_policies: managed.collect(),
            customer_managed_policies: Vec::new(),
            boundary: None,
            provisioning: Provisioning::Latest,
        })),
        user: Some(User {
            user_id: world.user.to_owned(),
            attributes: attributes.map(|(path, value)| (path.to_owned(), value.to_owned())).into(),
            updated_at: None,
        }),
        past_fixes: std::sync::Arc::from([]),
        known: std::sync::Arc::default(),
    }
}
