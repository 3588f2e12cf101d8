//! What AWS keeps of one denied call, under the authorization id that its message names.
//! Source: `API_GetRequestAuthorizationDetails` in the IAM Toolbox API reference (preview).

use std::collections::BTreeMap;
use std::fmt;

use crate::cloudtrail::message::PolicyType;

/// How AWS decided one action on one resource of a call.
#[derive(Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// `service:Action`.
    pub action: String,
    /// What it is about; empty for actions of no resource.
    pub resource: String,
    /// The condition keys of the request, with their values.
    pub context: BTreeMap<String, Vec<String>>,
    /// What came of it.
    pub effect: EvaluatedEffect,
    /// The statements that matched. An implicit denial has none.
    pub statements: Vec<MatchedStatement>,
}

/// What came of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvaluatedEffect {
    /// `ALLOW`.
    Allowed,
    /// `EXPLICIT_DENY`.
    ExplicitDeny,
    /// `IMPLICIT_DENY`.
    ImplicitDeny,
}

/// A statement that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedStatement {
    /// The type of its policy; none where AWS names one that is not known here.
    pub policy_type: Option<PolicyType>,
    /// The ARN of its policy; none for an inline one.
    pub policy_arn: Option<String>,
    /// Its `Sid`, or one that AWS made up for a statement without.
    pub sid: Option<String>,
    /// Whether it denies.
    pub denies: bool,
}

/// Values are nobody's business.
impl fmt::Debug for Evaluated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Evaluated")
            .field("action", &self.action)
            .field("effect", &self.effect)
            .field("keys", &self.context.keys().collect::<Vec<_>>())
            .field("statements", &self.statements)
            .finish_non_exhaustive()
    }
}
