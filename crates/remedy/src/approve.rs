//! Before policies are approved: what IAM Access Analyzer says of them, and what they grant that was not approved.
//!
//! [`Reviewer`] only reads. [`Keeper`] keeps approved policies in the journal, for the next comparison.

mod contents;
mod difference;
mod documents;
mod place;

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_accessanalyzer::Client;
use aws_sdk_accessanalyzer::types::{AccessCheckPolicyType, CheckNoNewAccessResult, PolicyType};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{
    Baseline, Boundary, PermissionSet, PolicyDigest, PolicyReference, Provisioning, arn::last_part,
};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::{Journal, Precondition, SCHEMA};
use crate::read::permission_set;
use crate::read::permission_set::accounts;
use difference::difference;
use documents::{document, statements, text, unread};
use place::place;

/// The live policies of one permission set, with their digest.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The digest.
    pub digest: PolicyDigest,
    set: PermissionSet,
}

/// What Access Analyzer says of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFinding {
    /// `ERROR`, `SECURITY_WARNING`, `WARNING` or `SUGGESTION`.
    pub severity: String,
    /// AWS's code.
    pub code: String,
    /// Where in the policy, as `Statement[1].Resource`; none where AWS does not say.
    pub place: Option<String>,
    /// AWS's text.
    pub text: String,
}

/// What somebody has to say explicitly, each for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiver {
    /// Access Analyzer finds errors.
    Errors,
    /// The policies grant more than those that were approved last.
    NewAccess,
    /// They cannot be compared with what was approved last.
    Uncompared,
    /// What no comparison of statements asks for: [`Review::by_name`].
    Look,
}

impl Waiver {
    /// The flag that says it.
    pub fn flag(self) -> &'static str {
        match self {
            Waiver::Errors => "--accept-errors",
            Waiver::NewAccess => "--accept-new-access",
            Waiver::Uncompared => "--accept-uncompared",
            Waiver::Look => "--accept-look",
        }
    }
}

/// What policies grant beyond those that were approved last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewAccess {
    /// Nothing was approved before, so there is nothing to compare with: there is no digest, or one that `init` saw and
    /// that nothing is healed by.
    FirstApproval,
    /// What was approved last is not in the journal.
    NotKept,
    /// Nothing.
    None,
    /// This, in words.
    Found(Vec<String>),
}

/// What speaks for and against an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What Access Analyzer says of the inline policy. Managed policies are AWS's own.
    pub findings: Vec<PolicyFinding>,
    /// Everything that is approved, a line each.
    pub contents: Vec<String>,
    /// In what it differs from what was approved last, a statement a line.
    pub difference: Vec<String>,
    /// What is new.
    pub new_access: NewAccess,
    /// What needs a word besides: longer sessions, variables that come alive, policies that allow nearly everything.
    pub by_name: Vec<String>,
    /// Whether the management account has the permission set: then a delegated administrator cannot provision it.
    /// Source: `delegated-admin` in the Identity Center user guide.
    pub is_in_management_account: bool,
}

/// Why there is nothing to approve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    /// The baseline does not name the permission set.
    #[error("{0} is not in the baseline; add it there with its ARN and `\"heal\": []` first")]
    NotInBaseline(String),
    /// The ARN belongs to another permission set.
    #[error("the ARN that the baseline has for {0} is that of {1}; did you mean {1}, or another ARN?")]
    AnotherName(String, String),
    /// The inline policy is not JSON.
    #[error("the policies of {0} have no digest: the inline policy is not JSON")]
    NoDigest(String),
    /// AWS did not answer.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl Review {
    /// What somebody has to say explicitly.
    pub fn waivers(&self) -> BTreeSet<Waiver> {
        let is_error = |finding: &PolicyFinding| finding.severity == "ERROR";
        let needed = [
            (Waiver::Errors, self.findings.iter().any(is_error)),
            (Waiver::NewAccess, matches!(self.new_access, NewAccess::Found(_))),
            (Waiver::Uncompared, self.new_access == NewAccess::NotKept),
            (Waiver::Look, !self.by_name.is_empty()),
        ];
        needed.into_iter().filter(|(_, is_needed)| *is_needed).map(|(waiver, _)| waiver).collect()
    }
}

