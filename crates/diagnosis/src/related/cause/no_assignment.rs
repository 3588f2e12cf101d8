//! The portal has no such account and permission set for the user.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "no_assignment",
    title: "no assignment",
    class: Class::Portal,
    is_quiet: false,
    actor: "administrator of assignments",
    condition: "A signed-in user asked the portal, or `aws sso login` on their behalf, for an account and a permission set, and was refused. AWS publishes no record of it: this is read from the code and the kind of caller alone.",
    evidence: "the permission set and the account that were asked for, where the record has them",
    advice: "assign the permission set in that account to the user or to one of their groups; where it is assigned, compare account and role name in ~/.aws/config with the portal, letter for letter",
    command: "aws sso-admin list-account-assignments-for-principal --region INSTANCE_REGION --instance-arn INSTANCE --principal-type USER --principal-id USER_ID",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/assignusers.html",
};

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    let is_refused = event.is("sso.amazonaws.com", &["GetRoleCredentials"])
        && event.error_code() == Some("ForbiddenException")
        && event.text("/userIdentity/type") == Some("IdentityCenterUser");
    if !is_refused {
        return None;
    }
    // The name under which a success has it, and that of the API.
    let asked = |names: [&str; 3]| names.into_iter().find_map(|path| event.text(path));
    let role = asked([
        "/serviceEventDetails/role_name",
        "/requestParameters/role_name",
        "/requestParameters/roleName",
    ])
    .filter(|name| is_permission_set_name(name));
    let account = asked([
        "/serviceEventDetails/account_id",
        "/requestParameters/account_id",
        "/requestParameters/accountId",
    ])
    .filter(|account| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()));
    let says = match (role, account) {
        (Some(role), Some(account)) => format!("the user has no assignment of {role} in {account}"),
        (Some(role), None) => {
            format!("the user has no assignment of {role} in the account that was asked for")
        }
        (None, Some(account)) => format!("the user has no such assignment in {account}"),
        (None, None) => "the user has no assignment of what was asked for".to_owned(),
    };
    Some(Found::say(says).about_user(event.user_id("/userIdentity/onBehalfOf/userId")))
}

/// The pattern of a permission set's name.
fn is_permission_set_name(text: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || "_+=,.@-".contains(sign);
    (1..=32).contains(&text.chars().count()) && text.chars().all(is_part)
}
