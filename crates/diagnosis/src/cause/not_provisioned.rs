//! The permission set was changed and not provisioned to the account.

use super::About;

pub(super) const ABOUT: About = About {
    name: "not_provisioned",
    title: "permission set not provisioned",
    actor: "Tagmend",
    condition: "The permission set was changed after it was last provisioned to the account, and its newest policies allow the call.",
    evidence: "the provisioning status of the permission set in the account, and what its newest policies answer",
    advice: "Tagmend can provision the permission set to this account",
    command: "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangepermissionset.html",
};
