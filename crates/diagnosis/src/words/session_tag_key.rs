//! Keys of session tags, and the condition keys that policies know them by.
//!
//! Source: `id_session-tags` in the IAM user guide.

const PREFIX: &str = "aws:principaltag/";

/// Whether two keys are one: session tags that differ in case alone cannot be told apart.
pub fn is_same_key(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

/// The condition key of a session tag, as policies are read: in lower case as far as ASCII goes.
pub(crate) fn condition_key(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_lowercase())
}

/// The key of the session tag, where a condition key in lower case is of one.
pub fn of_condition_key(condition_key: &str) -> Option<&str> {
    condition_key.strip_prefix(PREFIX)
}
