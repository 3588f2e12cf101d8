//! Which records are looked at, by few members. Whoever reads many asks it of bytes, before anything is built of them, and
//! [`Related::read`](super::Related::read) asks the same of the tree: what is not in this table is told by neither.

use serde_json::Value as Json;

use super::cause::mapping_keys_numbered::WRITES;
use super::cause::{identity_source_changed, scim_refused};
use super::event::{Event, LONGEST};
use crate::cloudtrail::principal::RoleArn;

/// A member of a record, as far as a look at it goes. `null` is as good as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member<'a> {
    /// It is not there.
    Absent,
    /// A text that AWS could have written.
    Text(&'a str),
    /// A list.
    List {
        /// Whether nothing is in it.
        is_empty: bool,
    },
    /// Anything else.
    Other,
}

impl<'a> Member<'a> {
    /// A text; one that is too long, or steers terminals, is none.
    pub fn of_text(text: &'a str) -> Member<'a> {
        let is_plain = text.len() <= LONGEST && !text.chars().any(char::is_control);
        if is_plain { Member::Text(text) } else { Member::Other }
    }

    fn of_json(json: Option<&'a Json>) -> Member<'a> {
        match json {
            None | Some(Json::Null) => Member::Absent,
            Some(Json::String(text)) => Member::of_text(text),
            Some(Json::Array(items)) => Member::List { is_empty: items.is_empty() },
            Some(Json::Bool(_) | Json::Number(_) | Json::Object(_)) => Member::Other,
        }
    }
}

/// What is asked of a member.
pub type Test = fn(Member<'_>) -> bool;

/// A record that can be asked for members.
pub trait Glimpse {
    /// `eventSource`
    fn source(&self) -> Option<&str>;
    /// `eventName`
    fn name(&self) -> Option<&str>;
    /// `errorCode`
    fn error_code(&self) -> Member<'_>;
    /// Whether these words may stand in the record as they are written here. False is sure.
    fn may_hold(&self, words: &'static str) -> bool;
    /// Whether the member at this JSON pointer, that leads through objects, passes the test.
    fn passes(&self, path: &'static str, test: Test) -> bool;
}

impl Glimpse for Event<'_> {
    fn source(&self) -> Option<&str> {
        self.text("/eventSource")
    }

    fn name(&self) -> Option<&str> {
        self.text("/eventName")
    }

    fn error_code(&self) -> Member<'_> {
        Member::of_json(self.json("/errorCode"))
    }

    fn may_hold(&self, _: &'static str) -> bool {
        true
    }

    fn passes(&self, path: &'static str, test: Test) -> bool {
        test(Member::of_json(self.json(path)))
    }
}

/// Whether a record may be related to Identity Center. False is sure.
pub fn is_related(record: &dyn Glimpse) -> bool {
    let (Some(source), Some(name)) = (record.source(), record.name()) else {
        return false;
    };
    let is_it = |row: &Row| {
        row.call.is_of(record.error_code())
            && record.may_hold(row.words)
            && row.members.iter().all(|(path, test)| record.passes(path, *test))
    };
    TABLE.iter().any(|row| row.source == source && row.names.contains(&name) && is_it(row))
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
enum Call {
    WentWell,
    Failed,
    /// Its own members say it, or both count.
    Either,
}

impl Call {
    fn is_of(self, error_code: Member<'_>) -> bool {
        match self {
            Call::WentWell => error_code == Member::Absent,
            Call::Failed => matches!(error_code, Member::Text(code) if !code.is_empty()),
            Call::Either => true,
        }
    }
}

struct Row {
    source: &'static str,
    names: &'static [&'static str],
    call: Call,
    /// Words that each such record has in its members: a quick look.
    words: &'static str,
    members: &'static [(&'static str, Test)],
}

const fn row(source: &'static str, names: &'static [&'static str], call: Call) -> Row {
    Row { source, names, call, words: "", members: &[] }
}

const SIGN_IN: &str = "signin.amazonaws.com";
const INSTANCE: &str = "sso.amazonaws.com";
const DIRECTORY: &str = "sso-directory.amazonaws.com";

const TABLE: [Row; 13] = [
    Row {
        words: "Failure",
        members: &[("/responseElements/ExternalIdPDirectoryLogin", is_failure)],
        ..row(SIGN_IN, &["ExternalIdPDirectoryLogin"], Call::Either)
    },
    Row {
        words: "Failure",
        members: &[("/serviceEventDetails/CredentialVerification", is_failure)],
        ..row(SIGN_IN, &["CredentialVerification"], Call::Either)
    },
    row(scim_refused::SOURCE, &scim_refused::WRITES, Call::Failed),
    row(scim_refused::SOURCE, &scim_refused::READS, Call::Failed),
    row(scim_refused::SOURCE, &["CreateUser", "DeleteUser", "PatchUser", "PutUser"], Call::WentWell),
    row(INSTANCE, &WRITES, Call::Either),
    row(
        INSTANCE,
        &[
            "AssociateDirectory",
            "DeleteAccountAssignment",
            "DeleteInstanceAccessControlAttributeConfiguration",
            "DisassociateDirectory",
        ],
        Call::WentWell,
    ),
    row(INSTANCE, &["GetRoleCredentials"], Call::Failed),
    row(DIRECTORY, &identity_source_changed::NAMES, Call::WentWell),
    row(
        DIRECTORY,
        &[
            "AddMemberToGroup",
            "CreateUser",
            "DeleteUser",
            "DisableUser",
            "EnableUser",
            "RemoveMemberFromGroup",
            "UpdateUser",
        ],
        Call::WentWell,
    ),
    row(
        "identitystore.amazonaws.com",
        &["CreateUser", "DeleteGroupMembership", "DeleteUser", "UpdateUser"],
        Call::WentWell,
    ),
    row(
        "kms.amazonaws.com",
        &["Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt"],
        Call::Failed,
    ),
    Row {
        words: "aws-reserved",
        members: &[
            ("/userIdentity/sessionContext/sessionIssuer/arn", is_role_of_permission_set),
            ("/requestParameters/tags", is_nothing),
            ("/requestParameters/transitiveTagKeys", is_absent),
            ("/requestParameters/incomingTransitiveTags", is_absent),
        ],
        ..row("sts.amazonaws.com", &["AssumeRole"], Call::WentWell)
    },
];

fn is_failure(member: Member<'_>) -> bool {
    member == Member::Text("Failure")
}

fn is_role_of_permission_set(member: Member<'_>) -> bool {
    matches!(member, Member::Text(arn) if RoleArn::parse(arn).is_some_and(|role| role.is_reserved()))
}

fn is_nothing(member: Member<'_>) -> bool {
    member != Member::List { is_empty: false }
}

fn is_absent(member: Member<'_>) -> bool {
    member == Member::Absent
}
