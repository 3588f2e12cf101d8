//! It turns on a key that the IdP sends.

use super::About;

pub(super) const ABOUT: About = About {
    name: "key_owned_by_idp",
    title: "key comes from the IdP",
    actor: "owner of the IdP",
    condition: "The decision turns on a tag that the IdP sends in its assertion and that nobody here can read, or a live mapping overrides it.",
    evidence: "the keys that the IdP owns and that the decision depends on",
    advice: "ask the IdP's owner whether the SAML assertion carries the attribute; a mapping in Identity Center would override it",
    command: "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithSAML",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html",
};
