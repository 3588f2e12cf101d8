//! The proof: policies evaluated with the tags that are sent and with those that were approved.

mod readable_policies;
mod request;
mod smallest;

use std::collections::BTreeSet;

use iam_policy::{Evaluation, Open, Request, StatementTrace, Truth, evaluate};

use crate::baseline::{Baseline, Owner};
use crate::cause::{Bucket, Cause};
use crate::digest::PolicyDigest;
use crate::error_code::Class;
use crate::evidence::{Evidence, open_on, turning_statement};
use crate::facts::{
    AccessControl, AttributeMapping, Facts, Lookup, PastChange, PermissionSet, Provisioning, User,
};
use crate::failure::Failure;
use crate::message::{Deny, PolicyType};
use crate::principal::{Principal, Session};
use crate::tags::{Tag, Tags};
use readable_policies::ReadablePolicies;
use request::request;
use smallest::smallest;

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
        match now.allowed() {
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
        let open = match now.allowed() {
            Truth::True => BTreeSet::new(),
            Truth::Open(open) => open,
            Truth::False => {
                let evidence =
                    evidence.say("its newest policies deny the call too, so provisioning would not help");
                return self.settle(Cause::Undetermined, evidence);
            }
        };
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

    fn denied_with_tags_sent(&self, now: &Evaluation) -> Diagnosis {
        if let Some(contradiction) = self.contradiction(now) {
            return self.settle(Cause::Undetermined, Evidence::default().say(contradiction));
        }
        if let Some(diagnosis) = self.not_as_approved(now) {
            return diagnosis;
        }
        let open = self.evaluate(&self.intended).allowed();
        if let Truth::Open(open) = &open {
            let evidence = Evidence::default()
                .say("denied with the tags sent; with the approved tags it would turn on what nobody here could read")
                .depending_on(open);
            return self.settle(Cause::Undetermined, evidence);
        }
        if let Some(diagnosis) = self.overridden_by_mapping().or_else(|| self.user_has_no_value()) {
            return diagnosis;
        }
        let evidence = Evidence::default()
            .say("the policies that can be read deny it with the tags sent, and with the approved tags just the same");
        // What cannot be read may hold the statement that was meant to allow it.
        let cause = if self.policies.unseen.is_empty() { Cause::Intended } else { Cause::Undetermined };
        self.settle(cause, evidence)
    }

    /// What the message says against what the policies say.
    fn contradiction(&self, now: &Evaluation) -> Option<&'static str> {
        match (self.failure.message.deny, &now.denies) {
            (Some(Deny::Implicit), Truth::True) => Some(
                "the message says that nothing allows the call, but a statement that can be read denies it: the account may run other policies",
            ),
            (Some(Deny::Explicit), Truth::False | Truth::Open(_)) => Some(
                "the message says that a statement denies the call, but none that can be read does for sure",
            ),
            (None, _) if !self.policies.unseen.is_empty() => Some(
                "the message does not say which policy decided, and there are policies that cannot be read from here",
            ),
            _ => None,
        }
    }

    /// Whether the denial of now is undone after a change of the tags: the very denial that the message names.
    fn undoes(&self, now: &Evaluation, after: &Evaluation) -> bool {
        let possible = after.allowed() != Truth::False;
        match self.failure.message.deny {
            Some(Deny::Explicit) => possible && now.denies == Truth::True,
            Some(Deny::Implicit) => possible && now.allows == Truth::False,
            // Without its word, a Deny that nobody could evaluate may have decided.
            None => possible && !matches!(now.denies, Truth::Open(_)),
        }
    }

    /// The live mappings differ from the approved ones in keys that turn the decision.
    fn not_as_approved(&self, now: &Evaluation) -> Option<Diagnosis> {
        let differing: Vec<String> = self
            .intended
            .iter()
            // A value that STS would not take shows nothing, and must not be sent.
            .filter(|(key, tag)| **tag != Tag::Unknown && self.sent.get(key) != Some(tag))
            .map(|(key, _)| key.to_owned())
            .filter(|key| self.policies.mentions(key))
            .collect();
        let (keys, open) =
            smallest(&differing, |keys| self.turned(now, &self.sent.with(keys, &self.intended)))?;
        let mut evidence = self
            .turning_evidence(&self.sent, &self.sent.with(&keys, &self.intended))
            .say(format!(
                "denied with the tags that a session gets now, {} with {} as approved",
                outcome(&open),
                list(&keys)
            ))
            .depending_on(&open);
        let is_mapped =
            |key: &String| self.live.iter().any(|mapping| mapping.key.to_lowercase() == key.to_lowercase());
        let mapped: BTreeSet<String> = keys.iter().filter(|key| is_mapped(key)).cloned().collect();
        let (cause, keys) = if self.facts.access_control == AccessControl::Disabled {
            (Cause::AccessControlOff, keys)
        } else if mapped.is_empty() {
            (Cause::MappingMissing, keys)
        } else {
            evidence = evidence
                .say(format!("{} is mapped, with another source than the approved one", list(&mapped)));
            (Cause::MappingSourceDiffers, mapped)
        };
        Some(self.settle_keys(cause, keys, evidence))
    }

    /// A live mapping of a key that the IdP sends overrides the assertion.
    fn overridden_by_mapping(&self) -> Option<Diagnosis> {
        let overridden: Vec<String> = self
            .baseline
            .mappings()
            .filter(|approved| {
                approved.owner == Owner::Idp && self.sent.get(&approved.key) != Some(&Tag::Unknown)
            })
            .map(|approved| approved.key.clone())
            .collect();
        let keys = self.keys_that_could_turn(&overridden)?;
        let evidence = self
            .turning_evidence(&self.sent, &self.unknown(&keys))
            .say(format!("a mapping of {} overrides the value that the IdP sends", list(&keys)));
        Some(self.settle_keys(Cause::KeyOwnedByIdp, keys, evidence))
    }

    fn user_has_no_value(&self) -> Option<Diagnosis> {
        let empty: Vec<String> = self
            .intended
            .iter()
            .filter(|(_, tag)| **tag == Tag::NoValue)
            .map(|(key, _)| key.to_owned())
            .collect();
        let keys = self.keys_that_could_turn(&empty)?;
        let mut evidence = self.turning_evidence(&self.intended, &self.unknown(&keys)).say(format!(
            "the user has no value for {}, and with a value the decision could turn",
            list(&keys)
        ));
        if keys.iter().any(|key| self.sent.get(key) == Some(&Tag::Unmapped)) {
            evidence = evidence.say("besides, its approved mapping is missing on the instance");
        }
        Some(self.settle_keys(Cause::UserHasNoValue, keys, evidence))
    }

    /// The smallest set of these keys that, with values nobody knows, could make the approved tags allow the call.
    fn keys_that_could_turn(&self, candidates: &[String]) -> Option<BTreeSet<String>> {
        let (keys, _) = smallest(candidates, |keys| {
            let allowed = self.evaluate(&self.unknown(keys)).allowed();
            (allowed != Truth::False).then(|| open_on(&allowed))
        })?;
        Some(keys)
    }

    fn unknown(&self, keys: &BTreeSet<String>) -> Tags {
        keys.iter().fold(self.intended.clone(), |tags, key| tags.with_one(key, Tag::Unknown))
    }

    fn allowed_with_tags_sent(&self) -> Diagnosis {
        if let Some(diagnosis) = self.older_than_fix().or_else(|| self.older_than_user()) {
            return diagnosis;
        }
        let evidence = Evidence::default()
            .say("the policies that can be read allow it with the tags sent now; something else denied it");
        self.settle(Cause::Undetermined, evidence)
    }

    fn open_with_tags_sent(&self, open: &BTreeSet<Open>) -> Diagnosis {
        if let Some(diagnosis) = self.older_than_fix() {
            return diagnosis;
        }
        let owned_by_idp: BTreeSet<String> = self
            .baseline
            .mappings()
            .filter(|approved| approved.owner == Owner::Idp && open.contains(&principal_tag(&approved.key)))
            .map(|approved| approved.key.clone())
            .collect();
        if !owned_by_idp.is_empty() {
            let text =
                format!("it turns on {}, which the IdP sends and nobody here can read", list(&owned_by_idp));
            let evidence = Evidence::default().say(text).depending_on(open);
            return self.settle_keys(Cause::KeyOwnedByIdp, owned_by_idp, evidence);
        }
        if let Some(diagnosis) = self.other_source(open) {
            return diagnosis;
        }
        if open.iter().all(is_resource_tag) {
            let evidence = Evidence::default()
                .say("the tags are sent as approved; it turns on the tags of the resource, which nobody here can read")
                .depending_on(open);
            return self.settle(Cause::ResourceTag, evidence);
        }
        let evidence = Evidence::default().say("it turns on what nobody here could read").depending_on(open);
        self.settle(Cause::Undetermined, evidence)
    }

    /// A tag that matters is sent from another source than the approved one, with another value.
    fn other_source(&self, open: &BTreeSet<Open>) -> Option<Diagnosis> {
        let other: BTreeSet<String> = self
            .intended
            .iter()
            .filter(|(key, tag)| {
                self.sent.get(key) != Some(tag) && self.sent.get(key) != Some(&Tag::Unmapped)
            })
            .filter(|(key, _)| {
                self.evaluate(&self.sent.with_one(key, Tag::Unmapped)).allowed() == Truth::False
            })
            .map(|(key, _)| key.to_owned())
            .collect();
        (!other.is_empty()).then(|| {
            let evidence = Evidence::default()
                .say(format!(
                    "{} is mapped, with another source than the approved one, and the call needs it",
                    list(&other)
                ))
                .say("whether the approved value would be allowed turns on what nobody here could read")
                .depending_on(open);
            self.settle_keys(Cause::MappingSourceDiffers, other, evidence)
        })
    }

    /// The session began before a mapping was restored without which the call is denied.
    fn older_than_fix(&self) -> Option<Diagnosis> {
        let created = self.session.created?;
        let keys: BTreeSet<String> = self
            .facts
            .past_fixes
            .iter()
            .filter(|fix| created < fix.time)
            .filter_map(|fix| match &fix.change {
                PastChange::RestoredMapping { key } => Some(key.clone()),
                PastChange::Reprovisioned { .. } => None,
            })
            .filter(|key| self.evaluate(&self.sent.with_one(key, Tag::Unmapped)).allowed() == Truth::False)
            .collect();
        (!keys.is_empty()).then(|| {
            let text =
                format!("the session began before {} was restored, and is denied without it", list(&keys));
            self.settle_keys(Cause::StaleSession, keys, Evidence::default().say(text))
        })
    }

    /// The session began before the user was changed, and its tags decide.
    fn older_than_user(&self) -> Option<Diagnosis> {
        if !self.policies.unseen.is_empty() {
            return None;
        }
        let (created, updated) = (self.session.created?, self.user.updated_at?);
        let valued = self.sent.iter().filter(|(_, tag)| matches!(tag, Tag::Value(_)));
        let keys: BTreeSet<String> = valued
            .map(|(key, _)| key.to_owned())
            .filter(|key| self.evaluate(&self.sent.with_one(key, Tag::Unmapped)).allowed() == Truth::False)
            .collect();
        (created < updated && !keys.is_empty()).then(|| {
            let text = format!(
                "the session began before the user was last changed, and is denied without {}",
                list(&keys)
            );
            self.settle_keys(Cause::StaleSession, keys, Evidence::default().say(text))
        })
    }

    /// These tags undo the denial, as far as the keys tell that nobody could read.
    fn turned(&self, now: &Evaluation, tags: &Tags) -> Option<BTreeSet<Open>> {
        let after = self.evaluate(tags);
        let open = open_on(&after.allowed());
        let only_keys = open.iter().all(|open| matches!(open, Open::Key(_)));
        (self.undoes(now, &after) && only_keys).then_some(open)
    }

    fn evaluate(&self, tags: &Tags) -> Evaluation {
        evaluate(&self.policies.layers(), &self.request(tags))
    }

    fn turning_evidence(&self, before: &Tags, after: &Tags) -> Evidence {
        let (before, after) = (self.request(before), self.request(after));
        let name = |trace: &StatementTrace| self.policies.name(trace);
        let statement = turning_statement(&self.policies.layers(), &before, &after, name);
        Evidence { statement, ..Evidence::default() }
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

fn principal_tag(key: &str) -> Open {
    Open::Key(format!("aws:principaltag/{}", key.to_ascii_lowercase()))
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
