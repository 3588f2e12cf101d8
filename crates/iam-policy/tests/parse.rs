//! What is read, and what is not, with the place and the reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use iam_policy::{Policy, PolicyError, PolicyKind, Problem, VariableProblem};

#[track_caller]
fn fails(json: &str, path: &str, problem: Problem) {
    assert_eq!(Policy::parse(json), Err(PolicyError { path: path.to_owned(), problem }));
}

#[track_caller]
fn statement_fails(fields: &str, path: &str, problem: Problem) {
    fails(
        &format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{fields}}}]}}"#),
        &format!("$.Statement[0]{path}"),
        problem,
    );
}

const TARGET: &str = r#""Action":"s3:*","Resource":"*""#;

#[track_caller]
fn condition_fails(block: &str, path: &str, problem: Problem) {
    statement_fails(&format!(r#"{TARGET},"Condition":{block}"#), &format!(".Condition{path}"), problem);
}

fn wrong_type(expected: &'static str, found: &'static str) -> Problem {
    Problem::WrongType { expected, found }
}

#[test]
fn not_json() {
    let error = Policy::parse("{\"Version\": }").unwrap_err();
    assert_eq!(error.to_string(), "$: not JSON: expected value at line 1 column 13");
    for json in ["", "{", "[1,", "{}x", "{\"a\":1,}", "nul"] {
        let error = Policy::parse(json).unwrap_err();
        assert!(matches!(error.problem, Problem::Syntax(_)) && error.path == "$", "{json}: {error}");
    }
}

#[test]
fn nesting_has_an_end() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let error = Policy::parse(&deep).unwrap_err();
    assert_eq!(error.to_string(), "$: not JSON: recursion limit exceeded at line 1 column 128");
}

#[test]
fn wrong_types() {
    fails("[]", "$", wrong_type("an object", "a list"));
    fails(r#"{"Version":1,"Statement":[]}"#, "$.Version", wrong_type("a string", "a number"));
    fails(r#"{"Statement":"x"}"#, "$.Statement", wrong_type("an object", "a string"));
    fails(r#"{"Statement":[null]}"#, "$.Statement[0]", wrong_type("an object", "null"));
    statement_fails(r#""Action":true,"Resource":"*""#, ".Action", wrong_type("a string", "a boolean"));
    statement_fails(r#""Action":["a:b",1],"Resource":"*""#, ".Action[1]", wrong_type("a string", "a number"));
    statement_fails(r#""Action":"a:b","Resource":{}"#, ".Resource", wrong_type("a string", "an object"));
    statement_fails(r#""Sid":[],"Action":"a:b","Resource":"*""#, ".Sid", wrong_type("a string", "a list"));
    condition_fails("[]", "", wrong_type("an object", "a list"));
    condition_fails(r#"{"Bool":"x"}"#, ".Bool", wrong_type("an object", "a string"));
    let scalar = "a string, number or boolean";
    condition_fails(r#"{"Bool":{"k:x":null}}"#, ".Bool.k:x", wrong_type(scalar, "null"));
    condition_fails(r#"{"Bool":{"k:x":["a",["b"]]}}"#, ".Bool.k:x[1]", wrong_type(scalar, "a list"));
}

#[test]
fn duplicates() {
    let twice = |name: &str| Problem::Duplicate(name.to_owned());
    fails(r#"{"Statement":[],"Statement":[]}"#, "$", twice("Statement"));
    statement_fails(r#""Effect":"Deny","Action":"a:b","Resource":"*""#, "", twice("Effect"));
    condition_fails(r#"{"Bool":{"k:x":"true"},"Bool":{"k:y":"true"}}"#, "", twice("Bool"));
    condition_fails(r#"{"Bool":{"k:x":"true","K:X":"true"}}"#, ".Bool", twice("K:X"));
    let many: Vec<String> = (0..40).map(|index| format!(r#""k:{}":"x""#, index % 39)).collect();
    condition_fails(&format!(r#"{{"StringEquals":{{{}}}}}"#, many.join(",")), ".StringEquals", twice("k:0"));
}

#[test]
fn elements() {
    let unknown = |name: &str| Problem::UnknownElement(name.to_owned(), PolicyKind::Identity);
    fails(r#"{"Statement":[],"version":"2012-10-17"}"#, "$.version", unknown("version"));
    statement_fails(&format!(r#"{TARGET},"Conditions":{{}}"#), ".Conditions", unknown("Conditions"));
    statement_fails(&format!(r#"{TARGET},"Principal":"*""#), ".Principal", unknown("Principal"));
    statement_fails(&format!(r#"{TARGET},"NotPrincipal":"*""#), ".NotPrincipal", unknown("NotPrincipal"));
    statement_fails(&format!(r#"{TARGET},"a.b":"*""#), "['a.b']", unknown("a.b"));
    fails("{}", "$", Problem::Missing("`Statement`"));
    fails(r#"{"Statement":{}}"#, "$.Statement", Problem::Missing("`Effect`"));
    statement_fails(r#""Resource":"*""#, "", Problem::Missing("`Action` or `NotAction`"));
    statement_fails(r#""Action":"a:b""#, "", Problem::Missing("`Resource` or `NotResource`"));
    statement_fails(&format!(r#"{TARGET},"NotAction":"a:b""#), "", Problem::Both("Action", "NotAction"));
    statement_fails(&format!(r#"{TARGET},"NotResource":"*""#), "", Problem::Both("Resource", "NotResource"));
}

#[test]
fn values() {
    let invalid = |text: &str, not: &'static str| Problem::InvalidValue(text.to_owned(), not);
    let versions = "`2012-10-17` or `2008-10-17`";
    fails(r#"{"Version":"2012-10-18","Statement":[]}"#, "$.Version", invalid("2012-10-18", versions));
    let allow = r#"{"Statement":{"Effect":"allow","Action":"a:b","Resource":"*"}}"#;
    fails(allow, "$.Statement.Effect", invalid("allow", "`Allow` or `Deny`"));
    let action = "`*` or `service:Action`";
    statement_fails(r#""Action":["a:b","b"],"Resource":"*""#, ".Action[1]", invalid("b", action));
    statement_fails(
        r#""Action":"a:b","Resource":"bucket/x""#,
        ".Resource",
        invalid("bucket/x", "`*` or an ARN"),
    );
}

#[test]
fn operators_and_variables() {
    let unknown = |name: &str| Problem::UnknownOperator(name.to_owned());
    for name in [
        "StringEqual",
        "stringequals",
        "IfExists",
        "NullIfExists",
        "ForAnyValue:Null",
        "ForSomeValues:Bool",
        "",
    ] {
        let path = if name.is_empty() { ".".to_owned() } else { format!(".{name}") };
        condition_fails(&format!(r#"{{"{name}":{{"k:x":"true"}}}}"#), &path, unknown(name));
    }
    for (text, variable, problem) in [
        ("a${aws:username", "${aws:username", VariableProblem::MissingBrace),
        ("${}", "${}", VariableProblem::Empty),
        ("${, 'x'}", "${, 'x'}", VariableProblem::Empty),
        ("${ aws:username}", "${ aws:username}", VariableProblem::Space),
        ("${username}", "${username}", VariableProblem::NotAKey),
        ("${:x}", "${:x}", VariableProblem::NotAKey),
        ("${aws:}", "${aws:}", VariableProblem::NotAKey),
        ("${aws:username, x}", "${aws:username, x}", VariableProblem::MissingQuote),
        ("${aws:username, '}", "${aws:username, '}", VariableProblem::MissingQuote),
    ] {
        let problem = Problem::UnknownVariable(variable.to_owned(), problem);
        let block = format!(r#"{{"StringLike":{{"k:x":["ok","{text}"]}}}}"#);
        condition_fails(&block, ".StringLike.k:x[1]", problem.clone());
        let resource = format!(r#""Action":"a:b","Resource":"arn:aws:s3:::b/{text}""#);
        statement_fails(&resource, ".Resource", problem);
    }
}

/// Where there are no variables, the same text is only text.
#[test]
fn broken_variables_are_text_under_the_old_version() {
    let statement = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${x"}"#;
    assert!(Policy::parse(&format!(r#"{{"Statement":{statement}}}"#)).is_ok());
    assert!(Policy::parse(&format!(r#"{{"Version":"2008-10-17","Statement":{statement}}}"#)).is_ok());
    assert!(Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)).is_err());
}

#[test]
fn a_resource_control_policy_names_everybody() {
    let statement = |principal: &str| {
        let fields = r#""Effect":"Deny","Action":"s3:*","Resource":"*""#;
        format!(r#"{{"Version":"2012-10-17","Statement":{{{principal}{fields}}}}}"#)
    };
    let parse = |principal| Policy::parse_resource_control(&statement(principal));
    let policy = parse(r#""Principal":"*","#).unwrap();
    assert_eq!(Policy::parse_resource_control(&policy.to_string()), Ok(policy));
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    assert!(Policy::parse_resource_control(everything).is_ok());
    for (text, error) in [
        (
            everything.replace(r#""Action":"*""#, r#""Action":"s3:*""#),
            "$.Statement.Effect: `Allow` is not `Deny`, as in all but RCPFullAWSAccess",
        ),
        (everything.replace(r#""Version":"2012-10-17","#, ""), "$: `Version` 2012-10-17 is missing"),
        (
            everything.replace("Allow", "Deny").replace(r#""Action":"*""#, r#""NotAction":"s3:*""#),
            "$.Statement.NotAction: `NotAction` is no element of a resource control policy",
        ),
    ] {
        assert_eq!(Policy::parse_resource_control(&text).unwrap_err().to_string(), error);
    }
    let error = parse("").unwrap_err();
    assert_eq!(error.to_string(), "$.Statement: `Principal` is missing");
    let error = parse(r#""Principal":"arn:aws:iam::111122223333:root","#).unwrap_err();
    assert_eq!(error.to_string(), "$.Statement.Principal: `arn:aws:iam::111122223333:root` is not `*`");
    let error = parse(r#""Principal":{"AWS":"*"},"#).unwrap_err();
    assert_eq!(error.to_string(), "$.Statement.Principal: an object, not a string");
}

#[test]
fn printed_in_one_form() {
    let json = r#" { "Statement" : { "NotResource" : [ "arn:aws:s3:::b/${aws:username}" ], "NotAction" : "s3:*",
        "Effect" : "Deny", "Sid" : "A1", "Condition" : { "NumericLessThan" : { "a:b" : 5, "c:d" : [ 1.5, "7" ] },
        "Bool" : { "e:f" : [ true ] }, "Null" : { "g:h" : [] } } }, "Id" : "\u00e9\"", "Version" : "2012-10-17" } "#;
    let printed = r#"{"Version":"2012-10-17","Id":"é\"","Statement":[{"Sid":"A1","Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::b/${aws:username}","Condition":{"NumericLessThan":{"a:b":"5","c:d":["1.5","7"]},"Bool":{"e:f":"true"},"Null":{"g:h":[]}}}]}"#;
    let policy = Policy::parse(json).unwrap();
    assert_eq!(policy.to_string(), printed);
    assert_eq!(Policy::parse(printed), Ok(policy));
}

/// AWS's largest documents have 10,240 characters; this one has a hundred times that. A parser that took time
/// proportional to the square would not come back.
#[test]
fn a_megabyte_is_read() {
    let keys: Vec<String> = (0..20_000).map(|index| format!(r#""k:{index}":"${{aws:username}}*""#)).collect();
    let json = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{TARGET},"Condition":{{"StringLike":{{{}}}}}}}}}"#,
        keys.join(",")
    );
    assert_eq!(Policy::parse(&json).unwrap().keys().len(), 20_001);
    let open = "${".repeat(500_000);
    let json = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::{open}"}}}}"#
    );
    assert!(Policy::parse(&json).is_err());
}
