//! A password or a second factor was wrong.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "sign_in_failed",
    title: "sign-in failed",
    class: Class::SignIn,
    is_quiet: false,
    actor: "the user; the administrator of users where it goes on",
    condition: "A credential that Identity Center asked for was wrong: a password, or a second factor.",
    evidence: "which kind of credential",
    advice: "sign in again; an administrator can send a new password, or remove a lost device, under Users",
    command: "aws cloudtrail lookup-events --region REGION --lookup-attributes AttributeKey=EventName,AttributeValue=CredentialVerification",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html",
};

/// The kinds of the page, with what each is.
const KINDS: [(&str, &str); 6] = [
    ("PASSWORD", "the password was wrong"),
    ("TOTP", "the code of the authenticator app was wrong"),
    ("RESYNC_TOTP", "the codes to set the authenticator app right again were wrong"),
    ("WEBAUTHN", "the security key or the device was not accepted"),
    ("EMAIL_OTP", "the code of the e-mail was wrong"),
    ("EXTERNAL_IDP", "the external identity provider did not confirm the user"),
];

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    let is_refused = event.text("/serviceEventDetails/CredentialVerification") == Some("Failure");
    if !event.is("signin.amazonaws.com", &["CredentialVerification"]) || !is_refused {
        return None;
    }
    let kind = event.text("/additionalEventData/CredentialType");
    let known = kind.and_then(|kind| KINDS.iter().find(|(name, _)| *name == kind));
    let says = known.map_or("a credential of a kind that is not known here was wrong", |(_, says)| says);
    let advice = match kind {
        Some("EXTERNAL_IDP") => {
            "look for ExternalIdPDirectoryLogin at the same time: it says what was refused"
        }
        _ => ABOUT.advice,
    };
    // Where a name is wrong nobody is told whose it was.
    Some(Found::say(says).advise(advice).about_user(event.user_id("/userIdentity/onBehalfOf/userId")))
}
