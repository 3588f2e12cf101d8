//! What batches of one command have in common.

use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::{Delivery, DeliveryError, SignIn};

use crate::aws::aws_error::AwsError;
use crate::heal::repeats::Calls;
use crate::journal::Journal;
use crate::journal::index::Index;
use crate::read::observed::kept::Kept;

/// The calls that earlier batches told of, what sessions began with, and in a dry run what was read.
#[derive(Debug, Default)]
pub struct RunMemory {
    pub(crate) calls: Calls,
    pub(crate) sign_ins: Vec<SignIn>,
    pub(crate) kept: Kept,
    pub(crate) index: KeptIndex,
}

/// The index of the journal, once it was read.
#[derive(Debug, Default)]
pub(crate) struct KeptIndex(Option<Option<Index>>);

/// How many sign-ins are remembered.
const MOST_SIGN_INS: usize = 5_000;

impl RunMemory {
    /// Forgets the oldest sign-ins where there are too many.
    pub(crate) fn make_room(&mut self) {
        let excess = self.sign_ins.len().saturating_sub(MOST_SIGN_INS);
        self.sign_ins.drain(..excess);
    }

    /// Forgets what was read of users whom these records change.
    pub(crate) fn forget_changed_users(&mut self, deliveries: &[Result<Delivery, DeliveryError>]) {
        let related = deliveries.iter().flatten().filter_map(|delivery| delivery.related.as_deref());
        for user in related.filter_map(Related::changed_user) {
            self.kept.forget_user(user);
        }
    }

    /// Adds sign-ins.
    pub(crate) fn learn(&mut self, sign_ins: Vec<SignIn>) {
        self.kept.learn(&sign_ins);
        self.sign_ins.extend(sign_ins);
    }
}

impl KeptIndex {
    /// The index; read once.
    pub(crate) async fn read(&mut self, journal: &Journal) -> Result<Option<Index>, AwsError> {
        if let Some(index) = &self.0 {
            return Ok(index.clone());
        }
        let index = Index::read(journal).await?;
        self.0 = Some(index.clone());
        Ok(index)
    }
}
