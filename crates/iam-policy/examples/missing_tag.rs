//! Would a session tag change the answer? `cargo run --example missing_tag`

use iam_policy::{Context, Decision, Layers, Open, Policy, PolicyError, Request, Resource, Value, evaluate};

const POLICY: &str = r#"{
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}
    }
}"#;

fn decision(department: Value) -> Result<Decision, PolicyError> {
    let policies = [Policy::parse(POLICY)?];
    let layers = Layers { identity: &policies, ..Layers::default() };
    let mut context = Context::closed();
    context.set("aws:PrincipalTag/Department", department);
    let request = Request {
        action: "s3:ListAllMyBuckets".to_owned(),
        resource: Resource::Named("*".to_owned()),
        context,
    };
    Ok(evaluate(&layers, &request).decision)
}

/// Unknown is neither.
pub(crate) fn main() -> Result<(), PolicyError> {
    assert_eq!(decision(Value::Absent)?, Decision::ImplicitlyDenied);
    assert_eq!(decision(Value::One("Finance".to_owned()))?, Decision::Allowed);
    let unknown = Open::Key("aws:principaltag/department".to_owned());
    assert_eq!(decision(Value::Unknown)?, Decision::Depends([unknown].into()));
    Ok(())
}
