//! The bucket does not take part in ABAC.

use super::about::{About, Bucket};
use crate::case::Case;
use crate::case::verdict::Verdict;

pub(crate) const ABOUT: About = About {
    name: "bucket_abac_off",
    title: "bucket ignores its tags",
    bucket: Bucket::Permission,
    actor: "owner of the bucket",
    condition: "The decision depends on tags of the bucket, and attribute-based access control is off for it, as it is for every general purpose bucket by default.",
    evidence: "the bucket's setting, and the keys that the decision depends on",
    would_change: "attribute-based access control turned on for the bucket, and its tags set as the policy asks",
    advice: "ask the owner of the bucket to audit the policies that mention its tags, and to turn ABAC on",
    command: "aws s3api get-bucket-abac --region REGION --bucket BUCKET",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html",
};

pub(crate) fn by_setting(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_bucket_abac_off() {
        return None;
    }
    let evidence = case.flipped_by_resource_tags()?;
    Some(Verdict::of(
        evidence.say("attribute-based access control is off for the bucket: its tags do not count"),
    ))
}
