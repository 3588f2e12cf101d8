//! The forms of what a baseline names. The JSON Schema has the same, so that an editor finds what the parser finds.

use std::sync::LazyLock;

use regex::Regex;

/// Twelve digits.
pub(super) const ACCOUNT: &str = "^[0-9]{12}$";
/// `InstanceArn` in the service model of sso-admin.
pub(super) const INSTANCE: &str = "^arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$";
/// `PermissionSetArn` there.
pub(super) const PERMISSION_SET: &str =
    "^arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16}$";
/// `PermissionSetName` there.
pub(super) const PERMISSION_SET_NAME: &str = "^[A-Za-z0-9_+=,.@-]{1,32}$";
/// `IdentityStoreId` in the service model of identitystore.
pub(super) const IDENTITY_STORE: &str = "^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$";
/// Every Region has a direction in its name; a slip of the hand has not.
pub(super) const REGION: &str = "^(eusc-de|[a-z]{2}(-gov|-iso[a-z]?)?)-(central|east|north|northeast|northwest|south|southeast|southwest|west)-[0-9]$";
/// The ARN of a role of the stack; or what the stack calls it, in baselines of before.
pub(super) const OWN_ROLE: &str = "^(arn:aws(-[a-z]{1,5}){0,3}:iam::[0-9]{12}:role/([A-Za-z0-9_+=,.@-]{1,64}/)*)?[A-Za-z0-9_+=,.@-]{1,58}-(heal|watch)$";
/// What `tagmend explain` prints.
pub(super) const DIGEST: &str = "^sha256(-canonical)?:[0-9a-f]{64}$";
/// `TagKey` and `TagValue` in the service model of sso-admin, and the key of a session tag; how long they may be stands
/// beside it.
pub(super) const TAG: &str = r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$";
/// Characters of a tag's key.
pub(super) const LONGEST_TAG_KEY: usize = 128;
/// Characters of a tag's value.
pub(super) const LONGEST_TAG_VALUE: usize = 256;

/// The longest key in the name of an object, in bytes.
const LONGEST_KEY_IN_A_NAME: usize = 900;

/// Whether a text can be the key of a tag. Without a regular expression, which would be large.
pub(super) fn is_tag_key(text: &str) -> bool {
    !text.is_empty() && is_tag(text, LONGEST_TAG_KEY)
}

/// Whether names of the journal's objects can have the key in them, percent-encoded, beside a time and a kind: S3 takes
/// names of 1,024 bytes.
pub(super) fn fits_a_name(key: &str) -> bool {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let in_a_name: usize = key.bytes().map(|byte| if is_kept(byte) { 1 } else { 3 }).sum();
    in_a_name <= LONGEST_KEY_IN_A_NAME
}

/// Whether a text can be the value of a tag.
pub(super) fn is_tag_value(text: &str) -> bool {
    is_tag(text, LONGEST_TAG_VALUE)
}

fn is_tag(text: &str, longest: usize) -> bool {
    let allowed = |character: char| {
        character.is_alphanumeric() || character.is_whitespace() || "_.:/=+-@".contains(character)
    };
    text.chars().count() <= longest && text.chars().all(allowed)
}

/// Whether a text is of a form.
pub(super) fn is(form: &'static LazyLock<Option<Regex>>) -> impl Fn(&str) -> bool {
    |text| form.as_ref().is_some_and(|form| form.is_match(text))
}

macro_rules! forms {
    ($($name:ident = $pattern:expr;)*) => {
        $(pub(super) static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());)*
        /// Every form, for the test that each can be read.
        #[cfg(test)]
        static ALL: &[&LazyLock<Option<Regex>>] = &[$(&$name),*];
    };
}

forms! {
    IS_ACCOUNT = ACCOUNT;
    IS_INSTANCE = INSTANCE;
    IS_PERMISSION_SET = PERMISSION_SET;
    IS_PERMISSION_SET_NAME = PERMISSION_SET_NAME;
    IS_IDENTITY_STORE = IDENTITY_STORE;
    IS_REGION = REGION;
    IS_OWN_ROLE = OWN_ROLE;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_can_be_read() {
        assert!(ALL.iter().all(|form| form.is_some()));
    }

    #[test]
    fn every_kind_of_region_is_one_and_a_slip_is_none() {
        for region in [
            "eu-west-1",
            "ap-southeast-7",
            "us-gov-east-1",
            "us-isof-south-1",
            "eusc-de-east-1",
            "il-central-1",
        ] {
            assert!(is(&IS_REGION)(region), "{region}");
        }
        for region in ["eu-wset-1", "eu-west", "eu-west-1a", "EU-WEST-1", "", "europe-west-1"] {
            assert!(!is(&IS_REGION)(region), "{region}");
        }
    }
}
