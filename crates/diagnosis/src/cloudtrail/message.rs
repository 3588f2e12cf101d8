//! The text of a denial. It is read whole: every part of it is of a known form, or it is [`Residue`], and a text with
//! residue is never acted on. Callers influence it (session names, resource names), so each answer is anchored.
//!
//! Source of the forms: `troubleshoot_access-denied` in the IAM user guide, and public records.

mod call;
mod clause;
mod residue;
mod sentence;
mod tail;
mod target;

use regex::Regex;

use clause::Clause;
pub use residue::Residue;
use sentence::Meaning;
use target::Target;

/// The type of policy that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyType {
    /// The permission set's own policies.
    Identity,
    /// A policy on the resource.
    Resource,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// The policy of a VPC endpoint.
    VpcEndpoint,
    /// A role's trust policy.
    Trust,
}

/// Whether a statement denied, or none allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deny {
    /// A statement denied.
    Explicit,
    /// Nothing allowed.
    Implicit,
}

/// An encoded authorization message of EC2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Encoded {
    /// It can be decoded.
    Whole(String),
    /// CloudTrail cut it at 1 KB; it cannot be decoded.
    Cut,
}

/// What some messages say instead of a policy type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remark {
    /// KMS: the key is elsewhere, or its policy says no.
    KeyNotFound,
    /// The service had allowed its own call, and its key refused.
    KeyRefused,
    /// S3 Block Public Access.
    BlockPublicAccess,
    /// S3 takes no uploads with keys that the customer provides.
    CustomerProvidedKeys,
    /// S3 keeps the object from being deleted or changed.
    ObjectLock,
    /// The URL or the signature was no longer valid.
    RequestExpired,
    /// The policy of a VPC endpoint, said by the whole sentence.
    EndpointPolicy,
    /// The service, Region or feature is not turned on, or another account has to call.
    NotEnabled,
}

/// What a message says. A part is `None` where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Message {
    /// The ARN behind `User:`.
    pub principal: Option<String>,
    /// The action, as printed.
    pub action: Option<String>,
    /// The resource, without quotes; none for `on this resource`.
    pub resource: Option<String>,
    /// The policy type that is named.
    pub policy_type: Option<PolicyType>,
    /// Explicit or implicit.
    pub deny: Option<Deny>,
    /// The policy that is named (messages of 2026).
    pub policy_arn: Option<String>,
    /// An encoded blob behind the text.
    pub encoded: Option<Encoded>,
    /// The id for `GetRequestAuthorizationDetails`.
    pub authorization_id: Option<String>,
    /// What else it says.
    pub remark: Option<Remark>,
    /// The actions that were refused behind the call, which the service itself had allowed.
    pub refused_behind: Vec<String>,
    /// What of it is of no known form.
    pub residue: Option<Residue>,
}

#[allow(clippy::unwrap_used, reason = "the expressions are constants, and a test compiles them")]
fn regex(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// About what CloudTrail leaves of a message.
const LONGEST: usize = 1_000;

impl Message {
    /// Reads a message. `is_parameter` says whether the request names this very thing: a resource with white space in it
    /// is believed only then.
    pub fn parse(text: &str, is_parameter: impl Fn(&str) -> bool) -> Message {
        let mut message = Message::default();
        let trimmed = tail::take(text, &mut message);
        let is_long = text.len() >= LONGEST && !trimmed.had_tail;
        let is_cut = trimmed.is_cut || (is_long && clause::at_end(trimmed.text).is_none());
        let Some(call) = call::read(trimmed.text) else {
            message.read_sentence(trimmed.text, is_cut);
            return message;
        };
        message.principal = call.principal.map(str::to_owned);
        message.action = Some(call.action.to_owned());
        let rest = call.rest;
        // CloudTrail cuts at 1 KB. What stands at the end then is neither a whole resource nor a whole clause.
        if is_cut {
            message.residue = Some(Residue::new(rest, true));
            return message;
        }
        let target = match clause::at_end(rest) {
            Some((before, clause)) => {
                message.take_clause(clause, rest.get(before.len()..).unwrap_or_default());
                before
            }
            None => rest,
        };
        let has_end = message.deny.is_some() || message.remark.is_some();
        match target::read(target) {
            Target::Unnamed => {}
            // Behind a resource that nothing ends, a tail may be a part of it.
            Target::Named(resource) if has_end || !trimmed.had_tail || message.encoded.is_some() => {
                message.resource = Some(resource.to_owned());
            }
            Target::Named(_) => {}
            Target::Doubtful(resource) if has_end && is_parameter(resource) => {
                message.resource = Some(resource.to_owned());
            }
            Target::Doubtful(text) | Target::Unknown(text) => {
                message.residue = Some(Residue::new(text, false))
            }
        }
        message
    }

    fn read_sentence(&mut self, text: &str, is_cut: bool) {
        match sentence::read(text).filter(|_| !is_cut) {
            Some(Meaning::Nothing) => {}
            Some(Meaning::Action(action)) => self.action = Some(action),
            Some(Meaning::Remark(remark)) => {
                self.policy_type = (remark == Remark::EndpointPolicy).then_some(PolicyType::VpcEndpoint);
                self.remark = Some(remark);
            }
            Some(Meaning::Behind { remark, actions }) => {
                self.remark = Some(remark);
                self.refused_behind = actions;
            }
            None if text.is_empty() => {}
            None => self.residue = Some(Residue::new(text, is_cut)),
        }
    }

    /// A clause that says what cannot be is not understood: text behind it may be the caller's.
    fn take_clause(&mut self, mut clause: Clause, text: &str) {
        let action = self.action.as_deref().unwrap_or_default();
        let is_of_another_action =
            clause.action.as_deref().is_some_and(|named| !named.eq_ignore_ascii_case(action));
        let is_of_sts = action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"));
        let is_impossible = clause.policy_type == Some(PolicyType::Trust) && !is_of_sts;
        let of_another_type = clause.policy_arn.take_if(|arn| !may_be_named(clause.policy_type, arn));
        if is_of_another_action || is_impossible || of_another_type.is_some() {
            self.residue = Some(Residue::new(text, false));
        }
        if is_impossible {
            return;
        }
        self.deny = clause.deny;
        self.policy_type = clause.policy_type;
        self.policy_arn = clause.policy_arn;
        self.remark = clause.remark;
    }
}

/// Whether a policy of this type can have this ARN.
fn may_be_named(policy_type: Option<PolicyType>, arn: &str) -> bool {
    match policy_type {
        Some(PolicyType::ServiceControl) => arn.contains("/service_control_policy/p-"),
        Some(PolicyType::ResourceControl) => arn.contains("/resource_control_policy/p-"),
        Some(PolicyType::Identity | PolicyType::Boundary | PolicyType::Session) => arn.contains(":iam::"),
        Some(PolicyType::Resource | PolicyType::VpcEndpoint | PolicyType::Trust) | None => true,
    }
}

#[cfg(test)]
mod tests;
