//! Denied for sure with the tags that are sent now: would it be with the approved ones?

use std::collections::BTreeSet;

use iam_policy::{Evaluation, Open, StatementTrace, Truth, smallest};

use super::{Case, Diagnosis, list, outcome};
use crate::baseline::Owner;
use crate::cause::Cause;
use crate::evidence::{Evidence, open_on, turning_statement};
use crate::facts::AccessControl;
use crate::message::Deny;
use crate::tags::{Tag, Tags};

impl Case<'_> {
    pub(super) fn denied_with_tags_sent(&self, now: &Evaluation) -> Diagnosis {
        if let Some(contradiction) = self.contradiction(now) {
            return self.settle(Cause::Undetermined, Evidence::default().say(contradiction));
        }
        if let Some(diagnosis) = self.not_as_approved(now) {
            return diagnosis;
        }
        let open = self.evaluate(&self.intended).allowed;
        if let Truth::Open(open) = &open {
            let evidence = Evidence::default()
                .say("denied with the tags sent; with the approved tags it would turn on what nobody here could read")
                .depending_on(open);
            return self.settle(Cause::Undetermined, evidence);
        }
        if let Some(diagnosis) = self.overridden_by_mapping().or_else(|| self.user_has_no_value()) {
            return diagnosis;
        }
        let evidence = Evidence::default()
            .say("the policies that can be read deny it with the tags sent, and with the approved tags just the same");
        // What cannot be read may hold the statement that was meant to allow it.
        let cause = if self.policies.unseen.is_empty() { Cause::Intended } else { Cause::Undetermined };
        self.settle(cause, evidence)
    }

    /// What the message says against what the policies say.
    fn contradiction(&self, now: &Evaluation) -> Option<&'static str> {
        match (self.failure.message.deny, &now.denies) {
            (Some(Deny::Implicit), Truth::True) => Some(
                "the message says that nothing allows the call, but a statement that can be read denies it: the account may run other policies",
            ),
            (Some(Deny::Explicit), Truth::False | Truth::Open(_)) => Some(
                "the message says that a statement denies the call, but none that can be read does for sure",
            ),
            (None, _) if !self.policies.unseen.is_empty() => Some(
                "the message does not say which policy decided, and there are policies that cannot be read from here",
            ),
            _ => None,
        }
    }

    /// Whether the denial of now is undone after a change of the tags: the very denial that the message names.
    fn undoes(&self, now: &Evaluation, after: &Evaluation) -> bool {
        let possible = after.allowed != Truth::False;
        match self.failure.message.deny {
            Some(Deny::Explicit) => possible && now.denies == Truth::True,
            Some(Deny::Implicit) => possible && now.allows == Truth::False,
            // Without its word, a Deny that nobody could evaluate may have decided.
            None => possible && !matches!(now.denies, Truth::Open(_)),
        }
    }

    /// The live mappings differ from the approved ones in keys that turn the decision.
    fn not_as_approved(&self, now: &Evaluation) -> Option<Diagnosis> {
        let differing: Vec<String> = self
            .intended
            .iter()
            // A value that STS would not take shows nothing, and must not be sent.
            .filter(|(key, tag)| **tag != Tag::Unknown && self.sent.get(key) != Some(tag))
            .map(|(key, _)| key.to_owned())
            .filter(|key| self.policies.mentions(key))
            .collect();
        let (keys, open) =
            smallest(&differing, |keys| self.turned(now, &self.sent.with(&set(keys), &self.intended)))?;
        let keys = set(&keys);
        let mut evidence = self
            .turning_evidence(&self.sent, &self.sent.with(&keys, &self.intended))
            .say(format!(
                "denied with the tags that a session gets now, {} with {} as approved",
                outcome(&open),
                list(&keys)
            ))
            .depending_on(&open);
        let is_mapped =
            |key: &String| self.live.iter().any(|mapping| mapping.key.to_lowercase() == key.to_lowercase());
        let mapped: BTreeSet<String> = keys.iter().filter(|key| is_mapped(key)).cloned().collect();
        let (cause, keys) = if self.facts.access_control == AccessControl::Disabled {
            (Cause::AccessControlOff, keys)
        } else if mapped.is_empty() {
            (Cause::MappingMissing, keys)
        } else {
            evidence = evidence
                .say(format!("{} is mapped, with another source than the approved one", list(&mapped)));
            (Cause::MappingSourceDiffers, mapped)
        };
        Some(self.settle_keys(cause, keys, evidence))
    }

    /// A live mapping of a key that the IdP sends overrides the assertion.
    fn overridden_by_mapping(&self) -> Option<Diagnosis> {
        let overridden: Vec<String> = self
            .baseline
            .mappings()
            .filter(|approved| {
                approved.owner == Owner::Idp && self.sent.get(&approved.key) != Some(&Tag::Unknown)
            })
            .map(|approved| approved.key.clone())
            .collect();
        let keys = self.keys_that_could_turn(&overridden)?;
        let evidence = self
            .turning_evidence(&self.sent, &self.unknown(&keys))
            .say(format!("a mapping of {} overrides the value that the IdP sends", list(&keys)));
        Some(self.settle_keys(Cause::KeyOwnedByIdp, keys, evidence))
    }

    fn user_has_no_value(&self) -> Option<Diagnosis> {
        let empty: Vec<String> = self
            .intended
            .iter()
            .filter(|(_, tag)| **tag == Tag::NoValue)
            .map(|(key, _)| key.to_owned())
            .collect();
        let keys = self.keys_that_could_turn(&empty)?;
        let mut evidence = self.turning_evidence(&self.intended, &self.unknown(&keys)).say(format!(
            "the user has no value for {}, and with a value the decision could turn",
            list(&keys)
        ));
        if keys.iter().any(|key| self.sent.get(key) == Some(&Tag::Unmapped)) {
            evidence = evidence.say("besides, its approved mapping is missing on the instance");
        }
        Some(self.settle_keys(Cause::UserHasNoValue, keys, evidence))
    }

    /// The smallest set of these keys that, with values nobody knows, could make the approved tags allow the call.
    fn keys_that_could_turn(&self, candidates: &[String]) -> Option<BTreeSet<String>> {
        let could_turn = |keys: &[&String]| {
            (self.evaluate(&self.unknown(&set(keys))).allowed != Truth::False).then_some(())
        };
        smallest(candidates, could_turn).map(|(keys, ())| set(&keys))
    }

    fn unknown(&self, keys: &BTreeSet<String>) -> Tags {
        keys.iter().fold(self.intended.clone(), |tags, key| tags.with_one(key, Tag::Unknown))
    }

    /// These tags undo the denial, as far as the keys tell that nobody could read.
    fn turned(&self, now: &Evaluation, tags: &Tags) -> Option<BTreeSet<Open>> {
        let after = self.evaluate(tags);
        let open = open_on(&after.allowed);
        let only_keys = open.iter().all(|open| matches!(open, Open::Key(_)));
        (self.undoes(now, &after) && only_keys).then_some(open)
    }

    fn turning_evidence(&self, before: &Tags, after: &Tags) -> Evidence {
        let (before, after) = (self.request(before), self.request(after));
        let name = |trace: &StatementTrace| self.policies.name(trace);
        let statement = turning_statement(&self.policies.layers(), &before, &after, name);
        Evidence { statement, ..Evidence::default() }
    }
}

fn set(keys: &[&String]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).clone()).collect()
}
