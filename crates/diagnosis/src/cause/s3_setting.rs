//! A setting of the bucket or the account refuses it.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::Remark;

pub(crate) const ABOUT: About = About {
    name: "s3_setting",
    title: "S3 setting refuses it",
    bucket: Bucket::Permission,
    actor: "owner of the bucket",
    condition: "S3 Block Public Access prevents public ACLs or policies, or the bucket takes no uploads with keys that the customer provides: settings that no policy overrides.",
    evidence: "the form of the message",
    would_change: "the setting changed, or a call that does not need it",
    advice: "keep the setting, and call without a public ACL or policy, and without SSE-C",
    command: "aws s3api get-public-access-block --region REGION --bucket BUCKET",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
};

pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let text = match failure.message.remark? {
        Remark::BlockPublicAccess => "the message names S3 Block Public Access",
        Remark::CustomerProvidedKeys => {
            "the message says that the bucket takes no uploads with keys that the customer provides"
        }
        Remark::ObjectLock => "the message says that an object lock keeps the object as it is",
        Remark::KeyNotFound
        | Remark::KeyRefused
        | Remark::RequestExpired
        | Remark::EndpointPolicy
        | Remark::NotEnabled => return None,
    };
    Some(Verdict::say(text))
}
