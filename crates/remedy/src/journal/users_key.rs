//! The key of the installation that users are hashed with: `keys/users.json` of the journal.
//!
//! A hash without a key names a user to whoever has a list of users. The key is made by the first run that needs it.
//! The bucket's policy lets the roles of `heal` and `watch` and the reviewers read it and nobody else, and `heal` alone
//! write it (`JournalPolicy` in `infra/template.yaml`). Nothing depends on it: without it users are not named at all.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use tokio::sync::OnceCell;

use crate::aws::aws_error::AwsError;
use crate::aws::random;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA};

const NAME: &str = "keys/users.json";
/// As many bytes as the hash has.
const LENGTH: usize = 32;

/// The key.
#[derive(Clone)]
pub(crate) struct UsersKey([u8; LENGTH]);

impl fmt::Debug for UsersKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UsersKey")
    }
}

impl UsersKey {
    /// The same digits for the same user, and nobody can tell whose they are without the key.
    pub(crate) fn hash(&self, user: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(user.as_bytes());
        Some(random::hex(mac.finalize().into_bytes().get(..8)?))
    }

    fn read(object: &Json) -> Result<UsersKey, AwsError> {
        let digits = object.get("key").and_then(Json::as_str);
        let is_known = object.get("schema").and_then(Json::as_u64) == Some(SCHEMA.into());
        let key = digits.filter(|_| is_known).and_then(random::from_hex);
        key.map(UsersKey).ok_or_else(|| AwsError::incomplete("s3:GetObject"))
    }
}

/// Looks whether the key can be read, where there is one.
///
/// # Errors
/// Where it cannot: then `heal` names no user.
pub(crate) async fn check(journal: &Journal) -> Result<(), AwsError> {
    match journal.get(NAME).await? {
        None => Ok(()),
        Some((object, _)) => UsersKey::read(&object).map(|_| ()),
    }
}

/// The key; none where there is none yet.
///
/// # Errors
/// Where it cannot be read.
pub(crate) async fn read(journal: &Journal) -> Result<Option<UsersKey>, AwsError> {
    journal.get(NAME).await?.map(|(object, _)| UsersKey::read(&object)).transpose()
}

/// The key, once it was read or made.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownKey(Arc<OnceCell<UsersKey>>);

impl KnownKey {
    /// The key; none where there is none to be had. What failed is asked again by the next run.
    pub(crate) async fn get(&self, journal: &Journal) -> Option<&UsersKey> {
        let key = self.0.get_or_try_init(|| find_or_make(journal)).await;
        key.inspect_err(|error| tracing::warn!(%error, "there is no key for users: none is named")).ok()
    }
}

async fn find_or_make(journal: &Journal) -> Result<UsersKey, AwsError> {
    if let Some((object, _)) = journal.get(NAME).await? {
        return UsersKey::read(&object);
    }
    let Some(bytes) = random::bytes::<LENGTH>() else {
        return Err(AwsError::incomplete("random bytes"));
    };
    let object = json!({"schema": SCHEMA, "key": random::hex(&bytes)});
    if let PutResult::Yes(_) = journal.put(NAME, &object, Precondition::IfAbsent).await? {
        return Ok(UsersKey(bytes));
    }
    // Somebody else made it meanwhile, or an answer of ours was lost.
    match journal.get(NAME).await? {
        Some((object, _)) => UsersKey::read(&object),
        None => Err(AwsError::incomplete("s3:GetObject")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_known_by_the_key_alone() {
        // RFC 4231, test case 2, has a key of 4 bytes; the hash pads it with zeros.
        let mut bytes = [0; LENGTH];
        for (byte, of_the_case) in bytes.iter_mut().zip(b"Jefe") {
            *byte = *of_the_case;
        }
        let hash = UsersKey(bytes).hash("what do ya want for nothing?");
        assert_eq!(hash.as_deref(), Some("5bdcc146bf60754e"));
        assert_ne!(UsersKey([1; LENGTH]).hash("jane"), UsersKey([2; LENGTH]).hash("jane"));
        assert_eq!(format!("{:?}", UsersKey([7; LENGTH])), "UsersKey");
    }

    #[test]
    fn what_is_no_key_is_none() {
        let whole = json!({"schema": 1, "key": "00".repeat(LENGTH)});
        assert!(UsersKey::read(&whole).is_ok());
        for object in [
            Json::Null,
            json!({"schema": 2, "key": "00".repeat(LENGTH)}),
            json!({"schema": 1, "key": "00"}),
            json!({"schema": 1, "key": "xx".repeat(LENGTH)}),
            json!({"schema": 1}),
        ] {
            assert!(UsersKey::read(&object).is_err(), "{object}");
        }
    }
}
