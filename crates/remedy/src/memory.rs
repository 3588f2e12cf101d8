//! What batches of one command have in common.

use tagmend_diagnosis::sign_in::SignIn;

use crate::calls::Calls;

/// The calls that earlier batches told of, and what sessions began with.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) calls: Calls,
    pub(crate) sign_ins: Vec<SignIn>,
}

/// How many sign-ins are remembered.
const MOST_SIGN_INS: usize = 5_000;

impl Memory {
    /// Forgets the oldest sign-ins where there are too many.
    pub(crate) fn make_room(&mut self) {
        let excess = self.sign_ins.len().saturating_sub(MOST_SIGN_INS);
        self.sign_ins.drain(..excess);
    }

    /// Adds sign-ins.
    pub(crate) fn learn(&mut self, sign_ins: Vec<SignIn>) {
        self.sign_ins.extend(sign_ins);
    }
}
