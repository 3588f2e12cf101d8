//! The account is not in the baseline's scope.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;

pub(crate) const ABOUT: About = About {
    name: "out_of_scope",
    title: "account out of scope",
    bucket: Bucket::Permission,
    actor: "owner of the baseline",
    condition: "The baseline does not list the account.",
    evidence: "the account",
    would_change: "the account in the baseline",
    advice: "add the account to the baseline if Tagmend should look after it",
    command: "edit BASELINE, then make deploy",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html",
};

pub(crate) fn by_account(failure: &Failure, baseline: &Baseline) -> Option<Verdict> {
    let account = failure.role_account().filter(|account| !baseline.covers(account))?;
    Some(Verdict::say(format!("account {account} is not in the baseline")))
}
