//! A user was disabled or deleted, or lost a group or an assignment.

use serde_json::Value as Json;

use super::super::event::Event;
use super::super::{About, Class, Found};
use super::scim_refused::{SOURCE, user};

pub(in super::super) const ABOUT: About = About {
    name: "access_ended",
    title: "access was withdrawn",
    class: Class::Lifecycle,
    is_quiet: false,
    actor: "security, where the sessions that still live matter",
    condition: "A user was disabled, deleted or taken out of a group, or an assignment was deleted.",
    evidence: "what was done; that sessions of roles live on, and for how long at most",
    advice: "the portal is closed at once, sessions of roles go on until they end: at most the session duration of the permission set, 1 to 12 hours, from their beginning. To end them now, deny everything by identitystore:UserId in an SCP or in the permission set's inline policy",
    command: "aws sso-admin describe-permission-set --region INSTANCE_REGION --instance-arn INSTANCE --permission-set-arn PERMISSION_SET --query PermissionSet.SessionDuration",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/prereqs-revoking-user-permissions.html",
};

const LIVES_ON: &str = "sessions of roles that began before live on, for 12 hours at most";

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    if !event.went_well() {
        return None;
    }
    let (says, user) = by_directory(event)
        .or_else(|| by_identity_store(event))
        .or_else(|| by_scim(event))
        .or_else(|| by_assignment(event))?;
    Some(Found::say(says).and(LIVES_ON).about_user(user))
}

type Said<'a> = (&'static str, Option<&'a str>);

/// Events of the directory, as the console makes them.
fn by_directory<'a>(event: &Event<'a>) -> Option<Said<'a>> {
    const NAMES: [&str; 3] = ["DisableUser", "DeleteUser", "RemoveMemberFromGroup"];
    if !event.is("sso-directory.amazonaws.com", &NAMES) {
        return None;
    }
    Some(match event.name() {
        "DisableUser" => ("the user was disabled", event.user_id("/requestParameters/userId")),
        "DeleteUser" => ("the user was deleted", event.user_id("/requestParameters/userId")),
        _ => ("the user was taken out of a group", member(event)),
    })
}

/// Calls of the Identity Store API, and the events that it sends itself.
fn by_identity_store<'a>(event: &Event<'a>) -> Option<Said<'a>> {
    if event.own_kind("aws.identitystore") == Some("User Deleted") {
        return Some(("the user was deleted", super::user_changed::named_by_own_event(event)));
    }
    if !event.is("identitystore.amazonaws.com", &["DeleteUser", "DeleteGroupMembership"]) {
        return None;
    }
    Some(match event.name() {
        "DeleteUser" => ("the user was deleted", event.user_id("/requestParameters/userId")),
        // It names the membership, and not the user.
        _ => ("a user was taken out of a group", None),
    })
}

/// Of a write by SCIM only `active` is shown. Entra ID sends it as a text.
fn by_scim<'a>(event: &Event<'a>) -> Option<Said<'a>> {
    let is_false = |json: &Json| {
        json == &Json::Bool(false) || json.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"))
    };
    if event.is(SOURCE, &["DeleteUser"]) {
        return Some(("the user was deleted by the IdP", user(event)));
    }
    if !event.is(SOURCE, &["PatchUser", "PutUser"]) {
        return None;
    }
    let operations = event.json("/requestParameters/httpBody/operations").and_then(Json::as_array);
    let mut operations = operations.into_iter().flatten();
    let is_disabled = ["/requestParameters/httpBody/active", "/responseElements/active"]
        .into_iter()
        .any(|path| event.json(path).is_some_and(is_false))
        || operations.any(|operation| {
            let path = operation.get("path").and_then(Json::as_str);
            let value = operation.get("value");
            let active =
                if path == Some("active") { value } else { value.and_then(|value| value.get("active")) };
            active.is_some_and(is_false)
        });
    is_disabled.then(|| ("the user was disabled by the IdP", user(event)))
}

fn by_assignment<'a>(event: &Event<'a>) -> Option<Said<'a>> {
    if !event.is("sso.amazonaws.com", &["DeleteAccountAssignment"]) {
        return None;
    }
    let is_user = event.text("/requestParameters/principalType") == Some("USER");
    let user = event.user_id("/requestParameters/principalId").filter(|_| is_user);
    Some(("an assignment of a permission set was deleted", user))
}

fn member<'a>(event: &Event<'a>) -> Option<&'a str> {
    event
        .user_id("/requestParameters/memberId")
        .or_else(|| event.user_id("/requestParameters/memberId/userId"))
        .or_else(|| event.user_id("/requestParameters/userId"))
}
