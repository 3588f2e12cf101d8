//! The proof: policies evaluated with the tags that are sent and with those that were approved.

use std::collections::BTreeSet;

use iam_policy::{
    Context, Evaluation, Layer, Layers, Open, Policy, Request, Resource, StatementTrace, Truth, Value,
    evaluate,
};

use crate::baseline::{Baseline, Owner};
use crate::cause::{Bucket, Cause};
use crate::digest::PolicyDigest;
use crate::error_code::Class;
use crate::evidence::{Evidence, open_on, turning_statement};
use crate::facts::{
    AccessControl, AttributeMapping, Boundary, Facts, PastChange, PermissionSet, Provisioning, User,
};
use crate::failure::Failure;
use crate::message::{Deny, PolicyType};
use crate::principal::{Principal, Session};
use crate::tags::{Tag, Tags};

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
    let Some(permission_set) = &facts.permission_set else {
        return undetermined("no permission set of this name is provisioned to the account");
    };
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

/// The policies of a permission set whose text can be read from here.
struct ReadablePolicies {
    identity: Vec<Policy>,
    identity_names: Vec<String>,
    boundary: Option<Vec<Policy>>,
    unseen: Vec<String>,
}

impl ReadablePolicies {
    fn parse(permission_set: &PermissionSet) -> Result<ReadablePolicies, String> {
        let parse = |name: &str, text: &str| {
            Policy::parse(text).map_err(|error| format!("{name} cannot be read: {error}"))
        };
        let mut identity = Vec::new();
        let mut identity_names = Vec::new();
        if let Some(inline) = &permission_set.inline_policy {
            identity.push(parse("the inline policy", inline)?);
            identity_names.push("inline policy".to_owned());
        }
        for managed in &permission_set.managed_policies {
            identity.push(parse(&managed.arn, &managed.document)?);
            identity_names.push(managed.arn.clone());
        }
        let customer_managed = permission_set.customer_managed_policies.iter();
        let mut unseen: Vec<String> = customer_managed
            .map(|policy| format!("customer managed policy {}{}", policy.path, policy.name))
            .collect();
        let boundary = match &permission_set.boundary {
            None => None,
            Some(Boundary::Managed(managed)) => Some(vec![parse(&managed.arn, &managed.document)?]),
            Some(Boundary::CustomerManaged(policy)) => {
                unseen.push(format!("permissions boundary {}{}", policy.path, policy.name));
                None
            }
        };
        Ok(ReadablePolicies { identity, identity_names, boundary, unseen })
    }

