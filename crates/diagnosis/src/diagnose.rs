//! The proof: policies evaluated with the tags that the session carries and with those that were approved.

use jiff::Timestamp;

use crate::approved::baseline::Baseline;
use crate::approved::digest::PolicyDigest;
use crate::authorization::{Authorization, comparison};
use crate::case::Case;
use crate::case::evidence::Evidence;
use crate::case::tags::Tags;
use crate::cause::{Bucket, Cause, eventual_consistency};
use crate::cloudtrail::failure::Failure;
use crate::last_changes::{LastChange, last_changes};
use crate::live::answer::Shortage;
use crate::live::facts::Facts;
use crate::next_lookups::not_asked;
use crate::rules::{self, Found, Rule, Tried};
use crate::second_opinion::{self, SecondOpinion};
use crate::session_ends;

/// Why a call failed, and what shows it.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// How an engineer on call sorts it.
    pub bucket: Bucket,
    /// The cause.
    pub cause: Cause,
    /// The rule that applied.
    pub rule: &'static Rule,
    /// The rules that were tried before, in their order.
    pub tried: Vec<Tried>,
    /// The session tag keys it depends on.
    pub keys: Vec<String>,
    /// What shows it.
    pub evidence: Evidence,
    /// The tags, where they were compared.
    pub tags: Option<ComparedTags>,
    /// The digest of the permission set's live policies, where they were read.
    pub policy_digest: Option<PolicyDigest>,
    /// What AWS's simulator says, where a mapping would be restored.
    pub second_opinion: Option<SecondOpinion>,
    /// What AWS's authorization details say, where the call has an id and somebody is to ask.
    pub authorization: Option<Authorization>,
    /// Why not everything was asked for that could matter, where it was not: then it is no diagnosis for good.
    pub not_asked: Option<Shortage>,
    /// Whether the record deserves a second look later, as a change may not have been in effect everywhere.
    pub look_again: bool,
    /// When the session ends at the latest; none where the caller is no session of Identity Center.
    pub session_ends: Option<Timestamp>,
    /// When what the call rests on was last changed, as far as anybody here knows; the newest first.
    pub last_changes: Vec<LastChange>,
    /// The ARN of the session's permission set, where it was found.
    pub permission_set_arn: Option<String>,
    /// The resource that EC2's encoded message names, where the record does not.
    pub decoded_resource: Option<String>,
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
    pub(crate) fn new(found: Found) -> Diagnosis {
        let Found { rule, verdict, tried } = found;
        Diagnosis {
            bucket: rule.cause.about().bucket,
            cause: rule.cause,
            rule,
            tried,
            keys: verdict.keys.into_iter().collect(),
            evidence: verdict.evidence,
            tags: None,
            policy_digest: None,
            second_opinion: None,
            authorization: None,
            not_asked: None,
            look_again: false,
            session_ends: None,
            last_changes: Vec::new(),
            permission_set_arn: None,
            decoded_resource: None,
        }
    }

    /// The same, after rules that were tried earlier.
    fn after(mut self, earlier: Option<Vec<Tried>>) -> Diagnosis {
        self.tried.splice(0..0, earlier.into_iter().flatten());
        self
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
        Err(reason) => {
            let found = rules::without_case(failure, &reason);
            return Diagnosis::new(found).after(rules::by_record(failure, baseline).err());
        }
    };
    let mut diagnosis =
        Diagnosis::new(rules::by_facts(&case)).after(rules::by_record(failure, baseline).err());
    let cause = diagnosis.cause;
    diagnosis.evidence.unseen = case.unseen();
    diagnosis.policy_digest = case.permission_set.policy_digest();
    diagnosis.second_opinion = (cause == Cause::MappingMissing).then(|| second_opinion::read(&case));
    diagnosis.authorization = comparison::read(&case);
    diagnosis.evidence.sentences.extend(diagnosis.authorization.as_ref().map(Authorization::sentence));
    diagnosis.not_asked = not_asked(&case);
    diagnosis.look_again =
        cause == Cause::EventualConsistency && eventual_consistency::is_after_the_change(&case);
    diagnosis.session_ends = session_ends::session_ends(failure, case.permission_set);
    diagnosis.last_changes = last_changes(&case);
    diagnosis.permission_set_arn = Some(case.permission_set.arn.clone());
    diagnosis.decoded_resource = case.decoded().map(|decoded| decoded.resource.clone());
    diagnosis.evidence.sentences.extend(case.mapped_in_another_case());
    diagnosis.tags =
        Some(ComparedTags { session: case.carried, is_recorded: case.is_recorded, intended: case.intended });
    diagnosis
}
