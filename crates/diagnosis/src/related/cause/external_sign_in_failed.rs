//! The answer of the external IdP was refused.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "external_sign_in_failed",
    title: "sign-in through the identity provider failed",
    class: Class::SignIn,
    is_quiet: false,
    actor: "administrator of the identity provider",
    condition: "Identity Center could not accept what the external IdP sent for a sign-in. The record names nobody.",
    evidence: "what of the answer was refused, where the text is a known one",
    advice: "compare the application at the IdP with the metadata of the instance: ACS URL, audience (issuer URL), certificate and clock; the user has to exist in Identity Center with the NameID as user name",
    command: "aws cloudtrail lookup-events --region REGION --lookup-attributes AttributeKey=EventName,AttributeValue=ExternalIdPDirectoryLogin",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html",
};

/// Texts that stand in public records: how each begins, what it says, and what to do.
const TEXTS: [(&str, &str, &str); 4] = [
    (
        // Observed in public records of 2026.
        "Responses must contain exactly one Assertion",
        "the answer holds no assertion, or more than one",
        "set the application at the IdP to send one assertion; an encrypted assertion counts as none: turn encryption off, or give the IdP the certificate of the instance's metadata again",
    ),
    (
        // https://github.com/goauthentik/authentik/issues/4554
        "Response contains invalid name id policy format",
        "the NameID has a format that Identity Center did not ask for",
        "set the NameID's format at the IdP to emailAddress, and its value to the user name in Identity Center",
    ),
    (
        // Observed in public detection rules of 2026. The text goes on with an id.
        "Not a valid response for the provided request id:",
        "the answer is to a question that Identity Center did not ask, or no longer waits for",
        "begin the sign-in anew, in one browser; where everybody meets it, compare the ACS URL at the IdP with that of the instance",
    ),
    (
        // Observed in public records of 2026.
        "Assertion is no longer valid",
        "the assertion was too old when it arrived",
        "compare the IdP's clock with the time; begin the sign-in anew rather than with a kept page",
    ),
];

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    let is_refused = event.text("/responseElements/ExternalIdPDirectoryLogin") == Some("Failure");
    if !event.is("signin.amazonaws.com", &["ExternalIdPDirectoryLogin"]) || !is_refused {
        return None;
    }
    let known = event.message().and_then(|text| TEXTS.iter().find(|(start, _, _)| text.starts_with(start)));
    Some(match (known, event.message()) {
        (Some((_, says, advice)), _) => Found::say(*says).advise(advice),
        (None, Some(_)) => Found::say("the record gives a reason that is not known here"),
        (None, None) => Found::say("the record gives no reason"),
    })
}
