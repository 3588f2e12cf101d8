//! The account is not in the baseline's scope.

use super::About;

pub(super) const ABOUT: About = About {
    name: "out_of_scope",
    title: "account out of scope",
    actor: "owner of the baseline",
    condition: "The baseline does not list the account.",
    evidence: "the account",
    advice: "add the account to the baseline if Tagmend should look after it",
    command: "edit infra/baseline.json, then make deploy",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html",
};
