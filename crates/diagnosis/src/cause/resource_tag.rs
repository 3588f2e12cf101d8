//! It depends on the tags of the resource.

use super::about::{About, Bucket};
use crate::case::evidence::Evidence;
use crate::case::verdict::Verdict;
use crate::case::{Case, list};
use crate::words::tag_condition_keys::is_resource_tag;

pub(crate) const ABOUT: About = About {
    name: "resource_tag",
    title: "resource tag decides",
    bucket: Bucket::Permission,
    actor: "owner of the resource",
    condition: "The tags are sent as approved, and the decision turns only on the tags of the resource, which are in the member account.",
    evidence: "the keys of the resource that the decision depends on",
    would_change: "a tag on the resource that the policy asks for",
    advice: "ask the owner of the resource to compare its tag with the user's attribute",
    command: "aws resourcegroupstaggingapi get-resources --region REGION --resource-arn-list RESOURCE",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html",
};

/// The tags of the resource were read, and they are not those that the policies ask for.
pub(crate) fn differs(case: &Case<'_>) -> Option<Verdict> {
    if case.resource_tags().is_none() && !case.has_decoded_resource_tags() {
        return None;
    }
    let evidence = case.flipped_by_resource_tags()?;
    let sentences = case.resource_tag_sentences(&evidence);
    let evidence = sentences.into_iter().fold(evidence, Evidence::say);
    Some(Verdict::of(perhaps_not_opted_in(case, evidence)))
}

/// Nobody here could read the tags of the resource, and the answer depends on them alone.
pub(crate) fn unknown(case: &Case<'_>) -> Option<Verdict> {
    let open = case.open().filter(|open| open.iter().all(is_resource_tag))?;
    let otherwise = case.differing(&case.carried, &case.intended);
    let sent = match otherwise.as_slice() {
        [] => "every session tag that the policies mention is sent as approved".to_owned(),
        keys => format!("{} is not sent as approved, which alone does not decide", list(keys)),
    };
    let evidence = Evidence::default()
        .say(sent)
        .say("the decision depends on the tags of the resource, which nobody here can read");
    Some(Verdict::of(perhaps_not_opted_in(case, evidence.depending_on(open))))
}

/// Tags of tables and streams count only where the account and the Region opted in, which no operation tells: a possibility,
/// never a conclusion. Source: `abac-tables` and
/// `abac-streams` in the DynamoDB developer guide.
fn perhaps_not_opted_in(case: &Case<'_>, evidence: Evidence) -> Evidence {
    let action = case.failure.action.to_ascii_lowercase();
    if !action.starts_with("dynamodb:") {
        return evidence;
    }
    let what = if STREAM_ACTIONS.contains(&action.as_str()) { "DynamoDB Streams" } else { "DynamoDB" };
    evidence.say(format!(
        "perhaps the account has not opted in to ABAC of {what} in this Region: until then tags of the resource do not count, and no call tells"
    ))
}

const STREAM_ACTIONS: [&str; 3] =
    ["dynamodb:describestream", "dynamodb:getrecords", "dynamodb:getsharditerator"];
