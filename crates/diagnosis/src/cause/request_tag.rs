//! It depends on the tags that the request asks to create.

use super::about::{About, Bucket};
use crate::case::Case;
use crate::case::evidence::Evidence;
use crate::case::verdict::Verdict;
use crate::cloudtrail::request_tags::RequestTags;
use crate::words::tag_condition_keys::is_request_tag;

pub(crate) const ABOUT: About = About {
    name: "request_tag",
    title: "tags of the request decide",
    bucket: Bucket::Permission,
    actor: "the caller",
    condition: "The decision depends on the tags that the call passes for what it creates (aws:RequestTag, aws:TagKeys): one is missing, has another value than the session, or is one too many.",
    evidence: "the tags that the record shows, by key, and the keys that the decision depends on",
    would_change: "the tags that the policy asks for, and no others, passed with the call",
    advice: "pass the tags that the policy asks for; with EC2 for every type of resource that the call creates",
    command: "aws ec2 run-instances --region REGION --tag-specifications 'ResourceType=instance,Tags=[{Key=KEY,Value=VALUE}]' ...",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html",
};

/// The record shows the tags of the request, and they are not those that the policies ask for.
pub(crate) fn differs(case: &Case<'_>) -> Option<Verdict> {
    let RequestTags::Known(tags) = &case.failure.request_tags else {
        return None;
    };
    let evidence = case.flipped_by_request_tags()?;
    let keys: Vec<String> = tags.iter().map(|(key, _)| format!("`{key}`")).collect();
    let shown = if keys.is_empty() { "no tag".to_owned() } else { keys.join(", ") };
    Some(Verdict::of(evidence.say(format!("the call passes {shown} for this type of resource"))))
}

/// The record does not show the tags of the request, and the answer depends on them alone.
pub(crate) fn unknown(case: &Case<'_>) -> Option<Verdict> {
    let open = case.open().filter(|open| open.iter().all(is_request_tag))?;
    let text =
        "the decision depends on the tags that the call asks to create, which the record does not show";
    Some(Verdict::of(Evidence::default().say(text).depending_on(open)))
}
