//! What was read besides, and what is worth reading.

use std::collections::{BTreeMap, BTreeSet};

use iam_policy::{Open, Truth, evaluate};

use super::{Case, Focus, ResourceTags, session_id};
use crate::authorization;
use crate::case::evidence::{Evidence, open_on};
use crate::case::resource_tag_support;
use crate::case::tags::Tags;
use crate::cloudtrail::message::Encoded;
use crate::live::answer::{Answer, Decoded};
use crate::live::lookup::{AccountRegion, BucketAt, EncodedMessage, Lookup, PolicyAt, ResourceAt};
use crate::words::arn::Arn;
use crate::words::tag_condition_keys::{is_request_tag, is_resource_tag, is_resource_tag_key};

impl Case<'_> {
    pub(crate) fn place(&self) -> AccountRegion {
        AccountRegion { account: self.session.account().to_owned(), region: self.failure.region.clone() }
    }

    /// The policies that are not among what is known yet, and what tells more of the request.
    pub(crate) fn policy_lookups(&self) -> BTreeSet<Lookup> {
        let mut wants = self.policies.wanted(self.failure, self.session, self.permission_set);
        wants.extend(self.decoded_message().map(Lookup::from));
        wants.extend(authorization::lookup(self.failure).map(Lookup::from));
        if self.policies.session_tag_keys().next().is_some() {
            wants.extend(session_id(self.session).map(Lookup::SignIn));
        }
        wants
    }

    fn decoded_message(&self) -> Option<EncodedMessage> {
        match &self.failure.message.encoded {
            Some(Encoded::Whole(message)) => {
                Some(EncodedMessage { place: self.place(), message: message.clone() })
            }
            Some(Encoded::Cut) | None => None,
        }
    }

    /// What EC2's own message says of the request, where it is about this very call.
    pub(crate) fn decoded(&self) -> Option<&Decoded> {
        let decoded = self.facts.answers.messages.get(&self.decoded_message()?)?.as_ref().ok()?;
        let is_of_this_call = Some(decoded.principal_arn.as_str()) == self.failure.principal_arn.as_deref()
            && decoded.action.eq_ignore_ascii_case(&self.failure.action);
        is_of_this_call.then_some(decoded)
    }

    /// Whether EC2's own message, or what AWS kept of the call, shows tags of the resource.
    pub(crate) fn has_decoded_resource_tags(&self) -> bool {
        let is_tag = |key: &String| is_resource_tag_key(&key.to_ascii_lowercase());
        let kept = authorization::of_call(self.failure, self.session, &self.facts.answers);
        self.decoded().is_some_and(|decoded| decoded.conditions.keys().any(is_tag))
            || kept.is_some_and(|evaluated| evaluated.context.keys().any(is_tag))
    }

    /// The resource, where it is one thing in the caller's account.
    fn resource(&self) -> Option<&str> {
        let named = self.failure.resource.as_deref().filter(|arn| arn.starts_with("arn:"));
        let arn = named.or_else(|| self.decoded().map(|decoded| decoded.resource.as_str()))?;
        (!arn.contains(['*', '?'])).then_some(arn)
    }

    /// The bucket of an S3 call.
    fn bucket(&self) -> Option<&str> {
        let arn = Arn::parse(self.resource()?)?;
        (arn.service == "s3").then(|| arn.resource.split('/').next()).flatten()
    }

    fn is_own(&self, arn: &str) -> bool {
        Arn::parse(arn).is_some_and(|arn| ["", self.session.account()].contains(&arn.account))
    }

    /// Where tags of the resource are asked for: of the bucket, for an S3 call.
    fn tags_want(&self) -> Option<ResourceAt> {
        let arn = self.resource().filter(|arn| self.is_own(arn))?;
        let arn = match self.bucket() {
            Some(_) => arn.split('/').next().unwrap_or(arn),
            None => arn,
        };
        Some(ResourceAt { place: self.place(), arn: arn.to_owned() })
    }

    fn bucket_want(&self) -> Option<BucketAt> {
        Some(BucketAt { place: self.place(), bucket: self.bucket()?.to_owned() })
    }

    fn key_policy_want(&self) -> Option<PolicyAt> {
        let arn = self.resource().filter(|arn| self.is_own(arn) && arn.contains(":key/"))?;
        Some(PolicyAt::Key { place: self.place(), arn: arn.to_owned() })
    }

    /// Whether AWS never tells a policy a tag of this call's resource.
    pub(crate) fn ignores_resource_tags(&self) -> bool {
        resource_tag_support::ignores_resource_tags(&self.failure.action)
    }

    /// Whether the bucket is known to take part in ABAC, or not to.
    pub(crate) fn bucket_abac(&self) -> Option<bool> {
        self.facts.answers.buckets.get(&self.bucket_want()?)?.as_ref().ok().copied()
    }

    pub(crate) fn is_bucket_abac_off(&self) -> bool {
        self.bucket_abac() == Some(false)
    }

    /// All tags of the resource, where somebody could read them.
    /// Tags of a bucket count only where it takes part in ABAC.
    pub(crate) fn resource_tags(&self) -> Option<&BTreeMap<String, String>> {
        if self.bucket().is_some() && self.bucket_abac() != Some(true) {
            return None;
        }
        self.facts.answers.resource_tags.get(&self.tags_want()?)?.as_ref().ok()
    }

    /// Things of the resource that are worth reading: only where the answer depends on them.
    pub(crate) fn resource_lookups(&self) -> BTreeSet<Lookup> {
        let mut wants = BTreeSet::new();
        if self.focus() == Focus::Resource {
            wants.extend(self.failure.is_kms().then(|| self.key_policy_want()).flatten().map(Lookup::from));
            return wants;
        }
        if self.ignores_resource_tags() || self.has_decoded_resource_tags() {
            return wants;
        }
        let turns = |tags: &Tags| {
            let answer = self.evaluate_with(tags, ResourceTags::Unknown).allowed;
            open_on(&answer).iter().any(is_resource_tag)
        };
        if turns(&self.carried) || turns(&self.intended) {
            wants.extend(self.tags_want().map(Lookup::from));
            wants.extend(self.bucket_want().map(Lookup::from));
        }
        wants
    }

    /// Why things that matter were not seen.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let mut unseen = self.policies.unseen.clone();
        let wanted = [
            (self.tags_want().map(Lookup::from), "tags of the resource"),
            (self.bucket_want().map(Lookup::from), "ABAC setting of the bucket"),
            (self.key_policy_want().map(Lookup::from), "policy of the key"),
            (self.decoded_message().map(Lookup::from), "encoded authorization message"),
        ];
        unseen.extend(wanted.into_iter().filter_map(|(want, what)| {
            let gap = self.facts.answers.gap(&want?)?;
            Some(format!("{what}: {gap}"))
        }));
        unseen
    }

    /// What is known of the key's policy.
    pub(crate) fn key_policy(&self) -> Option<&Answer<String>> {
        self.facts.answers.policies.get(&self.key_policy_want()?)
    }

    /// What turns a sure denial if the tags of the resource were others; none where they turn nothing.
    pub(crate) fn flipped_by_resource_tags(&self) -> Option<Evidence> {
        let open = self.open_with_other_resource_tags()?;
        let after = self.request(&self.intended, ResourceTags::Unknown);
        let evidence = self
            .turning(&self.request(&self.intended, ResourceTags::AsKnown), &after)
            .say("denied with the tags of the resource as policies are told them; with others it could flip");
        Some(evidence.resting_on(&open))
    }

    fn open_with_other_resource_tags(&self) -> Option<BTreeSet<Open>> {
        if !self.is_denied() || !self.is_blocked(&self.intended) {
            return None;
        }
        let other = self.evaluate_with(&self.intended, ResourceTags::Unknown).allowed;
        let open = open_on(&other);
        (other != Truth::False && open.iter().any(is_resource_tag)).then_some(open)
    }

    /// What turns a sure denial if the call passed other tags; none where they turn nothing.
    pub(crate) fn flipped_by_request_tags(&self) -> Option<Evidence> {
        if !self.is_denied() || !self.is_blocked(&self.intended) {
            return None;
        }
        let after = self.request_with_unknown_request_tags(&self.intended);
        let other = evaluate(&self.policies.about_the_call().layers(), &after).allowed;
        let open = open_on(&other);
        (other != Truth::False && open.iter().any(is_request_tag)).then(|| {
            self.turning(&self.request(&self.intended, ResourceTags::AsKnown), &after)
                .say("denied with the tags that the call passes; with others it could flip")
                .resting_on(&open)
        })
    }

    /// What is to be said of each tag of the resource that turns a sure denial. Never a value.
    pub(crate) fn resource_tag_sentences(&self, evidence: &Evidence) -> Vec<String> {
        let Some(tags) = self.resource_tags() else {
            let where_from = match self.decoded() {
                Some(_) => "EC2's encoded message shows the tags of the resource",
                None => "AWS's authorization details of the call show the tags of the resource",
            };
            return vec![where_from.to_owned()];
        };
        let open = self.open_with_other_resource_tags().unwrap_or_default();
        // The tags that were read are the bucket's, not the object's.
        let asked: BTreeSet<&str> = open
            .iter()
            .filter_map(|open| match open {
                Open::Key(key) if is_resource_tag_key(key) => key.split_once('/'),
                Open::Key(_) | Open::Resource | Open::Rule(_) => None,
            })
            .filter_map(|(kind, tag)| (kind != "s3:existingobjecttag").then_some(tag))
            .collect();
        let is_alone = asked.len() == 1;
        let compared = evidence.statement.as_ref().map_or(&[][..], |statement| &statement.compared);
        let named = |known: &str| match self.names_in_another_case(compared, known) {
            Some(named) => format!("`{known}`, which is the policy's `{named}` in another case"),
            None => format!("`{known}`"),
        };
        asked
            .into_iter()
            .map(|key| {
                let alike: Vec<&String> = tags.keys().filter(|known| known.to_lowercase() == key).collect();
                match alike.as_slice() {
                    [] => format!("the resource has no tag `{key}`"),
                    [known] if is_alone => format!(
                        "the resource has a tag {}, with another value than the policies ask for",
                        named(known)
                    ),
                    [known] => format!("the resource has a tag {}", named(known)),
                    _ => format!("the resource has several tags that differ from `{key}` in case alone"),
                }
            })
            .collect()
    }
}
