//! From JSON to a policy, with the path of whatever AWS would not accept.
//!
//! Sources: `reference_policies_grammar`, and the errors of `access-analyzer-reference-policy-checks`.

mod exact;
mod fast;
pub(crate) mod json;
mod texts;

use crate::policy::Policy;
use crate::policy_error::PolicyError;
use crate::policy_kind::PolicyKind;

impl Policy {
    /// Reads an identity policy, and whatever has its grammar: permissions boundary, session policy, SCP.
    ///
    /// # Errors
    /// With the JSON path of what AWS would not accept.
    pub fn parse(json: &str) -> Result<Policy, PolicyError> {
        policy(json, PolicyKind::Identity)
    }

    /// Reads a resource control policy, which has to name everybody as its principal.
    /// Source: `orgs_manage_policies_rcps_syntax` in the AWS Organizations user guide.
    ///
    /// # Errors
    /// With the JSON path of what AWS would not accept.
    pub fn parse_resource_control(json: &str) -> Result<Policy, PolicyError> {
        policy(json, PolicyKind::ResourceControl)
    }

    /// Reads the policy of a VPC endpoint. One that tells principals apart is not evaluated here, and is an error.
    /// Source: `vpc-endpoints-access` in the AWS PrivateLink guide.
    ///
    /// # Errors
    /// With the JSON path of what AWS would not accept, or of a principal that is not everybody.
    pub fn parse_endpoint(json: &str) -> Result<Policy, PolicyError> {
        policy(json, PolicyKind::Endpoint)
    }
}

/// In one pass, without a tree of the document. Where that finds anything amiss, the exact reader says what and where.
fn policy(text: &str, kind: PolicyKind) -> Result<Policy, PolicyError> {
    match fast::policy(text, kind) {
        Some(policy) => Ok(policy),
        None => exact::policy(text, kind),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    const KINDS: [PolicyKind; 3] = [PolicyKind::Identity, PolicyKind::ResourceControl, PolicyKind::Endpoint];

    #[track_caller]
    fn both_agree(text: &str) {
        for kind in KINDS {
            if let Some(policy) = fast::policy(text, kind) {
                assert_eq!(exact::policy(text, kind), Ok(policy), "{text}");
            }
        }
    }

    #[track_caller]
    fn check(text: &str, is_read_fast: bool) {
        assert!(exact::policy(text, PolicyKind::Identity).is_ok(), "{text}");
        assert_eq!(fast::policy(text, PolicyKind::Identity).is_some(), is_read_fast, "{text}");
        both_agree(text);
    }

    #[test]
    fn what_most_policies_are_like_is_read_fast() {
        check(r#"{"Version":"2012-10-17","Statement":[]}"#, true);
        check(r#"{"Statement":{"Effect":"Deny","NotAction":"*","NotResource":["*"]}}"#, true);
        check(
            r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:*","a:B"],
            "Resource":"arn:aws:s3:::${aws:username}\u002f*","Condition":{"Bool":{"a:b":true,"a:C":["false",1,-1,1.50]},
            "StringLikeIfExists":{"a:b":[]}}}]}"#,
            true,
        );
        // Under the old Version, and under none, it is no variable.
        let statement = r#""Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${"}"#;
        check(&format!(r#"{{"Version":"2008-10-17",{statement}}}"#), true);
    }

    #[test]
    fn what_is_seldom_is_read_exactly() {
        // Whether it has variables is not known when the statements are read.
        let late = |resource: &str, version: &str| {
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}{version}}}"#)
        };
        let (old, new) = (r#","Version":"2008-10-17""#, r#","Version":"2012-10-17""#);
        check(&late("arn:aws:s3:::${aws:username}", new), true);
        check(&late("arn:aws:s3:::${aws:username}", old), true);
        // As new as its texts were taken to be, it would be amiss.
        check(&late("arn:aws:s3:::${", old), false);
        check(&late(r"arn:aws:s3:::\u0024{aws:username}", old), true);
        check(&late("arn:aws:s3:::$", old), true);
        let with = |condition: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
            )
        };
        check(&with("{}"), true);
        check(&with(r#"{"Bool":{}}"#), false);
        let keys: Vec<String> = (0..100).map(|index| format!(r#""a:{index}":"""#)).collect();
        check(&with(&format!(r#"{{"Bool":{{{}}}}}"#, keys.join(","))), false);
    }

    /// Pieces of policies, in an order that is nearly right.
    fn nearly_a_policy() -> impl Strategy<Value = String> {
        let value = prop::sample::select(vec![
            r#""*""#,
            r#""s3:Get*""#,
            r#""arn:aws:s3:::b/${aws:username}""#,
            r#""Allow""#,
            r#""Deny""#,
            r#"["*"]"#,
            r#"["a:b","arn:a:b"]"#,
            "[]",
            "{}",
            "null",
            "true",
            "1.0",
            r#""${""#,
            r#""\u002a""#,
            r#""arn:aws:s3:::\u0024{aws:username}""#,
            r#"[["*"]]"#,
            r#"{"AWS":"*"}"#,
            r#"{"Bool":{"a:b":"true"}}"#,
            r#"{"Null":{"a:b":true,"A:B":[]}}"#,
            r#"{"StringLike":{"a:b":[1,"x"],"c:d":2.50},"StringLike":{"e:f":""}}"#,
            r#""2012-10-17""#,
        ]);
        let element = prop::sample::select(vec![
            "Sid",
            "Effect",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
            "Principal",
            "Other",
        ]);
        let fields = vec((element, value.clone()), 0..3);
        let usual = prop::sample::subsequence(
            vec![
                ("Effect", r#""Allow""#),
                ("Action", r#""*""#),
                ("Resource", r#""*""#),
                ("Principal", r#""*""#),
            ],
            2..=4,
        );
        let print = |fields: &[(&str, &str)]| {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
            format!("{{{}}}", fields.join(","))
        };
        let statement = (fields, usual).prop_map(move |(fields, usual)| print(&[usual, fields].concat()));
        let outer = prop::sample::select(vec!["Version", "Id", "Statement", "Other"]);
        (vec((outer, value), 0..2), vec(statement, 0..3), any::<bool>()).prop_map(
            |(fields, statements, old)| {
                let mut text = String::from(if old { "{" } else { r#"{"Version":"2012-10-17","# });
                fields.iter().for_each(|(name, value)| text.push_str(&format!(r#""{name}":{value},"#)));
                text + &format!(r#""Statement":[{}]}}"#, statements.join(","))
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 10_000,
            rng_seed: RngSeed::Fixed(2_026),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn both_readers_agree(text in nearly_a_policy()) {
            both_agree(&text);
        }
    }

    #[test]
    fn both_readers_agree_on_what_fuzzing_kept() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/parse")).unwrap() {
            both_agree(&String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()));
        }
    }
}
