//! The IdP's write of a user or a group was refused.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "scim_refused",
    title: "provisioning was refused",
    class: Class::Provisioning,
    is_quiet: false,
    actor: "administrator of the identity provider or the sync tool",
    condition: "The IdP or a sync tool wrote a user or a group through SCIM, and Identity Center refused. The person lacks it, or keeps an old value.",
    evidence: "the operation and the kind of the error; what was refused, where the text is a known one",
    advice: "look the operation up in the provisioning log of the IdP; it has the values that CloudTrail hides",
    command: "aws cloudtrail lookup-events --region REGION --lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore-scim.amazonaws.com",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/scim-logging-using-cloudtrail.html",
};

pub(in super::super) const SOURCE: &str = "identitystore-scim.amazonaws.com";

/// The operations that the page lists and that write.
pub(in super::super) const WRITES: [&str; 8] = [
    "CreateGroup",
    "CreateUser",
    "DeleteGroup",
    "DeleteUser",
    "PatchGroup",
    "PatchUser",
    "PutGroup",
    "PutUser",
];
pub(in super::super) const READS: [&str; 8] = [
    "GetGroup",
    "GetUser",
    "ListGroups",
    "ListUsers",
    "GetSchema",
    "ListSchemas",
    "ListResourceTypes",
    "GetServiceProviderConfig",
];

/// Attributes that a text may name: those of the SCIM guide. Any other word could be a value.
const ATTRIBUTES: [&str; 18] = [
    "active",
    "addresses",
    "displayName",
    "emails",
    "emails.value",
    "externalId",
    "locale",
    "name.familyName",
    "name.formatted",
    "name.givenName",
    "nickName",
    "phoneNumbers",
    "phoneNumbers.value",
    "preferredLanguage",
    "timezone",
    "title",
    "userName",
    "userType",
];

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    if !event.is(SOURCE, &WRITES) && !event.is(SOURCE, &READS) {
        return None;
    }
    let code = event.error_code()?;
    let kind = match code {
        "ValidationException" => "what was sent is not valid",
        "ConflictException" => "it conflicts with a user or a group that is there",
        "ResourceNotFoundException" => "the user or the group is not there",
        "ThrottlingException" | "TooManyRequestsException" => "the IdP called too often",
        "AccessDeniedException" | "UnauthorizedException" => "the token was not accepted",
        _ => "the error is of a kind that is not known here",
    };
    let found = Found::say(format!("{}: {kind}", event.name())).about_user(user(event));
    let known = event.message().and_then(|text| known(code, text));
    Some(match (known, code) {
        (Some((says, advice)), _) => found.and(says).advise(advice),
        (None, "ConflictException") => found.advise(
            "find the user or the group of the same name in Identity Center; delete it, or give it the externalId of the IdP, and provision again",
        ),
        (None, "ThrottlingException" | "TooManyRequestsException") => {
            found.advise("let the IdP or the sync tool send less at once: SCIM takes 25 writes and 40 reads a second")
        }
        (None, "AccessDeniedException" | "UnauthorizedException") => {
            found.advise("generate a new access token in Identity Center and enter it at the IdP")
        }
        (None, _) => found,
    })
}

/// What a documented text says, and what to change.
///
/// One value of each attribute, and filters with `eq` and `and`: `limitations` in the SCIM developer guide. What JumpCloud
/// leaves out: `jumpcloud-idp` in the user guide. `idp-microsoft-entra` there has nothing on either; the page on Okta was not to
/// be had.
fn known(code: &str, text: &str) -> Option<(String, &'static str)> {
    let of = |says: &str, advice: &'static str| Some((says.to_owned(), advice));
    match (code, text) {
        ("ValidationException", "Missing path in PATCH request") => of(
            "an operation of the PATCH names no attribute",
            "let the IdP name the attribute in each operation; a sync tool needs `path` in every operation of its PATCH, the removal of group members included",
        ),
        ("ValidationException", "List attribute emails exceeds allowed limit of 1") => of(
            "more than one e-mail was sent",
            "send one e-mail, as Identity Center takes one value of each attribute: in Okta, Entra ID and JumpCloud take the others out of the attribute mappings, and let a sync tool send the primary one",
        ),
        ("ValidationException", text) if text.starts_with("Invalid Filter format") => of(
            "the filter of a search is of a form that Identity Center does not take",
            "let the sync tool search with eq, and join several with and: userName or externalId for users, displayName or externalId for groups",
        ),
        ("ValidationException", text) => {
            let rest = text.split_once("Value at '")?.1;
            let (attribute, rest) = rest.split_once('\'')?;
            let is_constraint = rest.trim_start().starts_with("failed to satisfy constraint");
            let attribute =
                ATTRIBUTES.into_iter().find(|known| *known == attribute).filter(|_| is_constraint)?;
            Some((
                format!("the value of {attribute} is empty, too long or of a wrong form"),
                "every user needs a first name, a last name, a user name and a display name: give people without one a value in their profile at Okta, Entra ID or JumpCloud, or by the attribute mapping there; JumpCloud leaves out whom a first or a last name lacks",
            ))
        }
        ("ConflictException", "Duplicate GroupDisplayName") => of(
            "another group has this name",
            "rename the group at the IdP, or delete the one in Identity Center that the IdP did not make, and provision again",
        ),
        _ => None,
    }
}

/// The user's id, of a write of a user.
pub(in super::super) fn user<'a>(event: &Event<'a>) -> Option<&'a str> {
    if !event.name().ends_with("User") {
        return None;
    }
    event.user_id("/requestParameters/id").or_else(|| event.user_id("/responseElements/id"))
}
