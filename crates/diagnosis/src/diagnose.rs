//! The proof: policies evaluated with the tags that the session carries and with those that were approved.

use jiff::Timestamp;

use crate::approved::baseline::Baseline;
use crate::approved::digest::PolicyDigest;
use crate::case::Case;
use crate::case::evidence::Evidence;
use crate::case::tags::Tags;
use crate::case::verdict::Verdict;
use crate::cause::{Bucket, Cause, eventual_consistency};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;
use crate::live::facts::Facts;
use crate::live::lookup::Shortage;
use crate::next_lookups::not_asked;
use crate::rules;
use crate::second_opinion::{self, SecondOpinion};
use crate::session_ends;

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
    /// The tags, where they were compared.
    pub tags: Option<ComparedTags>,
    /// The digest of the permission set's live policies, where they were read.
    pub policy_digest: Option<PolicyDigest>,
    /// What AWS's simulator says, where a mapping would be restored.
    pub second_opinion: Option<SecondOpinion>,
    /// Why not everything was asked for that could matter, where it was not: then it is no diagnosis for good.
    pub not_asked: Option<Shortage>,
    /// Whether the record deserves a second look later, as a change may not have been in effect everywhere.
    pub look_again: bool,
    /// When the session ends at the latest; none where the caller is no session of Identity Center.
    pub session_ends: Option<Timestamp>,
}

/// The tags that a diagnosis compared.
#[derive(Clone, Debug)]
pub struct ComparedTags {
    /// Those that this session carries: from its sign-in record, else those that a session gets now.
    pub session: Tags,
    /// Whether they are from its sign-in record.
    pub is_recorded: bool,
    /// Those that a session would get if every approved mapping were live.
    pub intended: Tags,
}

impl Diagnosis {
    pub(crate) fn new(cause: Cause, finding: Verdict) -> Diagnosis {
        Diagnosis {
            bucket: cause.about().bucket,
            cause,
            keys: finding.keys.into_iter().collect(),
            evidence: finding.evidence,
            tags: None,
            policy_digest: None,
            second_opinion: None,
            not_asked: None,
            look_again: false,
            session_ends: None,
        }
    }

    /// The same with one more sentence of evidence.
    #[must_use]
    pub fn with_sentence(mut self, sentence: String) -> Diagnosis {
        self.evidence.sentences.push(sentence);
        self
    }
}

/// Tells the cause of a denial from what AWS says now.
pub fn diagnose(failure: &Failure, facts: &Facts, baseline: &Baseline) -> Diagnosis {
    let case = match Case::new(failure, facts, baseline) {
        Ok(case) => case,
        Err(sentence) => return unexamined(failure, sentence),
    };
    let found = rules::by_facts(&case);
    let (cause, finding) = found.unwrap_or_else(|| (Cause::Undetermined, Verdict::say("no cause applies")));
    let mut diagnosis = Diagnosis::new(cause, finding);
    diagnosis.evidence.unseen = case.unseen();
    diagnosis.policy_digest = case.permission_set.policy_digest();
    diagnosis.second_opinion = (cause == Cause::MappingMissing).then(|| second_opinion::read(&case));
    diagnosis.not_asked = not_asked(&case);
    diagnosis.look_again =
        cause == Cause::EventualConsistency && eventual_consistency::is_after_the_change(&case);
    diagnosis.session_ends = session_ends::session_ends(failure, case.permission_set);
    diagnosis.tags =
        Some(ComparedTags { session: case.carried, is_recorded: case.is_recorded, intended: case.intended });
    diagnosis
}

/// What the message says is true, though nothing can be looked at.
fn unexamined(failure: &Failure, sentence: String) -> Diagnosis {
    let cause = match failure.message.policy_type {
        Some(PolicyType::ServiceControl) => Cause::ServiceControlPolicy,
        Some(PolicyType::ResourceControl) => Cause::ResourceControlPolicy,
        Some(PolicyType::VpcEndpoint) => Cause::VpcEndpointPolicy,
        Some(PolicyType::Boundary) => Cause::PermissionsBoundary,
        Some(PolicyType::Resource) if failure.is_kms() => Cause::KmsKey,
        Some(PolicyType::Resource | PolicyType::Identity | PolicyType::Session | PolicyType::Trust)
        | None => {
            return Diagnosis::new(Cause::Undetermined, Verdict::say(sentence));
        }
    };
    let evidence =
        Evidence::default().say(failure.policy_named()).say(format!("it was not examined: {sentence}"));
    Diagnosis::new(cause, Verdict::of(evidence))
}