    fn layers(&self) -> Layers<'_> {
        Layers { identity: &self.identity, boundary: self.boundary.as_deref(), service_control: &[] }
    }

    fn name(&self, trace: &StatementTrace) -> String {
        match trace.layer {
            Layer::Identity => self.identity_names.get(trace.policy).cloned().unwrap_or_default(),
            layer => layer.to_string(),
        }
    }
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
        match now.allowed() {
            Truth::False => self.denied_with_tags_sent(&now),
            Truth::True => self.allowed_with_tags_sent(),
            Truth::Open(open) => self.open_with_tags_sent(&open),
        }
    }

    fn denied_with_tags_sent(&self, now: &Evaluation) -> Diagnosis {
        match (self.failure.message.deny, &now.denies) {
            (Some(Deny::Implicit), Truth::True) => {
                return self.settle(Cause::Undetermined, Evidence::default().say(
                    "the message says that nothing allows the call, but a statement that can be read denies it: the account may run other policies",
                ));
            }
            (Some(Deny::Explicit), Truth::False) => {
                return self.settle(
                    Cause::Undetermined,
                    Evidence::default().say(
                        "the message says that a statement denies the call, but none that can be read does",
                    ),
                );
            }
            _ => {}
        }
        if let Some(diagnosis) = self.not_as_approved() {
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
            .say("the policies deny it with the tags sent, and with the approved tags just the same");
        self.settle(Cause::Intended, evidence)
    }

    /// The live mappings differ from the approved ones in keys that turn the decision.
    fn not_as_approved(&self) -> Option<Diagnosis> {
        let differing: Vec<String> = self
            .intended
            .iter()
            .filter(|(key, tag)| self.sent.get(key) != Some(tag))
            .map(|(key, _)| key.to_owned())
            .collect();
        let (keys, open) = smallest(&differing, |keys| self.turned(&self.sent.with(keys, &self.intended)))?;
        let mut evidence = self
            .turning_evidence(&self.sent, &self.sent.with(&keys, &self.intended))
            .say(format!("denied with the tags sent, {} with {} as approved", outcome(&open), list(&keys)))
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
        if self.permission_set.provisioning == Provisioning::Outdated {
            evidence =
                evidence.say("besides, the permission set was changed and not provisioned to the account");
        }
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
        if let Some(diagnosis) = self.not_provisioned(&BTreeSet::new()) {
            return diagnosis;
        }
        if let Some(diagnosis) = self.older_than_fix().or_else(|| self.older_than_user()) {
            return diagnosis;
        }
        let evidence = Evidence::default()
            .say("the policies that can be read allow it with the tags sent now; something else denied it");
        self.settle(Cause::Undetermined, evidence)
    }

    fn open_with_tags_sent(&self, open: &BTreeSet<Open>) -> Diagnosis {
        if let Some(diagnosis) = self.not_provisioned(open).or_else(|| self.older_than_fix()) {
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

    /// The account runs an older version, and the newest one allows the call or leaves it to resource tags.
    fn not_provisioned(&self, open: &BTreeSet<Open>) -> Option<Diagnosis> {
        let outdated = self.permission_set.provisioning == Provisioning::Outdated;
        (outdated && open.iter().all(is_resource_tag)).then(|| {
            let evidence = Evidence::default()
                .say("the permission set was changed and not provisioned to this account")
                .say(format!("its newest policies: {} with the tags sent", outcome(open)))
                .depending_on(open);
            self.settle(Cause::NotProvisioned, evidence)
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
                PastChange::Reprovisioned => None,
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

    /// The call is not denied with these tags, or turns only on keys that nobody could read.
    fn turned(&self, tags: &Tags) -> Option<BTreeSet<Open>> {
        let allowed = self.evaluate(tags).allowed();
        let open = open_on(&allowed);
        let only_keys = open.iter().all(|open| matches!(open, Open::Key(_)));
        (allowed != Truth::False && only_keys).then_some(open)
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

    /// The request as far as the record tells it; everything else is unknown.
    fn request(&self, tags: &Tags) -> Request {
        let failure = self.failure;
        let mut context = Context::open();
        let one = |text: &str| Value::One(text.to_owned());
        context.set("aws:PrincipalArn", one(&self.session.role_arn));
        context.set("aws:PrincipalAccount", one(self.session.account()));
        context.set("aws:PrincipalType", one("AssumedRole"));
        context.set("aws:PrincipalIsAWSService", one("false"));
        context.set("aws:username", Value::Absent);
        context.set("aws:RequestedRegion", one(&failure.region));
        context.set("aws:CurrentTime", one(&failure.time.to_string()));
        context.set("aws:EpochTime", one(&failure.time.as_second().to_string()));
        if let Some(id) = &failure.principal_id {
            context.set("aws:userid", one(id));
        }
        if let Some(created) = self.session.created {
            context.set("aws:TokenIssueTime", one(&created.to_string()));
        }
        if let Some(endpoint) = &failure.vpc_endpoint_id {
            context.set("aws:SourceVpce", one(endpoint));
        }
        if failure.invoked_by.is_none() {
            context.set("aws:ViaAWSService", one("false"));
            context.set("aws:CalledVia", Value::Absent);
            if let Some(address) = &failure.source_ip {
                context.set("aws:SourceIp", one(address));
            }
        }
        tags.write_to(&mut context);
        let resource = failure.resource.clone().map_or(Resource::Unknown, Resource::Named);
        Request { action: failure.action.clone(), resource, context }
    }

    fn settle(&self, cause: Cause, evidence: Evidence) -> Diagnosis {
        Diagnosis::new(cause, self.failure, evidence)
    }

    fn settle_keys(&self, cause: Cause, keys: BTreeSet<String>, evidence: Evidence) -> Diagnosis {
        Diagnosis { keys: keys.into_iter().collect(), ..self.settle(cause, evidence) }
    }
}

/// The smallest set of candidates that passes, with what the test says of it. Every single key and
/// every pair is tried; where none passes, all candidates are thinned out one by one.
fn smallest<T>(
    candidates: &[String],
    test: impl Fn(&BTreeSet<String>) -> Option<T>,
) -> Option<(BTreeSet<String>, T)> {
    let try_set = |keys: &[&String]| {
        let keys: BTreeSet<String> = keys.iter().map(|key| (*key).clone()).collect();
        test(&keys).map(|answer| (keys, answer))
    };
    if candidates.is_empty() {
        return None;
    }
    for first in candidates {
        if let Some(found) = try_set(&[first]) {
            return Some(found);
        }
    }
    for (index, first) in candidates.iter().enumerate() {
        for second in candidates.iter().skip(index + 1) {
            if let Some(found) = try_set(&[first, second]) {
                return Some(found);
            }
        }
    }
    let mut keys: Vec<&String> = candidates.iter().collect();
    try_set(&keys)?;
    for candidate in candidates {
        let without: Vec<&String> = keys.iter().copied().filter(|key| *key != candidate).collect();
        if try_set(&without).is_some() {
            keys = without;
        }
    }
    try_set(&keys)
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
