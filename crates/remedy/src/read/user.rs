//! A user of the identity store.

use std::collections::BTreeMap;

use aws_sdk_identitystore::operation::describe_user::DescribeUserOutput;
use aws_sdk_identitystore::types::{AlternateIdentifier, UniqueAttribute, User as Listed};
use aws_smithy_types::Document;
use jiff::Timestamp;
use tagmend_diagnosis::{User, UserReference};

use crate::aws::aws_error::{AwsError, has_code};
use crate::aws::clients::Clients;

/// Enterprise attributes come only when asked for.
pub(crate) const ENTERPRISE: &str = "aws:identitystore:enterprise";

pub(crate) async fn read(
    clients: &Clients,
    identity_store: &str,
    reference: &UserReference,
) -> Result<Option<User>, AwsError> {
    let user_id = match reference {
        UserReference::Id(id) => id.clone(),
        UserReference::Name(name) => match find(clients, identity_store, name).await? {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    let call = clients.identity_store.describe_user().identity_store_id(identity_store).user_id(user_id);
    match call.extensions(ENTERPRISE).send().await {
        Ok(answer) => Ok(Some(listed(&as_listed(answer)?))),
        Err(error) if has_code(&error, "ResourceNotFoundException") => Ok(None),
        Err(error) => Err(AwsError::new("identitystore:DescribeUser", &error)),
    }
}

async fn find(clients: &Clients, identity_store: &str, name: &str) -> Result<Option<String>, AwsError> {
    let operation = "identitystore:GetUserId";
    let attribute = UniqueAttribute::builder()
        .attribute_path("userName")
        .attribute_value(Document::String(name.to_owned()))
        .build()
        .map_err(|_| AwsError::incomplete(operation))?;
    let call = clients
        .identity_store
        .get_user_id()
        .identity_store_id(identity_store)
        .alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute));
    match call.send().await {
        Ok(answer) => Ok(Some(answer.user_id)),
        Err(error) if has_code(&error, "ResourceNotFoundException") => Ok(None),
        Err(error) => Err(AwsError::new(operation, &error)),
    }
}

/// The same members under another type.
fn as_listed(answer: DescribeUserOutput) -> Result<Listed, AwsError> {
    Listed::builder()
        .identity_store_id(answer.identity_store_id)
        .user_id(answer.user_id)
        .user_arn(answer.user_arn)
        .revision(answer.revision)
        .set_user_name(answer.user_name)
        .set_name(answer.name)
        .set_display_name(answer.display_name)
        .set_nick_name(answer.nick_name)
        .set_emails(answer.emails)
        .set_addresses(answer.addresses)
        .set_phone_numbers(answer.phone_numbers)
        .set_user_type(answer.user_type)
        .set_title(answer.title)
        .set_locale(answer.locale)
        .set_timezone(answer.timezone)
        .set_extensions(answer.extensions)
        .set_updated_at(answer.updated_at)
        .build()
        .map_err(|_| AwsError::incomplete("identitystore:DescribeUser"))
}

/// What sessions get tags from.
pub(crate) fn listed(answer: &Listed) -> User {
    let mut attributes = BTreeMap::new();
    let mut set = |path: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            attributes.insert(path.to_owned(), value.to_owned());
        }
    };
    set("username", answer.user_name());
    set("name.familyname", answer.name().and_then(|name| name.family_name()));
    set("name.givenname", answer.name().and_then(|name| name.given_name()));
    set("displayname", answer.display_name());
    set("nickname", answer.nick_name());
    set(
        "emails[primary].value",
        answer.emails().iter().find(|email| email.primary()).and_then(|email| email.value()),
    );
    if let Some(work) = answer.addresses().iter().find(|address| address.r#type() == Some("work")) {
        set("addresses[work].streetaddress", work.street_address());
        set("addresses[work].locality", work.locality());
        set("addresses[work].region", work.region());
        set("addresses[work].postalcode", work.postal_code());
        set("addresses[work].country", work.country());
        set("addresses[work].formatted", work.formatted());
    }
    let work_phone = answer.phone_numbers().iter().find(|phone| phone.r#type() == Some("work"));
    set("phonenumbers[work].value", work_phone.and_then(|phone| phone.value()));
    set("usertype", answer.user_type());
    set("title", answer.title());
    set("locale", answer.locale());
    set("timezone", answer.timezone());
    if let Some(Document::Object(extension)) =
        answer.extensions().and_then(|extensions| extensions.get(ENTERPRISE))
    {
        for (name, value) in extension {
            // The model does not say how these names are spelled.
            match (name.to_ascii_lowercase().as_str(), value) {
                ("manager", Document::Object(manager)) => {
                    let value = manager.get("value").and_then(Document::as_string);
                    set("enterprise.manager.value", value);
                }
                (name, value) => set(&format!("enterprise.{name}"), value.as_string()),
            }
        }
    }
    let updated_at = answer.updated_at().and_then(|time| Timestamp::from_second(time.secs()).ok());
    User { user_id: answer.user_id().to_owned(), attributes, updated_at }
}
