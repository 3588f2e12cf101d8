//! The token that the IdP writes with expires.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "scim_token_expires",
    title: "provisioning token expires",
    class: Class::Notice,
    is_quiet: false,
    actor: "administrator of Identity Center, with that of the identity provider",
    condition: "AWS Health says that an access token for SCIM expires within 90 days. Once it has, nobody is provisioned any more, and nothing is removed.",
    evidence: "that the notice is open, and when it was sent",
    advice: "generate a second access token in Identity Center, enter it at the IdP, test the provisioning, and delete the old one; a token lasts a year",
    command: "aws health describe-events --region us-east-1 --filter eventTypeCodes=AWS_IAMIDENTITYCENTER_SCIM_BEARER_TOKEN_EXPIRY_NOTIFICATION",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/rotate-token.html",
};

const CODE: &str = "AWS_IAMIDENTITYCENTER_SCIM_BEARER_TOKEN_EXPIRY_NOTIFICATION";

pub(in super::super) fn by_event(event: &Event<'_>) -> Option<Found> {
    let is_it = event.own_kind("aws.health") == Some("AWS Health Event")
        && event.text("/eventTypeCode") == Some(CODE)
        && event.text("/statusCode") != Some("closed");
    is_it.then(|| Found::say("AWS Health has an open notice that a token for provisioning expires"))
}
