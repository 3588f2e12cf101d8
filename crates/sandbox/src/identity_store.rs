//! The identity store: AWS JSON 1.1, target `AWSIdentityStore`.

use serde_json::{Map, Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::json_call::Input;
use crate::world::World;

const ENTERPRISE: &str = "aws:identitystore:enterprise";

pub(crate) fn call(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    let store = input.text("IdentityStoreId")?;
    let store = store.rsplit('/').next().unwrap_or_default();
    if store != world.identity_store_id {
        return Err(not_found("IDENTITY_STORE"));
    }
    match operation {
        "DescribeUser" => describe_user(world, input),
        "ListUsers" => list_users(world, input),
        "GetUserId" => get_user_id(world, input),
        other => {
            Err(ServiceError::new(400, "UnknownOperationException", format!("{other} is not in the sandbox")))
        }
    }
}

fn not_found(resource_type: &str) -> ServiceError {
    ServiceError::not_found(resource_type)
}

fn describe_user(world: &World, input: &Input<'_>) -> JsonAnswer {
    let id = input.text("UserId")?;
    let user =
        world.users.iter().find(|user| text(user, "UserId") == Some(id)).ok_or_else(|| not_found("USER"))?;
    Ok(Json::Object(shown(world, user, input)?))
}

fn list_users(world: &World, input: &Input<'_>) -> JsonAnswer {
    input.page_of("Users", world.users.len(), world.page_size, |index| match world.users.get(index) {
        Some(user) => Ok(Json::Object(shown(world, user, input)?)),
        None => Err(not_found("USER")),
    })
}

/// A user, with the enterprise extension where it was asked for.
fn shown(
    world: &World,
    user: &Map<String, Json>,
    input: &Input<'_>,
) -> Result<Map<String, Json>, ServiceError> {
    let mut answer = user.clone();
    let asked = match input.get("Extensions").and_then(Json::as_array).map(Vec::as_slice) {
        None | Some([]) => false,
        Some([Json::String(name)]) if name == ENTERPRISE => true,
        Some(_) => {
            return Err(ServiceError::validation(format!("{ENTERPRISE} is the only extension")));
        }
    };
    if !asked {
        answer.remove("Extensions");
    }
    complete(world, text(user, "UserId").unwrap_or_default(), &mut answer);
    Ok(answer)
}

fn get_user_id(world: &World, input: &Input<'_>) -> JsonAnswer {
    let attribute = input
        .get("AlternateIdentifier")
        .and_then(|identifier| identifier.get("UniqueAttribute"))
        .ok_or_else(|| ServiceError::validation("the sandbox knows UniqueAttribute only"))?;
    let wanted = attribute.get("AttributeValue").and_then(Json::as_str).unwrap_or_default();
    let matches = |user: &&Map<String, Json>| match attribute.get("AttributePath").and_then(Json::as_str) {
        Some("userName") => Ok(text(user, "UserName").is_some_and(|name| name.eq_ignore_ascii_case(wanted))),
        Some("emails.value") => Ok(user
            .get("Emails")
            .and_then(Json::as_array)
            .is_some_and(|emails| emails.iter().any(|email| email["Value"] == wanted))),
        _ => Err(ServiceError::validation("AttributePath is not valid")),
    };
    for user in &world.users {
        if matches(&user)? {
            let mut answer = Map::new();
            answer.insert("UserId".to_owned(), json!(text(user, "UserId")));
            complete(world, text(user, "UserId").unwrap_or_default(), &mut answer);
            answer.remove("Revision");
            return Ok(Json::Object(answer));
        }
    }
    Err(not_found("USER"))
}

/// Members that the output shapes of 2026 require.
fn complete(world: &World, id: &str, answer: &mut Map<String, Json>) {
    answer.insert("IdentityStoreId".to_owned(), json!(world.identity_store_id));
    answer.insert("UserArn".to_owned(), json!(format!("arn:aws:identitystore:::user/{id}")));
    answer.insert("Revision".to_owned(), json!("1"));
}

fn text<'a>(user: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    user.get(name).and_then(Json::as_str)
}
