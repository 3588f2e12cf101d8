//! The external IdP's certificate or configuration was changed.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "identity_source_changed",
    title: "identity source was changed",
    class: Class::Notice,
    is_quiet: false,
    actor: "nobody, where it was wanted; otherwise security",
    condition: "Somebody changed how people sign in: a certificate of the external IdP, its configuration, or which identity source there is. Names of these events are those of the IAM actions; AWS shows no record.",
    evidence: "what was done",
    advice: "where sign-ins fail from then on, compare certificate, issuer and sign-in URL with the IdP's metadata; whoever changes the identity source can sign in as anybody, so make sure that it was wanted",
    command: "aws cloudtrail lookup-events --region REGION --lookup-attributes AttributeKey=EventSource,AttributeValue=sso-directory.amazonaws.com",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source-idp.html",
};

pub(in super::super) const NAMES: [&str; 6] = [
    "ImportExternalIdPCertificate",
    "DeleteExternalIdPCertificate",
    "UpdateExternalIdPConfigurationForDirectory",
    "EnableExternalIdPConfigurationForDirectory",
    "DisableExternalIdPConfigurationForDirectory",
    "CreateExternalIdPConfigurationForDirectory",
];

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    if !event.went_well() {
        return None;
    }
    let says = if event.is("sso-directory.amazonaws.com", &NAMES) {
        match event.name() {
            "ImportExternalIdPCertificate" => "a certificate of the identity provider was imported",
            "DeleteExternalIdPCertificate" => "a certificate of the identity provider was deleted",
            "EnableExternalIdPConfigurationForDirectory" => "an external identity provider was turned on",
            "DisableExternalIdPConfigurationForDirectory" => "the external identity provider was turned off",
            _ => "the configuration of the identity provider was changed",
        }
    } else if event.is("sso.amazonaws.com", &["AssociateDirectory", "DisassociateDirectory"]) {
        "another directory was made the identity source, or one was taken away"
    } else {
        return None;
    };
    Some(Found::say(says))
}
