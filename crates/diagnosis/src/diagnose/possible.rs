//! Allowed, or possible, with the tags that are sent now: then why was it denied?

use std::collections::BTreeSet;

use iam_policy::{Open, Truth};

use super::{Case, Diagnosis, is_resource_tag, list};
use crate::baseline::Owner;
use crate::cause::Cause;
use crate::evidence::Evidence;
use crate::facts::PastChange;
use crate::tags::Tag;

impl Case<'_> {
    pub(super) fn allowed_with_tags_sent(&self) -> Diagnosis {
        if let Some(diagnosis) = self.older_than_fix().or_else(|| self.older_than_user()) {
            return diagnosis;
        }
        let evidence = Evidence::default()
            .say("the policies that can be read allow it with the tags sent now; something else denied it");
        self.settle(Cause::Undetermined, evidence)
    }

    pub(super) fn open_with_tags_sent(&self, open: &BTreeSet<Open>) -> Diagnosis {
        if let Some(diagnosis) = self.older_than_fix() {
            return diagnosis;
        }
        let owned_by_idp: BTreeSet<String> = self
            .baseline
            .mappings()
            .filter(|approved| approved.owner == Owner::Idp && open.contains(&principal_tag(&approved.key)))
            .map(|approved| approved.key.clone())
            .collect();
        if !owned_by_idp.is_empty() {
            let text =
                format!("it turns on {}, which the IdP sends and nobody here can read", list(&owned_by_idp));
            let evidence = Evidence::default().say(text).depending_on(open);
            return self.settle_keys(Cause::KeyOwnedByIdp, owned_by_idp, evidence);
        }
        if let Some(diagnosis) = self.other_source(open) {
            return diagnosis;
        }
        if open.iter().all(is_resource_tag) {
            let evidence = Evidence::default()
                .say("the tags are sent as approved; it turns on the tags of the resource, which nobody here can read")
                .depending_on(open);
            return self.settle(Cause::ResourceTag, evidence);
        }
        let evidence = Evidence::default().say("it turns on what nobody here could read").depending_on(open);
        self.settle(Cause::Undetermined, evidence)
    }

    /// A tag that matters is sent from another source than the approved one, with another value.
    fn other_source(&self, open: &BTreeSet<Open>) -> Option<Diagnosis> {
        let other: BTreeSet<String> = self
            .intended
            .iter()
            .filter(|(key, tag)| {
                self.sent.get(key) != Some(tag) && self.sent.get(key) != Some(&Tag::Unmapped)
            })
            .filter(|(key, _)| self.evaluate(&self.sent.with_one(key, Tag::Unmapped)).allowed == Truth::False)
            .map(|(key, _)| key.to_owned())
            .collect();
        (!other.is_empty()).then(|| {
            let evidence = Evidence::default()
                .say(format!(
                    "{} is mapped, with another source than the approved one, and the call needs it",
                    list(&other)
                ))
                .say("whether the approved value would be allowed turns on what nobody here could read")
                .depending_on(open);
            self.settle_keys(Cause::MappingSourceDiffers, other, evidence)
        })
    }

    /// The session began before a mapping was restored without which the call is denied.
    fn older_than_fix(&self) -> Option<Diagnosis> {
        let created = self.session.created?;
        let keys: BTreeSet<String> = self
            .facts
            .past_fixes
            .iter()
            .filter(|fix| created < fix.time)
            .filter_map(|fix| match &fix.change {
                PastChange::RestoredMapping { key } => Some(key.clone()),
                PastChange::Reprovisioned { .. } => None,
            })
            .filter(|key| self.evaluate(&self.sent.with_one(key, Tag::Unmapped)).allowed == Truth::False)
            .collect();
        (!keys.is_empty()).then(|| {
            let text =
                format!("the session began before {} was restored, and is denied without it", list(&keys));
            self.settle_keys(Cause::StaleSession, keys, Evidence::default().say(text))
        })
    }

    /// The session began before the user was changed, and its tags decide.
    fn older_than_user(&self) -> Option<Diagnosis> {
        if !self.policies.unseen.is_empty() {
            return None;
        }
        let (created, updated) = (self.session.created?, self.user.updated_at?);
        let valued = self.sent.iter().filter(|(_, tag)| matches!(tag, Tag::Value(_)));
        let keys: BTreeSet<String> = valued
            .map(|(key, _)| key.to_owned())
            .filter(|key| self.evaluate(&self.sent.with_one(key, Tag::Unmapped)).allowed == Truth::False)
            .collect();
        (created < updated && !keys.is_empty()).then(|| {
            let text = format!(
                "the session began before the user was last changed, and is denied without {}",
                list(&keys)
            );
            self.settle_keys(Cause::StaleSession, keys, Evidence::default().say(text))
        })
    }
}

fn principal_tag(key: &str) -> Open {
    Open::Key(format!("aws:principaltag/{}", key.to_ascii_lowercase()))
}