/// Reads policies and has them judged.
#[derive(Clone, Debug)]
pub struct Reviewer {
    clients: Clients,
    analyzer: Client,
    journal: Journal,
}

impl Reviewer {
    /// With the journal in this bucket.
    pub fn new(configuration: &SdkConfig, journal_bucket: &str) -> Reviewer {
        let clients = Clients::new(configuration);
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        Reviewer { clients, analyzer: Client::new(configuration), journal }
    }

    /// The live policies of a permission set of the baseline.
    ///
    /// # Errors
    /// Where there is nothing to approve.
    pub async fn candidate(&self, baseline: &Baseline, name: &str) -> Result<Candidate, ApproveError> {
        let approved =
            baseline.permission_set(name).ok_or_else(|| ApproveError::NotInBaseline(name.to_owned()))?;
        let (clients, instance) = (&self.clients, &baseline.instance_arn);
        let description = permission_set::describe(clients, instance, &approved.arn).await?;
        if description.name != name {
            return Err(ApproveError::AnotherName(name.to_owned(), description.name));
        }
        let latest = Provisioning::Latest;
        let set = permission_set::read(clients, instance, &approved.arn, Some(description), latest).await?;
        let digest = set.policy_digest().ok_or_else(|| ApproveError::NoDigest(name.to_owned()))?;
        Ok(Candidate { digest, set })
    }

    /// What speaks for and against approving it, where `approved` is what was approved last.
    ///
    /// # Errors
    /// Where AWS does not answer.
    pub async fn review(
        &self,
        candidate: &Candidate,
        approved: Option<&PolicyDigest>,
        baseline: &Baseline,
    ) -> Result<Review, AwsError> {
        let findings = match &candidate.set.inline_policy {
            Some(document) => self.validate(document).await?,
            None => Vec::new(),
        };
        let kept = match approved {
            None => None,
            Some(digest) => {
                let kept = self.journal.get(&object_name(&candidate.set.arn, digest)).await?;
                kept.map(|(kept, _)| kept).filter(|kept| contents::is_kept(kept, digest))
            }
        };
        let heals = baseline
            .permission_set(&candidate.set.name)
            .is_some_and(|set| set.may_restore_mapping || set.may_provision.is_some());
        let new_access = match (approved, &kept) {
            (None, _) => NewAccess::FirstApproval,
            (Some(_), None) if !heals => NewAccess::FirstApproval,
            (Some(_), None) => NewAccess::NotKept,
            (Some(_), Some(kept)) => self.new_access(kept, &candidate.kept(None)).await?,
        };
        let difference = kept.as_ref().map_or_else(Vec::new, |kept| difference(kept, &candidate.kept(None)));
        let by_name = contents::needs_a_word(kept.as_ref(), &candidate.set);
        let contents = contents::contents(&candidate.set);
        let of_set = accounts(&self.clients, &baseline.instance_arn, &candidate.set.arn, None).await?;
        let is_in_management_account = of_set.contains(&baseline.management_account);
        Ok(Review { findings, contents, difference, new_access, by_name, is_in_management_account })
    }

