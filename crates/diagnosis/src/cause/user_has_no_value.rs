//! The mapping is there and the user has no value.

use super::About;

pub(super) const ABOUT: About = About {
    name: "user_has_no_value",
    title: "user has no value",
    actor: "owner of the identity source",
    condition: "The mapping is as approved, the user's attribute is empty, so no tag is sent; with some value the decision could turn.",
    evidence: "the statement and condition that some value could turn",
    advice: "ask the owner of the identity source (IdP or SCIM) to fill in the attribute; a value written by hand is overwritten at the next sync",
    command: "aws identitystore describe-user --identity-store-id STORE --user-id USER",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html",
};
