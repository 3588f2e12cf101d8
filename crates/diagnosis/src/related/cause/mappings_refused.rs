//! A write of the attribute mappings was refused.

use super::super::event::Event;
use super::super::{About, Class, Found};
use super::mapping_keys_numbered::WRITES;

pub(in super::super) const ABOUT: About = About {
    name: "mappings_refused",
    title: "attribute mappings were refused",
    class: Class::Notice,
    is_quiet: false,
    actor: "owner of the tool that writes the mappings",
    condition: "Somebody wrote the list of attribute mappings, and Identity Center did not take it: too many, a key or source of a wrong form, or another write at the same time. A refusal by a policy is a denied call, and no case of this.",
    evidence: "the kind of the error",
    advice: "look at what the tool sent: at most 50 mappings, each with one source, keys that differ; the list is as it was before",
    command: "aws sso-admin describe-instance-access-control-attribute-configuration --region INSTANCE_REGION --instance-arn INSTANCE",
    page: "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_UpdateInstanceAccessControlAttributeConfiguration.html",
};

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    if !event.is("sso.amazonaws.com", &WRITES) {
        return None;
    }
    let text = event.message().unwrap_or_default();
    Some(match event.error_code()? {
        "ValidationException" if text.contains("Member must have length less than or equal to 50") => {
            Found::say("an instance takes 50 mappings, and more were sent")
                .advise("take mappings out that no policy mentions (`tagmend scan` lists them), or send only attributes that policies test")
        }
        "ValidationException" => Found::say("what was sent is not valid"),
        "ConflictException" => Found::say("another write was not yet in effect")
            .advise("write again after some seconds, and let one tool alone write the list"),
        "ResourceNotFoundException" => Found::say("attributes for access control are off, or the instance is another one")
            .advise("turn attributes for access control on first; Tagmend never does"),
        _ => return None,
    })
}
