//! It turns on the tags of the resource.

use super::About;

pub(super) const ABOUT: About = About {
    name: "resource_tag",
    title: "resource tag decides",
    actor: "owner of the resource",
    condition: "The tags are sent as approved, and the decision turns only on the tags of the resource, which are in the member account.",
    evidence: "the keys of the resource that the decision depends on",
    advice: "ask the owner of the resource to compare its tag with the user's attribute",
    command: "aws resourcegroupstaggingapi get-resources --resource-arn-list RESOURCE",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html",
};
