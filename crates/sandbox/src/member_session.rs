//! Sessions of the reader role in member accounts: their access keys name the account.

use axum::http::HeaderMap;

use crate::answer::ServiceError;
use crate::member::MemberAccount;
use crate::world::World;

/// What the access keys of sessions in member accounts begin with; the account follows.
pub(crate) const ACCESS_KEY: &str = "ASIAMEMBER";

/// The access key that signed a request.
pub(crate) fn access_key(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get("authorization")?.to_str().ok()?;
    authorization.split_once("Credential=")?.1.split('/').next()
}

/// The Region that a request was signed for.
pub(crate) fn region(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get("authorization")?.to_str().ok()?;
    authorization.split_once("Credential=")?.1.split('/').nth(2)
}

/// The member account that a request is made in; none where it is made at home.
pub(crate) fn account(headers: &HeaderMap) -> Option<&str> {
    access_key(headers)?.strip_prefix(ACCESS_KEY)
}

/// The Region that Tagmend is deployed in.
const HOME_REGION: &str = "eu-west-1";
/// The account that it is deployed in.
pub(crate) const HOME: &str = "111122223333";

/// Account and Region that a request is made in.
pub(crate) fn place(headers: &HeaderMap) -> (&str, &str) {
    (account(headers).unwrap_or(HOME), region(headers).unwrap_or(HOME_REGION))
}

/// Whether that is where Tagmend is deployed.
pub(crate) fn is_home(place: (&str, &str)) -> bool {
    place == (HOME, HOME_REGION)
}

/// The member account that a request has to be made in.
pub(crate) fn required<'a>(
    world: &'a World,
    account: Option<&str>,
) -> Result<&'a MemberAccount, ServiceError> {
    let found = account.and_then(|account| world.member_accounts.get(account));
    found.ok_or_else(|| ServiceError::new(403, "AccessDenied", "this takes a session in a member account"))
}
