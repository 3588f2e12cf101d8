//! What batches have in common: those of one command, and those of one place of the function.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::{Delivery, DeliveryError, SignIn};

use crate::aws::aws_error::AwsError;
use crate::aws::clock::Clock;
use crate::heal::repeats::Calls;
use crate::journal::Journal;
use crate::journal::index::Index;
use crate::read::observed::kept::Kept;

/// The calls that earlier batches of a dry run told of, what sessions began with, and what was read.
#[derive(Debug, Default)]
pub struct RunMemory {
    pub(crate) calls: Calls,
    pub(crate) sign_ins: Vec<SignIn>,
    pub(crate) facts: WarmFacts,
}

/// What earlier batches read.
#[derive(Debug, Default)]
pub struct WarmFacts {
    pub(crate) kept: Kept,
    pub(crate) index: KeptIndex,
}

/// The index of the journal, once it was read, and when.
#[derive(Debug, Default)]
pub(crate) struct KeptIndex(Mutex<Option<(Timestamp, Option<Index>)>>);

/// How long it is used.
const INDEX_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How many sign-ins are remembered.
const MOST_SIGN_INS: usize = 5_000;

impl RunMemory {
    /// Forgets the oldest sign-ins where there are too many.
    pub(crate) fn make_room(&mut self) {
        let excess = self.sign_ins.len().saturating_sub(MOST_SIGN_INS);
        self.sign_ins.drain(..excess);
    }

    /// Adds sign-ins.
    pub(crate) fn learn(&mut self, sign_ins: Vec<SignIn>) {
        self.facts.kept.learn(&sign_ins);
        self.sign_ins.extend(sign_ins);
    }
}

impl WarmFacts {
    /// Forgets what was read of users whom these records change.
    pub(crate) fn forget_changed_users(&mut self, deliveries: &[Result<Delivery, DeliveryError>]) {
        let related = deliveries.iter().flatten().filter_map(|delivery| delivery.related.as_deref());
        for user in related.filter_map(Related::changed_user) {
            self.kept.forget_user(user);
        }
    }

    /// Forgets the mappings: somebody wrote them.
    pub fn forget_mappings(&mut self) {
        self.kept.forget_mappings();
    }

    /// Forgets a permission set: somebody wrote it.
    pub fn forget_permission_set(&mut self, arn: &str) {
        self.kept.forget_permission_set(arn);
    }
}

impl KeptIndex {
    /// The index; read once in a while.
    pub(crate) async fn read(&self, journal: &Journal, clock: Clock) -> Result<Option<Index>, AwsError> {
        let now = clock.now();
        if let Some((at, index)) = &*self.kept()
            && now.duration_since(*at) <= INDEX_LIFE
        {
            return Ok(index.clone());
        }
        let index = Index::read(journal).await?;
        *self.kept() = Some((now, index.clone()));
        Ok(index)
    }

    fn kept(&self) -> MutexGuard<'_, Option<(Timestamp, Option<Index>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
