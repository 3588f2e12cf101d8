//! What may be done about a diagnosis.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::approved::attribute_source::AttributeSource;
use crate::approved::baseline::{ApprovedPermissionSet, Baseline, MAXIMUM_MAPPINGS, Owner, TagRule};
use crate::approved::digest::PolicyDigest;
use crate::authorization::Authorization;
use crate::cause::Cause;
use crate::cloudtrail::failure::Failure;
use crate::diagnose::Diagnosis;
use crate::live::answer::Shortage;
use crate::live::facts::{AccessControl, Facts, FoundPermissionSet};
use crate::second_opinion::SecondOpinion;

/// A change. There is no third. Every value in it comes from the baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Append a mapping whose key is absent from the instance.
    RestoreMapping {
        /// The session tag's key.
        key: String,
        /// The approved expression.
        source: AttributeSource,
    },
    /// Provision a permission set to the one affected account.
    Reprovision {
        /// Its name.
        name: String,
        /// Its ARN.
        permission_set: String,
        /// The account, which is in scope.
        account: String,
        /// The digest that its live policies have to have.
        policy_digest: PolicyDigest,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::RestoreMapping { key, source } => {
                write!(formatter, "restore the mapping {key} = {source}")
            }
            Change::Reprovision { name, permission_set: _, account, policy_digest: _ } => {
                write!(formatter, "provision {name} to account {account}")
            }
        }
    }
}

/// What is to be done. What carries it out says more of each change, and puts its own type for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan<C = Change> {
    /// These changes; never empty.
    Changes(Vec<C>),
    /// Nothing, for this reason.
    Nothing(Reason),
}

impl<C> Plan<C> {
    /// The same plan with something else for each change.
    pub fn map<D>(self, each: impl FnMut(C) -> D) -> Plan<D> {
        match self {
            Plan::Changes(changes) => Plan::Changes(changes.into_iter().map(each).collect()),
            Plan::Nothing(reason) => Plan::Nothing(reason),
        }
    }
}

/// Why nothing is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The cause is not one that Tagmend may heal.
    NotHealed(Cause),
    /// The permission set is not in the baseline, or is another one of the same name.
    PermissionSetNotApproved,
    /// The baseline does not let a denial under this permission set make such a change.
    NotAllowedByBaseline,
    /// The permission set lacks the tag that the baseline asks for.
    NotTagged,
    /// The policies are not the approved ones.
    PoliciesNotApproved {
        /// The digest of the live policies.
        live: Option<PolicyDigest>,
    },
    /// The event is too old, or from the future.
    EventTooOld,
    /// The instance holds as many mappings as it takes.
    NoRoomForMapping,
    /// AWS's policy simulator answers otherwise than we do.
    SecondOpinionDisagrees,
    /// What AWS kept of the call says otherwise than we do.
    AuthorizationDisagrees,
    /// Not everything was asked for that can stop a fix, or show that one is due.
    NotAsked(Shortage),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotHealed(cause) => formatter.write_str(cause.advice()),
            Reason::PermissionSetNotApproved => {
                formatter.write_str("the permission set is not in the baseline")
            }
            Reason::NotAllowedByBaseline => {
                formatter.write_str("the baseline does not allow this change for the permission set")
            }
            Reason::NotTagged => {
                formatter.write_str("the permission set lacks the tag that the baseline asks for")
            }
            Reason::PoliciesNotApproved { live: Some(digest) } => {
                write!(
                    formatter,
                    "the permission set's policies are not the approved ones: their digest is {digest}"
                )
            }
            Reason::PoliciesNotApproved { live: None } => formatter
                .write_str("the permission set's policies have no digest: the inline policy is not JSON"),
            Reason::EventTooOld => formatter.write_str("the event is too old"),
            Reason::SecondOpinionDisagrees => formatter.write_str("AWS's policy simulator answers otherwise"),
            Reason::AuthorizationDisagrees => {
                formatter.write_str("AWS's authorization details of the call say otherwise")
            }
            Reason::NotAsked(shortage) => {
                write!(
                    formatter,
                    "something that matters is not known yet: {shortage}; the record comes again"
                )
            }
            Reason::NoRoomForMapping => {
                write!(formatter, "the instance holds {MAXIMUM_MAPPINGS} mappings already")
            }
        }
    }
}

