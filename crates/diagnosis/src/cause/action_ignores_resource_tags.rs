//! The action is not authorized by tags of its resource.

use super::about::{About, Bucket};
use crate::case::Case;
use crate::case::verdict::Verdict;

pub(crate) const ABOUT: About = About {
    name: "action_ignores_resource_tags",
    title: "action ignores resource tags",
    bucket: Bucket::Permission,
    actor: "owner of the permission set",
    condition: "The policy asks for a tag of the resource, and the Service Authorization Reference lists none for this action: AWS never tells the policy one, so the statement never matches.",
    evidence: "the action, the keys that the policy asks for, and what it answers without them",
    would_change: "a statement that allows the action without asking for a tag of the resource",
    advice: "ask the owner of the permission set to allow this action without a condition on tags of the resource",
    command: "aws accessanalyzer validate-policy --region REGION --policy-type IDENTITY_POLICY --policy-document file://policy.json",
    page: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
};

pub(crate) fn by_reference(case: &Case<'_>) -> Option<Verdict> {
    if !case.ignores_resource_tags() {
        return None;
    }
    let evidence = case.flipped_by_resource_tags()?;
    let text = format!(
        "the Service Authorization Reference lists no tag of a resource for `{}`",
        case.failure.action
    );
    Some(Verdict::of(evidence.say(text)))
}
