//! Who made the call: an Identity Center session, or somebody else.

use jiff::Timestamp;

use crate::cloudtrail::record::UserIdentity;
use crate::words::arn::{Arn, last_part};

/// Who made a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A session of a permission set's role.
    PermissionSet(Session),
    /// A session of an ordinary role that an Identity Center user took through account access manager.
    AccountAccess(Session),
    /// Anybody else.
    Other {
        /// The ARN of the role, where it is one.
        role_arn: Option<String>,
    },
}

/// A role session of an Identity Center user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The permission set's name, or the role's name for account access.
    pub name: String,
    /// The role's ARN, with its path.
    pub role_arn: String,
    /// The name of the session: the user's name in the identity store.
    pub session_name: String,
    /// The user's id, where the record carries it.
    pub user_id: Option<String>,
    /// When the session began.
    pub created: Option<Timestamp>,
}

/// The permission set's name in a role's name, which may hold underscores itself.
/// Source: `referencingpermissionsets` in the Identity Center user guide; `CreatePermissionSet` in its API reference.
fn of_permission_set(role: &str) -> Option<&str> {
    let (name, id) = role.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
    let is_id = id.len() == 16 && id.bytes().all(|sign| matches!(sign, b'0'..=b'9' | b'a'..=b'f'));
    let is_of_name = |sign: u8| sign.is_ascii_alphanumeric() || b"_+=,.@-".contains(&sign);
    let is_name = (1..=32).contains(&name.len()) && name.bytes().all(is_of_name);
    (is_id && is_name).then_some(name)
}

impl Session {
    /// The account of the role.
    pub fn account(&self) -> &str {
        Arn::parse(&self.role_arn).map_or("", |arn| arn.account)
    }

    /// The role's name, without its path.
    pub fn role_name(&self) -> &str {
        last_part(&self.role_arn)
    }
}

impl Principal {
    /// The session of an Identity Center user; none of anybody else.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Principal::PermissionSet(session) | Principal::AccountAccess(session) => Some(session),
            Principal::Other { .. } => None,
        }
    }

    pub(crate) fn read(identity: &UserIdentity) -> Principal {
        let issuer_arn = identity.session_issuer().and_then(|issuer| issuer.arn.as_deref());
        let Some(role) = issuer_arn.and_then(RoleArn::parse) else {
            return Principal::Other { role_arn: None };
        };
        let session_name = identity.arn.as_deref().and_then(|arn| session_name(arn, &role));
        let user_id = identity.on_behalf_of.as_ref().map(|user| user.user_id.clone());
        let permission_set =
            role.is_reserved().then(|| of_permission_set(role.name).map(str::to_owned)).flatten();
        let session = |name: String, session_name: &str| Session {
            name,
            role_arn: role.arn.to_owned(),
            session_name: session_name.to_owned(),
            user_id: user_id.clone(),
            created: identity.session_created(),
        };
        match (permission_set, session_name, &user_id) {
            (Some(name), Some(session_name), _) => Principal::PermissionSet(session(name, session_name)),
            (None, Some(session_name), Some(_)) => {
                Principal::AccountAccess(session(role.name.to_owned(), session_name))
            }
            _ => Principal::Other { role_arn: Some(role.arn.to_owned()) },
        }
    }
}

/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
#[derive(Clone, Copy)]
pub(crate) struct RoleArn<'a> {
    pub(crate) arn: &'a str,
    pub(crate) account: &'a str,
    path: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> RoleArn<'a> {
    pub(crate) fn parse(arn: &'a str) -> Option<RoleArn<'a>> {
        let Arn { partition, service: "iam", region: "", account, resource } = Arn::parse(arn)? else {
            return None;
        };
        let path_and_name = resource.strip_prefix("role/")?;
        let (path, name) = path_and_name.rsplit_once('/').unwrap_or(("", path_and_name));
        partition.starts_with("aws").then_some(RoleArn { arn, account, path, name })
    }

    /// Anybody can name a role `AWSReservedSSO_x`; only Identity Center makes roles under this path. The Region
    /// is missing where the identity source is in us-east-1.
    pub(crate) fn is_reserved(&self) -> bool {
        let region = self.path.strip_prefix("aws-reserved/sso.amazonaws.com");
        region.is_some_and(|region| {
            region.is_empty() || region.strip_prefix('/').is_some_and(|region| !region.contains('/'))
        })
    }
}

/// The session's name, if the session is one of this role: its ARN has no path.
fn session_name<'a>(session_arn: &'a str, role: &RoleArn<'_>) -> Option<&'a str> {
    let Arn { partition: _, service: "sts", region: "", account, resource } = Arn::parse(session_arn)? else {
        return None;
    };
    let (role_name, session_name) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
    let is_same_role = account == role.account && role_name == role.name;
    (is_same_role && is_session_name(session_name)).then_some(session_name)
}

