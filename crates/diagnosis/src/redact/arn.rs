//! The parts of an ARN that are somebody's.

/// A part of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// A partition, a service, a Region, the type of a resource, a sign.
    Stays(&'a str),
    /// An account, a name.
    Somebodys(&'a str),
}

/// Words that resources' ARNs have between names, and the path of roles that Identity Center makes.
const TYPES: [&str; 36] = [
    "alias",
    "assumed-role",
    "aws-reserved",
    "backup",
    "cluster",
    "db",
    "event-bus",
    "federated-user",
    "function",
    "group",
    "identity",
    "index",
    "instance",
    "job",
    "key",
    "log-group",
    "log-stream",
    "network-interface",
    "policy",
    "resource_control_policy",
    "role",
    "rule",
    "saml-provider",
    "secret",
    "security-group",
    "service",
    "service_control_policy",
    "sso.amazonaws.com",
    "stream",
    "subnet",
    "table",
    "task",
    "user",
    "version",
    "volume",
    "vpc-endpoint",
];

/// The parts of an ARN; none where the text is none.
pub(super) fn split(text: &str) -> Option<Vec<Part<'_>>> {
    if !text.starts_with("arn:") {
        return None;
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let of = |index: usize| fields.get(index).copied().unwrap_or_default();
    let (service, account, resource) = (of(2), of(4), of(5));
    let mut parts = Vec::new();
    // A message may be cut within one.
    for (index, field) in fields.iter().enumerate().take(5) {
        let stays = index < 4 || *field == "aws";
        parts.push(if stays { Part::Stays(field) } else { Part::Somebodys(field) });
        if index + 1 < fields.len() {
            parts.push(Part::Stays(":"));
        }
    }
    if service == "iam" && account == "aws" {
        parts.push(Part::Stays(resource));
        return Some(parts);
    }
    let is_region = |segment: &str| {
        segment.matches('-').count() >= 2 && segment.ends_with(|sign: char| sign.is_ascii_digit())
    };
    let mut is_reserved_path = false;
    let mut rest = resource;
    let mut is_first = true;
    while !rest.is_empty() {
        let length = rest.find(['/', ':']).unwrap_or(rest.len());
        let (segment, after) = rest.split_at(length);
        // What stands first before a separator says what it is, but for buckets.
        let is_type = TYPES.contains(&segment) || (is_first && !after.is_empty() && service != "s3");
        let stays = is_type || (is_reserved_path && is_region(segment));
        is_reserved_path = segment == "sso.amazonaws.com";
        parts.push(if stays { Part::Stays(segment) } else { Part::Somebodys(segment) });
        is_first = false;
        let (separator, after) = after.split_at(after.len().min(1));
        parts.push(Part::Stays(separator));
        rest = after;
    }
    Some(parts)
}
