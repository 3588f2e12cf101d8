//! What batches of one run have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use tagmend_diagnosis::facts::Facts;
use tagmend_diagnosis::sign_in::SignIn;
use tagmend_diagnosis::triage::Question;
use tagmend_diagnosis::want::{Known, Want};

use crate::aws_error::AwsError;
use crate::calls::Calls;

/// What AWS answered to the questions of failures.
pub(crate) type Answers = BTreeMap<Question, Result<Facts, AwsError>>;

/// What was read for earlier batches of one run, and the calls that they told of.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) calls: Calls,
    pub(crate) sign_ins: Vec<SignIn>,
    pub(crate) facts: Answers,
    pub(crate) known: Arc<BTreeMap<Want, Known>>,
}

/// How many people with their permission sets are remembered.
const MOST_QUESTIONS: usize = 2_000;
/// How many other things; a batch reads twice as many.
const MOST_KNOWN: usize = 100;
/// How many sign-ins.
const MOST_SIGN_INS: usize = 5_000;

impl Memory {
    /// Forgets what there is too much of. What is needed again is read again.
    pub(crate) fn make_room(&mut self) {
        if self.facts.len() > MOST_QUESTIONS {
            self.facts.clear();
        }
        if self.known.len() > MOST_KNOWN {
            self.known = Arc::default();
        }
        let excess = self.sign_ins.len().saturating_sub(MOST_SIGN_INS);
        self.sign_ins.drain(..excess);
    }

    /// Adds sign-ins. What was not found before may be among them.
    pub(crate) fn learn(&mut self, sign_ins: Vec<SignIn>) {
        if sign_ins.is_empty() {
            return;
        }
        self.sign_ins.extend(sign_ins);
        let is_missed =
            |want: &Want, known: &Known| matches!((want, known), (Want::SignIn { .. }, Known::Unseen(_)));
        Arc::make_mut(&mut self.known).retain(|want, known| !is_missed(want, known));
    }
}
