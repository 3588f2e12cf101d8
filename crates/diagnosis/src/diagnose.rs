//! The proof: policies evaluated with the tags that are sent and with those that were approved.

mod denied;
mod possible;
mod readable_policies;
mod request;

use std::collections::BTreeSet;

use iam_policy::{Evaluation, Open, Request, Truth, evaluate};

use crate::baseline::Baseline;
use crate::cause::{Bucket, Cause};
use crate::digest::PolicyDigest;
use crate::error_code::Class;
use crate::evidence::{Evidence, open_on};
use crate::facts::{AccessControl, AttributeMapping, Facts, Lookup, PermissionSet, Provisioning, User};
use crate::failure::Failure;
use crate::message::PolicyType;
use crate::principal::{Principal, Session};
use crate::tags::Tags;
use readable_policies::ReadablePolicies;
use request::request;

/// Why a call failed, and what shows it.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// How an engineer on call sorts it.
    pub bucket: Bucket,
    /// The cause.
    pub cause: Cause,
    /// The session tag keys it turns on.
    pub keys: Vec<String>,
    /// What shows it.
    pub evidence: Evidence,
    /// Tags sent and tags intended, where they were compared.
    pub tags: Option<(Tags, Tags)>,
    /// The digest of the permission set's live policies, where they were read.
    pub policy_digest: Option<PolicyDigest>,
}

impl Diagnosis {
    pub(crate) fn new(cause: Cause, failure: &Failure, evidence: Evidence) -> Diagnosis {
        let bucket = match (failure.class, failure.message.policy_type) {
            (Class::Throttled, _) => Bucket::Quota,
            (Class::Denied, Some(PolicyType::VpcEndpoint)) => Bucket::Network,
            (Class::Denied, _) => Bucket::Permission,
        };
        Diagnosis { bucket, cause, keys: Vec::new(), evidence, tags: None, policy_digest: None }
    }
}

/// Tells the cause of a denial from what AWS says now.
pub fn diagnose(failure: &Failure, facts: &Facts, baseline: &Baseline) -> Diagnosis {
    let undetermined =
        |sentence: &str| Diagnosis::new(Cause::Undetermined, failure, Evidence::default().say(sentence));
    let Principal::PermissionSet(session) = &failure.principal else {
        return undetermined("the caller is no session of a permission set");
    };
    let permission_set = match &facts.permission_set {
        Lookup::Found(permission_set) => permission_set,
        Lookup::NotProvisioned => {
            return undetermined("no permission set of this name is provisioned to the account");
        }
        Lookup::GivenUp => {
            return undetermined(
                "the account has too many permission sets to look for one that the baseline does not name",
            );
        }
    };
    if !failure.action_is_certain {
        return undetermined("the message names no action, and the call's name does not tell it for sure");
    }
    let Some(user) = &facts.user else {
        return undetermined("the identity store does not know the user");
    };
    let live: &[AttributeMapping] = match &facts.access_control {
        AccessControl::Enabled(live) => live,
        AccessControl::Disabled => &[],
        AccessControl::Pending => {
            return undetermined("attributes for access control are just being turned on");
        }
    };
    let policies = match ReadablePolicies::parse(permission_set) {
        Ok(policies) => policies,
        Err(sentence) => return undetermined(&sentence),
    };
    let case = Case {
        failure,
        session,
        facts,
        permission_set,
        user,
        live,
        baseline,
        sent: Tags::sent(live, baseline, user),
        intended: Tags::intended(live, baseline, user),
        policies,
    };
    let mut diagnosis = case.diagnose();
    diagnosis.evidence.unseen = case.policies.unseen.clone();
    diagnosis.policy_digest = PolicyDigest::of(permission_set);
    diagnosis.tags = Some((case.sent, case.intended));
    diagnosis
}

/// One denial with everything that is known of it.
struct Case<'a> {
    failure: &'a Failure,
    session: &'a Session,
    facts: &'a Facts,
    permission_set: &'a PermissionSet,
    user: &'a User,
    live: &'a [AttributeMapping],
    baseline: &'a Baseline,
    sent: Tags,
    intended: Tags,
    policies: ReadablePolicies,
}

impl Case<'_> {
    fn diagnose(&self) -> Diagnosis {
        let now = self.evaluate(&self.sent);
        if self.permission_set.provisioning == Provisioning::Outdated {
            return self.diagnose_outdated(&now);
        }
        match now.allowed {
            Truth::False => self.denied_with_tags_sent(&now),
            Truth::True => self.allowed_with_tags_sent(),
            Truth::Open(open) => self.open_with_tags_sent(&open),
        }
    }

    /// The account runs an older version, whose policies nobody here can read: only what the newest would answer
    /// can be told.
    fn diagnose_outdated(&self, now: &Evaluation) -> Diagnosis {
        let evidence =
            Evidence::default().say("the permission set was changed and not provisioned to this account");
        if now.allowed == Truth::False {
            let evidence =
                evidence.say("its newest policies deny the call too, so provisioning would not help");
            return self.settle(Cause::Undetermined, evidence);
        }
        let open = open_on(&now.allowed);
        let evidence = evidence.depending_on(&open);
        if open.iter().all(is_resource_tag) {
            let evidence =
                evidence.say(format!("its newest policies: {} with the tags sent", outcome(&open)));
            self.settle(Cause::NotProvisioned, evidence)
        } else {
            let evidence = evidence
                .say("whether its newest policies allow the call turns on what nobody here could read");
            self.settle(Cause::Undetermined, evidence)
        }
    }

    fn evaluate(&self, tags: &Tags) -> Evaluation {
        evaluate(&self.policies.layers(), &self.request(tags))
    }

    fn request(&self, tags: &Tags) -> Request {
        request(self.failure, self.session, tags)
    }

    fn settle(&self, cause: Cause, evidence: Evidence) -> Diagnosis {
        Diagnosis::new(cause, self.failure, evidence)
    }

    fn settle_keys(&self, cause: Cause, keys: BTreeSet<String>, evidence: Evidence) -> Diagnosis {
        Diagnosis { keys: keys.into_iter().collect(), ..self.settle(cause, evidence) }
    }
}

/// Keys that carry tags of the resource; services have their own beside the global one.
fn is_resource_tag(open: &Open) -> bool {
    match open {
        Open::Key(key) => {
            key.contains(":resourcetag/")
                || key.starts_with("s3:existingobjecttag/")
                || key.starts_with("s3:buckettag/")
        }
        Open::Resource | Open::Rule(_) => false,
    }
}

fn outcome(open: &BTreeSet<Open>) -> &'static str {
    if open.is_empty() { "allowed" } else { "allowed if the unread keys agree" }
}

fn list(keys: &BTreeSet<String>) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
