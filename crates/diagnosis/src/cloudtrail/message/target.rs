//! The resource that a message names.

use std::sync::LazyLock;

use regex::Regex;

use super::regex;

/// What stands between the action and the clause.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// Nothing, or words that name none.
    Unnamed,
    Named(&'a str),
    /// It has white space, or quotes inside its quotes: it is the resource only where the request says so, too.
    Doubtful(&'a str),
    /// Text of no known form.
    Unknown(&'a str),
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?s)^ on resource: (?:"([^"]+)"|((?:role|user|group|policy|instance profile) [^\s"]+|[^\s"]+))$"#,
    )
});
static DOUBTFUL: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?s)^ on resource: (?:"(.+)"|(\S.*))$"#));

/// Words of KMS and Athena that name no resource.
const UNNAMED: [&str; 4] =
    ["", " on this resource", " on the resource", " on the resource associated with this ciphertext"];

/// Reads it.
pub(super) fn read(text: &str) -> Target<'_> {
    if UNNAMED.contains(&text) {
        return Target::Unnamed;
    }
    let resource = |found: regex::Captures<'_>| {
        found.get(1).or_else(|| found.get(2)).and_then(|part| text.get(part.range()))
    };
    if let Some(resource) = NAMED.captures(text).and_then(resource) {
        Target::Named(resource)
    } else if let Some(resource) = DOUBTFUL.captures(text).and_then(resource) {
        Target::Doubtful(resource)
    } else {
        Target::Unknown(text)
    }
}
