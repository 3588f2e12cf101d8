//! Tells users apart in the journal without naming them.

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tagmend_diagnosis::failure::Failure;

/// Users that one fix names; a storm has thousands.
const USERS: usize = 20;

/// Adds the user of a failure to `users` of a diagnosis in the journal, as a hash.
pub(crate) fn add(diagnosis: &mut Json, failure: &Failure) {
    let (Some(user), Some(fields)) = (hash(failure), diagnosis.as_object_mut()) else {
        return;
    };
    let users = fields.entry("users").or_insert_with(|| json!([]));
    if let Some(users) = users.as_array_mut()
        && users.len() < USERS
        && !users.contains(&user)
    {
        users.push(user);
    }
}

fn hash(failure: &Failure) -> Option<Json> {
    let session = failure.principal.session()?;
    let user = session.user_id.as_ref().unwrap_or(&session.session_name);
    let digits: String = Sha256::digest(user).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Some(json!(digits))
}
