//! Attributes for access control: one list, replaced whole.

use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::json_call::Input;
use crate::world::{AttributeMapping, World};

const CONFIGURATION: &str = "InstanceAccessControlAttributeConfiguration";

pub(super) fn describe(world: &World) -> JsonAnswer {
    let mappings = enabled(world)?.iter();
    let attributes: Vec<Json> =
        mappings.map(|mapping| json!({"Key": mapping.key, "Value": {"Source": [mapping.source]}})).collect();
    let status = world.access_control_status.as_deref().unwrap_or("ENABLED");
    Ok(json!({"Status": status, CONFIGURATION: {"AccessControlAttributes": attributes}}))
}

/// Replaces the list: what is not in it is gone. AWS does not say so, but everything that manages it relies on it.
pub(super) fn update(world: &mut World, input: &Input<'_>) -> JsonAnswer {
    enabled(world)?;
    if world.access_control_status.is_some() {
        return Err(ServiceError::conflict("attributes for access control are not enabled"));
    }
    let attributes = input
        .get(CONFIGURATION)
        .and_then(|configuration| configuration.get("AccessControlAttributes"))
        .and_then(Json::as_array)
        .ok_or_else(|| ServiceError::validation("AccessControlAttributes is required"))?;
    if attributes.len() > 50 {
        return Err(ServiceError::validation("AccessControlAttributes holds more than 50 attributes"));
    }
    let mut mappings: Vec<AttributeMapping> = Vec::new();
    for attribute in attributes {
        let mapping = mapping(attribute)?;
        if mappings.iter().any(|other| other.key.to_lowercase() == mapping.key.to_lowercase()) {
            return Err(ServiceError::validation("a key is there twice"));
        }
        mappings.push(mapping);
    }
    if !world.forgets_updates {
        world.attribute_mappings = Some(mappings);
    }
    Ok(json!({}))
}

/// No page says that this error means "off"; Terraform relies on it.
fn enabled(world: &World) -> Result<&[AttributeMapping], ServiceError> {
    world
        .attribute_mappings
        .as_deref()
        .ok_or_else(|| ServiceError::not_found("Instance access control attribute configuration"))
}

/// Patterns and lengths of `AccessControlAttribute` in the service model.
fn mapping(attribute: &Json) -> Result<AttributeMapping, ServiceError> {
    let common = |character: char| {
        character.is_alphanumeric() || character.is_whitespace() || "_.:/=+-@".contains(character)
    };
    let key = attribute.get("Key").and_then(Json::as_str).unwrap_or_default();
    if !(1..=128).contains(&key.chars().count()) || !key.chars().all(common) {
        return Err(ServiceError::validation("a Key is not valid"));
    }
    let sources = attribute.pointer("/Value/Source").and_then(Json::as_array);
    let [source] = sources.map(Vec::as_slice).unwrap_or_default() else {
        return Err(ServiceError::validation("a Source does not hold exactly one string"));
    };
    let source = source.as_str().ok_or_else(|| ServiceError::validation("a Source is not a string"))?;
    if source.chars().count() > 256 || !source.chars().all(|c| common(c) || "[]{}$\\\"".contains(c)) {
        return Err(ServiceError::validation("a Source is not valid"));
    }
    Ok(AttributeMapping { key: key.to_owned(), source: source.to_owned() })
}
