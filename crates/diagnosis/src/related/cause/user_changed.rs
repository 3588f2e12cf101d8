//! A user was made or changed: new sessions get other tags.

use serde_json::Value as Json;

use super::super::event::{Event, is_user_id};
use super::super::{About, Class, Found};
use super::scim_refused::{SOURCE, user};

pub(in super::super) const ABOUT: About = About {
    name: "user_changed",
    title: "user was made or changed",
    class: Class::Lifecycle,
    is_quiet: true,
    actor: "nobody",
    condition: "A user was made, changed, enabled or put into a group. Session tags come from the attributes when a session begins.",
    evidence: "what was done",
    advice: "nothing is wrong; sessions that began before keep their tags, so sign in again where the change was to help",
    command: "aws identitystore describe-user --region INSTANCE_REGION --identity-store-id STORE --user-id USER_ID",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/setup-event-notifications.html",
};

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    let (says, user) = match event.own_kind("aws.identitystore") {
        Some("User Created") => ("the user was made", named_by_own_event(event)),
        Some("User Updated") => ("the user was changed", named_by_own_event(event)),
        Some(_) => return None,
        None if event.went_well() => by_call(event)?,
        None => return None,
    };
    Some(Found::say(says).about_user(user))
}

fn by_call<'a>(event: &Event<'a>) -> Option<(&'static str, Option<&'a str>)> {
    let is_scim = event.is(SOURCE, &["CreateUser", "PatchUser", "PutUser"]);
    let is_api = event.is("identitystore.amazonaws.com", &["CreateUser", "UpdateUser"]);
    let is_directory = event
        .is("sso-directory.amazonaws.com", &["CreateUser", "EnableUser", "AddMemberToGroup", "UpdateUser"]);
    let named = || {
        let paths = ["/requestParameters/userId", "/responseElements/userId", "/requestParameters/memberId"];
        paths.into_iter().find_map(|path| event.user_id(path))
    };
    let user = match (is_scim, is_api || is_directory) {
        (true, _) => user(event),
        (false, true) => named(),
        (false, false) => return None,
    };
    Some(match event.name() {
        "CreateUser" => ("the user was made", user),
        "EnableUser" => ("the user was enabled", user),
        "AddMemberToGroup" => ("the user was put into a group", user),
        _ => ("the user was changed", user),
    })
}

/// The user of an event that the identity store sends itself: an ARN among its resources, or a member of this name. AWS
/// shows the envelope and not the members, so any way to write the name will do.
pub(in super::super) fn named_by_own_event<'a>(event: &Event<'a>) -> Option<&'a str> {
    let by_arn = event.resources().find_map(|arn| {
        let id = arn.rsplit_once(":user/").map(|(_, id)| id)?;
        (arn.starts_with("arn:") && arn.contains(":identitystore:") && is_user_id(id)).then_some(id)
    });
    by_arn.or_else(|| by_name(event.json("")?, DEEPEST))
}

const DEEPEST: usize = 4;

fn by_name(json: &Json, depth: usize) -> Option<&str> {
    let members = json.as_object()?;
    let is_named = |name: &str| {
        let letters =
            name.chars().filter(|sign| sign.is_ascii_alphabetic()).map(|sign| sign.to_ascii_lowercase());
        letters.eq("userid".chars())
    };
    let own =
        members.iter().find_map(|(name, value)| value.as_str().filter(|id| is_named(name) && is_user_id(id)));
    own.or_else(|| members.values().find_map(|value| by_name(value, depth.checked_sub(1)?)))
}
