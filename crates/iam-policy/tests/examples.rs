//! The examples say what is so.

#[path = "../examples/missing_tag.rs"]
mod missing_tag;

#[test]
fn a_missing_tag() {
    missing_tag::main().expect("the policy can be read");
}