/// Says what may be done about a diagnosis. `now` is when it is asked.
pub fn plan(
    failure: &Failure,
    diagnosis: &Diagnosis,
    facts: &Facts,
    baseline: &Baseline,
    now: Timestamp,
) -> Plan {
    match changes(failure, diagnosis, facts, baseline, now) {
        Ok(changes) => Plan::Changes(changes),
        Err(reason) => Plan::Nothing(reason),
    }
}

fn changes(
    failure: &Failure,
    diagnosis: &Diagnosis,
    facts: &Facts,
    baseline: &Baseline,
    now: Timestamp,
) -> Result<Vec<Change>, Reason> {
    if let Some(shortage) = diagnosis.not_asked {
        return Err(Reason::NotAsked(shortage));
    }
    // AWS keeps them a while after the call; the record comes again for them once.
    if failure.comes_again && diagnosis.authorization == Some(Authorization::NotThere) {
        return Err(Reason::NotAsked(Shortage::Later));
    }
    if !matches!(diagnosis.cause, Cause::MappingMissing | Cause::NotProvisioned) {
        return Err(Reason::NotHealed(diagnosis.cause));
    }
    let FoundPermissionSet::Found(live) = &facts.permission_set else {
        return Err(Reason::PermissionSetNotApproved);
    };
    let approved = baseline.permission_set(&live.name).ok_or(Reason::PermissionSetNotApproved)?;
    if approved.arn != live.arn {
        return Err(Reason::PermissionSetNotApproved);
    }
    // A tag that nobody read is none.
    let has_tag =
        |rule: &TagRule| live.tags.as_ref().and_then(|tags| tags.get(&rule.key)) == Some(&rule.value);
    if baseline.only_tagged().is_some_and(|rule| !has_tag(rule)) {
        return Err(Reason::NotTagged);
    }
    let age = now.duration_since(failure.time);
    if age > baseline.limits.maximum_event_age || age < -CLOCK_SKEW {
        return Err(Reason::EventTooOld);
    }
    if matches!(diagnosis.second_opinion, Some(SecondOpinion::Disagrees { .. })) {
        return Err(Reason::SecondOpinionDisagrees);
    }
    if matches!(diagnosis.authorization, Some(Authorization::Disagrees(_))) {
        return Err(Reason::AuthorizationDisagrees);
    }
    if diagnosis.cause == Cause::MappingMissing {
        restore_mappings(diagnosis, facts, baseline, approved)
    } else {
        let digest = approved.may_provision.as_ref().ok_or(Reason::NotAllowedByBaseline)?;
        if !live.has_policies(digest) {
            return Err(Reason::PoliciesNotApproved { live: diagnosis.policy_digest.clone() });
        }
        let account = failure.role_account().ok_or(Reason::PermissionSetNotApproved)?.to_owned();
        Ok(vec![Change::Reprovision {
            name: live.name.clone(),
            permission_set: approved.arn.clone(),
            account,
            policy_digest: digest.clone(),
        }])
    }
}

/// How far an event's clock may be ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

fn restore_mappings(
    diagnosis: &Diagnosis,
    facts: &Facts,
    baseline: &Baseline,
    approved: &ApprovedPermissionSet,
) -> Result<Vec<Change>, Reason> {
    if !approved.may_restore_mapping {
        return Err(Reason::NotAllowedByBaseline);
    }
    let AccessControl::Enabled(live) = &facts.access_control else {
        return Err(Reason::NotHealed(Cause::AccessControlOff));
    };
    if live.len() + diagnosis.keys.len() > MAXIMUM_MAPPINGS {
        return Err(Reason::NoRoomForMapping);
    }
    diagnosis
        .keys
        .iter()
        .map(|key| match baseline.mapping(key).map(|approved| (&approved.key, approved.owner)) {
            Some((key, Owner::IdentityStore(source))) => {
                Ok(Change::RestoreMapping { key: key.clone(), source })
            }
            Some((_, Owner::Idp)) => Err(Reason::NotHealed(Cause::KeyOwnedByIdp)),
            None => Err(Reason::NotAllowedByBaseline),
        })
        .collect()
}
