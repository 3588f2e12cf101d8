//! Whether two records are read alike, but for the names in them.

use serde_json::Value as Json;

use super::Redactor;
use super::name_of_resource;
use crate::cloudtrail::delivery::deliveries;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::Residue;
use crate::cloudtrail::principal::Principal;
use crate::cloudtrail::sign_in::SignIn;
use crate::related::Related;

/// Everything that is read from a record of it alone, names as they become.
pub(super) fn is_read_alike(document: &Json, redacted: &Json, redactor: &mut Redactor) -> bool {
    let before = deliveries(document);
    let after = deliveries(redacted);
    before.len() == after.len()
        && before.into_iter().zip(after).all(|(before, after)| match (before, after) {
            (Ok(before), Ok(after)) => {
                let related = (before.related.clone(), after.related.clone());
                let sign_ins = (SignIn::read(&before).is_some(), SignIn::read(&after).is_some());
                sign_ins.0 == sign_ins.1
                    && are_related_alike(related.0.as_deref(), related.1.as_deref())
                    && match (Failure::read(before), Failure::read(after)) {
                        (Some(before), Some(after)) => are_alike(&before, &after, redactor),
                        (before, after) => before.is_none() && after.is_none(),
                    }
            }
            (before, after) => before.is_err() && after.is_err(),
        })
}

fn are_related_alike(before: Option<&Related>, after: Option<&Related>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => {
            (
                before.cause,
                before.advice,
                before.evidence.len(),
                before.user_id.is_some(),
                before.actor.is_some(),
            ) == (
                after.cause,
                after.advice,
                after.evidence.len(),
                after.user_id.is_some(),
                after.actor.is_some(),
            )
        }
        (before, after) => before.is_none() && after.is_none(),
    }
}

fn are_alike(before: &Failure, after: &Failure, redactor: &mut Redactor) -> bool {
    let principal = |failure: &Failure| match &failure.principal {
        Principal::PermissionSet(session) => (1, session.user_id.is_some(), session.created),
        Principal::AccountAccess(session) => (2, session.user_id.is_some(), session.created),
        Principal::Other { role_arn } => (3, role_arn.is_some(), None),
    };
    let words = |failure: &Failure| {
        let residue = failure.message.residue.as_ref();
        residue.map(|residue| (residue.is_cut(), Residue::logged(residue).to_owned()))
    };
    let resource = before.resource.as_deref().map(|resource| {
        let name = name_of_resource(resource);
        resource.replacen(name, &redactor.name(name), 1)
    });
    let mut renamed = |text: &Option<String>| text.as_deref().map(|text| redactor.name(text));
    resource == after.resource
        && renamed(&before.message.principal) == after.message.principal
        && renamed(&before.message.policy_arn) == after.message.policy_arn
        && renamed(&before.account) == after.account
        && renamed(&before.recipient_account) == after.recipient_account
        && principal(before) == principal(after)
        && (before.class, before.not_enabled, &before.action, before.message_contradicts)
            == (after.class, after.not_enabled, &after.action, after.message_contradicts)
        && (before.message.policy_type, before.message.deny, &before.message.action, before.message.remark)
            == (after.message.policy_type, after.message.deny, &after.message.action, after.message.remark)
        && before.message.encoded.is_some() == after.message.encoded.is_some()
        && words(before) == words(after)
        && (before.source_ip.is_some(), &before.invoked_by, before.time)
            == (after.source_ip.is_some(), &after.invoked_by, after.time)
}
