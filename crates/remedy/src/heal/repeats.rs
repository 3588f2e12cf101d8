//! Which records of a batch tell of the same call.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tagmend_diagnosis::Failure;

/// The calls that a batch's records tell of, by id and account, with the first record of each. A dry run over a year has
/// millions, so each takes little room.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    first: HashMap<(Id, Option<usize>), Id>,
    /// Each account once, by the number that stands for it.
    accounts: HashMap<String, usize>,
}

impl Calls {
    /// The first record of the same call, where this is another one. The owner of a resource gets a record of its own,
    /// which is no repetition of the caller's.
    pub(crate) fn first(&mut self, failure: &Failure) -> Option<String> {
        if failure.recipient_account != failure.account {
            return None;
        }
        let account = failure.account.as_deref().map(|account| self.number(account));
        match self.first.entry((Id::of(&failure.call_id), account)) {
            Entry::Occupied(first) => Some(first.get().text()),
            Entry::Vacant(place) => {
                place.insert(Id::of(&failure.event_id));
                None
            }
        }
    }

    fn number(&mut self, account: &str) -> usize {
        let next = self.accounts.len();
        match self.accounts.get(account) {
            Some(number) => *number,
            None => *self.accounts.entry(account.to_owned()).or_insert(next),
        }
    }
}

/// An id; as a number where it is written as CloudTrail writes a UUID.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Id {
    Uuid([u8; 16]),
    Other(Box<str>),
}

impl Id {
    fn of(text: &str) -> Id {
        let digits: String = text.split('-').collect();
        let number = u128::from_str_radix(&digits, 16).ok().map(|number| Id::Uuid(number.to_be_bytes()));
        // What is written in any other way stays as it is.
        number.filter(|id| id.text() == text).unwrap_or_else(|| Id::Other(text.into()))
    }

    fn text(&self) -> String {
        match self {
            Id::Uuid(bytes) => {
                let digits = format!("{:032x}", u128::from_be_bytes(*bytes));
                let parts =
                    [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part).unwrap_or_default());
                parts.join("-")
            }
            Id::Other(text) => text.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back_as_it_was_written() {
        let uuid = "0a1b2c3d-0000-4000-8000-00000000000f";
        assert!(matches!(Id::of(uuid), Id::Uuid(_)));
        for other in [
            "",
            "-",
            "e-1",
            "0A1B2C3D-0000-4000-8000-00000000000F",
            "0a1b2c3d00004000800000000000000f",
            "0a1b2c3d-0000-4000-8000-00000000000",
            "+a1b2c3d-0000-4000-8000-00000000000f",
            "0a1b2c3d-0000-4000-8000-00000000000f0",
            "0a1b2c3-d0000-4000-8000-00000000000f",
        ] {
            assert!(matches!(Id::of(other), Id::Other(_)), "{other}");
            assert_eq!(Id::of(other).text(), other);
        }
        assert_eq!(Id::of(uuid).text(), uuid);
        assert!(size_of::<((Id, Option<usize>), Id)>() <= 64);
    }
}
