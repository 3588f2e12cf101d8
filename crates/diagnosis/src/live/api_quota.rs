//! Whose quota a throttled call spends.

use std::collections::BTreeMap;

use crate::cloudtrail::error_code::Class;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::principal::Principal;
use crate::live::answer::{Answer, Quota};
use crate::live::lookup::{AccountRegion, QuotasOf};
use crate::words::arn::last_part;

/// Whose quota the action spends, as a sentence.
/// Source: `limits` in the Identity Center user guide.
pub(crate) fn whose(action: &str) -> &'static str {
    match service(action).as_str() {
        "sso" => {
            "all calls to Identity Center of the instance's account share 20 a second, whoever makes them; support can raise it"
        }
        "identitystore" => "each API of an identity store takes 20 calls a second, whoever makes them",
        _ => "the call spends the quota that the service keeps for this API, in this account and Region",
    }
}

fn service(action: &str) -> String {
    action.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// Who spends an API's quota, as far as the failures at hand show.
#[derive(Clone, Debug, Default)]
pub struct Spending {
    /// Throttled calls by quota, then by caller.
    calls: BTreeMap<(Option<String>, String, String), BTreeMap<String, usize>>,
}

impl Spending {
    /// Counts the throttled calls among these.
    pub fn of<'a>(failures: impl IntoIterator<Item = &'a Failure>) -> Spending {
        let mut spending = Spending::default();
        for failure in failures.into_iter().filter(|failure| failure.class == Class::Throttled) {
            let callers = spending.calls.entry(quota(failure)).or_default();
            *callers.entry(caller(failure)).or_default() += 1;
        }
        spending
    }

    /// Who spends the quota of a failure's call, as a sentence; the three that spend most.
    pub fn sentence(&self, failure: &Failure) -> Option<String> {
        let callers = self.calls.get(&quota(failure))?;
        let total: usize = callers.values().sum();
        let mut most: Vec<(&String, &usize)> = callers.iter().collect();
        most.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
        let named: Vec<String> =
            most.iter().take(3).map(|(name, count)| format!("{count} by {name}")).collect();
        let calls = if total == 1 { "call" } else { "calls" };
        Some(format!("of {total} throttled {calls} at hand: {}", named.join(", ")))
    }
}

/// Identity Center's own calls share one quota; others are counted by API.
fn quota(failure: &Failure) -> (Option<String>, String, String) {
    let action = match service(&failure.action).as_str() {
        "sso" => "sso".to_owned(),
        _ => failure.action.to_ascii_lowercase(),
    };
    (failure.account.clone(), failure.region.clone(), action)
}

fn caller(failure: &Failure) -> String {
    match &failure.principal {
        Principal::PermissionSet(session) => format!("permission set {}", session.name),
        Principal::AccountAccess(session) => format!("role {}", session.name),
        Principal::Other { role_arn: Some(arn) } => format!("role {}", last_part(arn)),
        Principal::Other { role_arn: None } => "somebody who is no role".to_owned(),
    }
}

/// The quotas that tell how much the throttled call's service takes.
pub fn lookup(failure: &Failure) -> Option<QuotasOf> {
    let account = failure.account.clone()?;
    let place = AccountRegion { account, region: failure.region.clone() };
    // Service Quotas names some services otherwise than IAM does.
    let service = match service(&failure.action).as_str() {
        "cloudwatch" => "monitoring".to_owned(),
        service => service.to_owned(),
    };
    (failure.class == Class::Throttled).then_some(QuotasOf { place, service })
}

/// What Service Quotas says of a failure's call, as a sentence.
pub fn listed(failure: &Failure, known: &Answer<Vec<Quota>>) -> String {
    let quotas = match known {
        Ok(quotas) => quotas,
        Err(gap) => return format!("Service Quotas: {gap}"),
    };
    let call = failure.action.split(':').nth(1).unwrap_or_default().to_lowercase();
    let names_call = |quota: &&Quota| quota.name.to_lowercase().replace(' ', "").contains(&call);
    let named: Vec<&Quota> = quotas.iter().filter(names_call).collect();
    let shown: Vec<String> = named
        .iter()
        .take(3)
        .map(|quota| {
            let can = if quota.adjustable { "can be raised there" } else { "cannot be raised there" };
            format!("{} ({}) is {}, and {can}", quota.name, quota.code, quota.value)
        })
        .collect();
    if shown.is_empty() {
        "Service Quotas lists no quota of this call".to_owned()
    } else {
        format!("Service Quotas: {}", shown.join("; "))
    }
}