    async fn validate(&self, document: &str) -> Result<Vec<PolicyFinding>, AwsError> {
        let call = self.analyzer.validate_policy().policy_type(PolicyType::IdentityPolicy);
        let mut pages = call.policy_document(document).into_paginator().send();
        let mut findings = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::new("access-analyzer:ValidatePolicy", &error))?;
            findings.extend(page.findings.into_iter().map(|finding| PolicyFinding {
                severity: finding.finding_type.as_str().to_owned(),
                code: finding.issue_code,
                place: finding.locations.first().and_then(place),
                text: finding.finding_details,
            }));
        }
        Ok(findings)
    }

    async fn new_access(&self, old: &Json, new: &Json) -> Result<NewAccess, AwsError> {
        let mut reasons = Vec::new();
        // What nobody here can read cannot be compared.
        if old.get("boundary") != new.get("boundary") {
            reasons.push("the permissions boundary is another one".to_owned());
        }
        let references = |object: &Json| {
            let list = object.get("customer_managed_policies").and_then(Json::as_array);
            list.cloned().unwrap_or_default()
        };
        let (before, after) = (references(old), references(new));
        let mut tell = |some: &[Json], others: &[Json], what: &str| {
            for reference in some.iter().filter(|reference| !others.contains(reference)) {
                let name = reference.get("name").and_then(Json::as_str).unwrap_or_default();
                reasons.push(format!("customer managed policy {name} {what}"));
            }
        };
        tell(&after, &before, "is new, and nobody here can read it");
        tell(&before, &after, "is gone, and may have denied what is allowed now");
        for arn in [old, new].into_iter().flat_map(unread) {
            reasons.push(format!("managed policy {arn} could not be read, so it cannot be compared"));
        }
        match (statements(old), statements(new)) {
            (_, new) if new.is_empty() => {}
            (old, _) if old.is_empty() => reasons.push("no policy granted anything before".to_owned()),
            (old, new) => reasons.extend(self.check(&document(old), &document(new)).await?),
        }
        Ok(if reasons.is_empty() { NewAccess::None } else { NewAccess::Found(reasons) })
    }

    async fn check(&self, existing: &str, new: &str) -> Result<Vec<String>, AwsError> {
        let operation = "access-analyzer:CheckNoNewAccess";
        let call = self.analyzer.check_no_new_access().policy_type(AccessCheckPolicyType::IdentityPolicy);
        let answer = call.existing_policy_document(existing).new_policy_document(new).send().await;
        let answer = answer.map_err(|error| AwsError::new(operation, &error))?;
        if answer.result == Some(CheckNoNewAccessResult::Pass) {
            return Ok(Vec::new());
        }
        let mut reasons: Vec<String> =
            answer.reasons.unwrap_or_default().into_iter().filter_map(|reason| reason.description).collect();
        if reasons.is_empty() {
            reasons.push(answer.message.unwrap_or_else(|| "new access, as Access Analyzer says".to_owned()));
        }
        Ok(reasons)
    }
}

/// Keeps approved policies.
#[derive(Clone, Debug)]
pub struct Keeper {
    journal: Journal,
}

impl Keeper {
    /// In the journal in this bucket.
    pub fn new(configuration: &SdkConfig, journal_bucket: &str) -> Keeper {
        Keeper { journal: Journal::new(Clients::new(configuration).s3, journal_bucket) }
    }

    /// Keeps what is approved now. The digest names it, so the same is kept once.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn keep(&self, candidate: &Candidate, now: Timestamp) -> Result<(), AwsError> {
        let name = object_name(&candidate.set.arn, &candidate.digest);
        self.journal.put(&name, &candidate.kept(Some(now)), Precondition::IfAbsent).await.map(|_| ())
    }
}

/// `approved/PERMISSION_SET_ID/DIGEST.json`.
fn object_name(arn: &str, digest: &PolicyDigest) -> String {
    let id = last_part(arn);
    let digest = digest.digits();
    format!("approved/{id}/{digest}.json")
}

impl Candidate {
    /// Whether a digest, of either form, is that of these policies.
    pub fn has(&self, digest: &PolicyDigest) -> bool {
        self.set.has_policies(digest)
    }

    fn kept(&self, now: Option<Timestamp>) -> Json {
        let set = &self.set;
        let reference = |policy: &PolicyReference| json!({"name": policy.name, "path": policy.path});
        let inline: Option<Json> =
            set.inline_policy.as_ref().and_then(|document| serde_json::from_str(document).ok());
        let managed = set.managed_policies.iter();
        let managed = managed
            .map(|policy| json!({"arn": policy.arn, "document": policy.document.as_deref().map(text)}));
        json!({
            "schema": SCHEMA,
            "time": now.map(|now| now.to_string()),
            "name": set.name,
            "permission_set": set.arn,
            "policy_digest": self.digest.as_str(),
            "session_duration": set.session_duration,
            "inline_policy": inline,
            "managed_policies": managed.collect::<Vec<_>>(),
            "customer_managed_policies": set.customer_managed_policies.iter().map(reference).collect::<Vec<_>>(),
            "boundary": match &set.boundary {
                None => Json::Null,
                Some(Boundary::Managed(policy)) => json!(policy.arn),
                Some(Boundary::CustomerManaged(policy)) => reference(policy),
            },
        })
    }
}
