//! The caller is no session of a permission set.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;

pub(crate) const ABOUT: About = About {
    name: "not_identity_center",
    title: "not an Identity Center session",
    bucket: Bucket::Permission,
    actor: "nobody",
    condition: "The caller is a user, a service, or a role outside the path that only Identity Center can write.",
    evidence: "the ARN of the caller's role",
    would_change: "nothing here: no session tag of Identity Center is involved",
    advice: "nothing that Tagmend looks after",
    command: "tagmend explain EVENT",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html",
};

pub(crate) fn by_role(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let is_other = failure.principal.session().is_none();
    is_other.then(|| Verdict::say("the caller is no session of an Identity Center role"))
}
