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
const TYPES: [&str; 34] = [
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
    "role",
    "rule",
    "saml-provider",
    "secret",
    "security-group",
    "service",
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
    let mut fields = text.splitn(6, ':');
    let (_, partition, service) = (fields.next()?, fields.next()?, fields.next()?);
    let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
    let head = 4 + partition.len() + 1 + service.len() + 1 + region.len() + 1;
    let mut parts = vec![Part::Stays(text.get(..head)?)];
    let is_aws_policy = service == "iam" && account == "aws";
    parts.push(if account == "aws" { Part::Stays(account) } else { Part::Somebodys(account) });
    parts.push(Part::Stays(":"));
    if is_aws_policy {
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
