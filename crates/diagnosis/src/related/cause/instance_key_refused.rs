//! The customer managed key of the instance refused.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "instance_key_refused",
    title: "key of the Identity Center instance refused",
    class: Class::Notice,
    is_quiet: false,
    actor: "owner of the key, in the management account",
    condition: "KMS refused a call with the customer managed key that encrypts the instance: the encryption context names the instance or its identity store. Who called cannot use Identity Center until the key allows it.",
    evidence: "the kind of the error",
    advice: "allow the caller kms:Decrypt on the key, through sso or identitystore and for this instance, in their own policy and in the key's policy; or enable the key again",
    command: "aws sso-admin describe-instance --region INSTANCE_REGION --instance-arn INSTANCE --query EncryptionConfigurationDetails",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/cmk-related-errors.html",
};

/// The keys of the encryption context that the key policies of the user guide test.
const CONTEXT: [&str; 2] = ["aws:sso:instance-arn", "aws:identitystore:identitystore-arn"];

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    const CALLS: [&str; 5] =
        ["Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt"];
    let context = event.json("/requestParameters/encryptionContext")?.as_object()?;
    if !event.is("kms.amazonaws.com", &CALLS) || !CONTEXT.iter().any(|key| context.contains_key(*key)) {
        return None;
    }
    let found = match event.error_code()? {
        "AccessDenied" | "AccessDeniedException" => {
            Found::say("a policy does not allow the caller to use the key")
        }
        "DisabledException" => {
            Found::say("the key is disabled").advise("enable the key again: until then nobody can sign in")
        }
        "KMSInvalidStateException" => Found::say("the key is about to be deleted, or unusable")
            .advise("cancel the deletion of the key and enable it: until then nobody can sign in"),
        "NotFoundException" => Found::say("the key is not there"),
        _ => return None,
    };
    Some(found.about_user(event.user_id("/userIdentity/onBehalfOf/userId")))
}
