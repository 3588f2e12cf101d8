//! Condition keys that carry tags of the resource, or of the request.

use iam_policy::Open;

/// Keys that carry tags of the resource; services have their own beside the global one.
pub(crate) fn is_resource_tag(open: &Open) -> bool {
    match open {
        Open::Key(key) => is_resource_tag_key(key),
        Open::Resource | Open::Rule(_) => false,
    }
}

pub(crate) fn is_resource_tag_key(key: &str) -> bool {
    key.contains(":resourcetag/")
        || key.starts_with("s3:existingobjecttag/")
        || key.starts_with("s3:buckettag/")
}

/// Keys that carry tags that the request asks to create.
pub(crate) fn is_request_tag(open: &Open) -> bool {
    matches!(open, Open::Key(key) if is_request_tag_key(key))
}

pub(crate) fn is_request_tag_key(key: &str) -> bool {
    key.starts_with("aws:requesttag/") || key == "aws:tagkeys"
}