/// STS takes `[\w+=,.@-]`, and what it does to users with other characters in their names is not documented; these
/// are in nobody's name.
fn is_session_name(text: &str) -> bool {
    let is_wrong = |character: char| {
        character.is_control() || character.is_whitespace() || "\"'`<>{}[]\\;:/*?$".contains(character)
    };
    !text.is_empty() && !text.chars().any(is_wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(role_arn: &str, on_behalf_of: bool) -> UserIdentity {
        let (start, name) = role_arn.rsplit_once('/').unwrap();
        let mut parts = start.split(':');
        let (partition, account) = (parts.nth(1).unwrap(), parts.nth(2).unwrap());
        let mut json = serde_json::json!({
            "type": "AssumedRole",
            "arn": format!("arn:{partition}:sts::{account}:assumed-role/{name}/jane.doe@example.com"),
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": role_arn},
                "attributes": {"creationDate": "20261120T080000Z"}
            }
        });
        if on_behalf_of {
            json["onBehalfOf"] = serde_json::json!({"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"});
        }
        serde_json::from_value(json).unwrap()
    }

    #[track_caller]
    fn check_permission_set(role_arn: &str, expected: &str) {
        match Principal::read(&identity(role_arn, false)) {
            Principal::PermissionSet(session) => {
                assert_eq!(session.name, expected);
                assert_eq!(session.session_name, "jane.doe@example.com");
                assert_eq!(session.created, Some("2026-11-20T08:00:00Z".parse().unwrap()));
            }
            other => panic!("{role_arn} is {other:?}"),
        }
    }

    #[test]
    fn names_of_permission_sets_are_what_the_expression_says() {
        let expression =
            regex::Regex::new(r"^AWSReservedSSO_([0-9A-Za-z_+=,.@-]{1,32})_[0-9a-f]{16}$").unwrap();
        let parts: [&[&str]; 4] = [
            &["AWSReservedSSO_", "", "awsreservedsso_", "AWSReservedSSO"],
            &["A", "", "_", "a_b", "Fin-Ops+1=,.@", "a b", "a/b", "\u{fc}", &"x".repeat(32), &"x".repeat(33)],
            &["_", "", "__", "-"],
            &[
                "0123456789abcdef",
                "0123456789abcde",
                "0123456789abcdef0",
                "0123456789ABCDEF",
                "0123456789abcdeg",
                "",
            ],
        ];
        let mut names = vec![String::new()];
        for choices in parts {
            names = names
                .iter()
                .flat_map(|name| choices.iter().map(move |part| format!("{name}{part}")))
                .collect();
        }
        let mut read = 0;
        for name in &names {
            let expected = expression.captures(name).and_then(|found| found.get(1)).map(|part| part.as_str());
            read += usize::from(expected.is_some());
            assert_eq!(of_permission_set(name), expected, "{name:?}");
        }
        assert!(read > 10, "{read}");
    }

    #[test]
    fn permission_sets_in_every_partition_with_and_without_region() {
        for partition in ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso-b"] {
            for region in ["", "eu-west-1/", "us-gov-west-1/"] {
                let path =
                    format!("arn:{partition}:iam::111122223333:role/aws-reserved/sso.amazonaws.com/{region}");
                check_permission_set(&format!("{path}AWSReservedSSO_Admin_2b03e7d876722882"), "Admin");
                check_permission_set(
                    &format!("{path}AWSReservedSSO_Data_Read_Only_2b03e7d876722882"),
                    "Data_Read_Only",
                );
            }
        }
    }

    #[test]
    fn a_role_outside_the_reserved_path_is_nobody() {
        for path in [
            "",
            "aws-reserved/sso.amazonaws.com.evil/",
            "x/aws-reserved/sso.amazonaws.com/",
            "aws-reserved/sso.amazonaws.com/a/b/",
        ] {
            let role = format!("arn:aws:iam::111122223333:role/{path}AWSReservedSSO_Admin_2b03e7d876722882");
            let expected = Principal::Other { role_arn: Some(role.clone()) };
            assert_eq!(Principal::read(&identity(&role, false)), expected, "{path}");
        }
    }

    #[test]
    fn an_ordinary_role_with_a_user_is_account_access() {
        match Principal::read(&identity("arn:aws:iam::111122223333:role/Admin", true)) {
            Principal::AccountAccess(session) => assert_eq!(session.name, "Admin"),
            other => panic!("{other:?}"),
        }
    }
}
