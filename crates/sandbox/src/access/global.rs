//! Global condition keys: whose caller, and whose resource.
//!
//! Source: "AWS global condition context keys" in the IAM user guide. Whether a call without a resource has the keys of
//! one, no page says; here it has none.

use std::borrow::Cow;

use super::{Caller, ORGANIZATION};
use crate::member_session::HOME;
use crate::world::World;

/// The keys of a call on a resource.
pub(super) fn keys<'a>(
    caller: Caller<'a>,
    resource: &'a str,
    world: &'a World,
) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> {
    let owner = owner(resource, world);
    let is_known = |account: &&str| *account == HOME || world.member_accounts.contains_key(*account);
    let of_resource =
        [("aws:ResourceAccount", owner), ("aws:ResourceOrgID", owner.filter(is_known).map(|_| ORGANIZATION))];
    let of_caller = [("aws:PrincipalAccount", caller.account), ("aws:PrincipalOrgID", ORGANIZATION)];
    let of_resource = of_resource.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let texts = of_caller.into_iter().chain(of_resource).chain([("aws:SecureTransport", "true")]);
    let role = format!("arn:aws:iam::{}:role/{}", caller.account, caller.role);
    texts.map(|(key, value)| (key, Cow::Borrowed(value))).chain([("aws:PrincipalArn", Cow::Owned(role))])
}

/// The account of a resource, as far as its ARN or the world tells.
fn owner<'a>(resource: &'a str, world: &'a World) -> Option<&'a str> {
    if let Some(path) = resource.strip_prefix("arn:aws:s3:::") {
        let bucket = path.split('/').next().unwrap_or_default();
        if bucket == world.journal.bucket {
            return Some(HOME);
        }
        let mut members = world.member_accounts.iter();
        return members
            .find(|(_, member)| member.buckets.contains_key(bucket))
            .map(|(account, _)| &**account);
    }
    // `aws` is the account of the policies that AWS manages.
    resource.split(':').nth(4).filter(|account| !matches!(*account, "" | "aws"))
}
