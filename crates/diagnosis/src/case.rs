//! One denial, with everything that is known of it.

mod answers;
pub(crate) mod compared;
mod documents;
pub(crate) mod evidence;
mod focus;
pub(crate) mod key_policy;
mod parsed;
mod policies;
mod request;
mod resource_tag_support;
mod seen;
mod spelling;
pub(crate) mod stated;
pub(crate) mod tags;
pub(crate) mod verdict;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use iam_policy::{Evaluation, Layers, Open, Request, StatementTrace, Truth, Value, evaluate, smallest};

use crate::approved::baseline::Baseline;
use crate::authorization;
use crate::case::answers::{Answers, Asked, Question};
use crate::case::documents::Documents;
use crate::case::evidence::{Evidence, flipping_statement, open_on};
use crate::case::tags::{Tag, Tags};
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::{Deny, PolicyType};
use crate::cloudtrail::principal::{Principal, Session};
use crate::cloudtrail::sign_in::SessionId;
use crate::live::facts::{
    AccessControl, AttributeMapping, Facts, FoundPermissionSet, PermissionSet, Provisioning, User,
};
use crate::words::session_tag_key::is_same_key;
use crate::words::tag_condition_keys::{is_request_tag, is_request_tag_key, is_resource_tag};
pub(crate) use focus::Focus;
pub(crate) use policies::{Policies, is_examinable};
pub(crate) use request::ResourceTags;

/// One denial, with everything that is known of it.
pub(crate) struct Case<'a> {
    pub(crate) failure: &'a Failure,
    pub(crate) session: &'a Session,
    pub(crate) facts: &'a Facts,
    pub(crate) permission_set: &'a PermissionSet,
    pub(crate) user: &'a User,
    pub(crate) live: &'a [AttributeMapping],
    pub(crate) baseline: &'a Baseline,
    /// What this session carries: its sign-in record's tags, else those a new session would get.
    pub(crate) carried: Tags,
    /// What a new session would get.
    pub(crate) current: Tags,
    /// What a new session would get if every approved mapping were live.
    pub(crate) intended: Tags,
    pub(crate) policies: Policies,
    /// The policies without what the message proves not to have applied.
    proved: Documents,
    /// Whether the session's own sign-in record shows its tags.
    pub(crate) is_recorded: bool,
    /// The request without the session's tags, by what is taken for the resource's.
    request: OnceCell<Request>,
    request_of_unknown_tags: OnceCell<Request>,
    evaluation: OnceCell<Evaluation>,
    answers: Answers,
    deciding_keys: OnceCell<Option<DecidingKeys>>,
}

/// Where the live mappings differ from the approved ones in keys that flip the decision.
#[derive(Clone, Debug)]
pub(crate) struct DecidingKeys {
    /// The smallest set of keys that flips it, approved values taken for those of now.
    pub(crate) keys: BTreeSet<String>,
    /// Those of them that are mapped, to another source.
    pub(crate) mapped: BTreeSet<String>,
    /// What the call depends on then.
    pub(crate) open: BTreeSet<Open>,
}

/// Why nothing can be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCase {
    #[error("the caller is no session of a permission set")]
    NoSession,
    #[error("no permission set of this name is provisioned to the account")]
    NoPermissionSet,
    #[error("the account has too many permission sets to look for one that the baseline does not name")]
    TooManyPermissionSets,
    #[error("{0}")]
    UncertainAction(String),
    #[error("the identity store does not know the user")]
    NoUser,
    #[error("attributes for access control are not in effect: their creation is under way, or it failed")]
    AccessControlPending,
    #[error("{0}")]
    NoPolicy(String),
}

impl NoCase {
    /// What the message says is true, though nothing can be looked at.
    pub(crate) fn beside_the_message(&self, failure: &Failure) -> Verdict {
        Verdict::of(
            Evidence::default()
                .say(failure.policy_named())
                .say(format!("the policy was not examined: {self}")),
        )
    }
}

impl<'a> Case<'a> {
    /// # Errors
    /// With what is lacking.
    pub(crate) fn new(
        failure: &'a Failure,
        facts: &'a Facts,
        baseline: &'a Baseline,
    ) -> Result<Case<'a>, NoCase> {
        let Principal::PermissionSet(session) = &failure.principal else {
            return Err(NoCase::NoSession);
        };
        let permission_set = match &facts.permission_set {
            FoundPermissionSet::Found(permission_set) => permission_set,
            FoundPermissionSet::NotProvisioned => return Err(NoCase::NoPermissionSet),
            FoundPermissionSet::GivenUp => return Err(NoCase::TooManyPermissionSets),
        };
        if let Some(doubt) = failure.action_known.doubt(&failure.action) {
            return Err(NoCase::UncertainAction(doubt));
        }
        let user = facts.user.as_ref().ok_or(NoCase::NoUser)?;
        let live: &[AttributeMapping] = match &facts.access_control {
            AccessControl::Enabled(live) => live,
            AccessControl::Disabled => &[],
            AccessControl::Pending => return Err(NoCase::AccessControlPending),
        };
        let policies =
            Policies::read(failure, session, permission_set, &facts.answers).map_err(NoCase::NoPolicy)?;
        let current = Tags::of_a_new_session(live, baseline, user);
        let intended = Tags::intended(live, baseline, user);
        let recorded = match session_id(session).and_then(|id| facts.answers.sign_ins.get(&id)) {
            Some(Ok(record)) => Some(Tags::recorded(record, baseline, policies.session_tag_keys())),
            Some(Err(_)) | None => None,
        };
        let is_recorded = recorded.is_some();
        let (carried, current, intended) = match recorded {
            None => (current.clone(), current, intended),
            Some(recorded) => {
                let current = current.with_recorded_of_idp(&recorded, baseline);
                let intended = intended.with_recorded_of_idp(&recorded, baseline);
                (recorded, current, intended)
            }
        };
        // What AWS itself saw counts only for the tags that it shows.
        let shown = authorization::of_call(failure, session, &facts.answers)
            .filter(|_| !is_recorded)
            .map(|evaluated| Tags::shown(&authorization::session_tags(evaluated)));
        let (carried, current, intended) = match shown {
            None => (carried, current, intended),
            Some(shown) => (
                carried.with_all(&shown),
                current.with_recorded_of_idp(&shown, baseline),
                intended.with_recorded_of_idp(&shown, baseline),
            ),
        };
        let mut restorable = differing(&policies, &current, &intended);
        restorable.extend(differing(&policies, &carried, &intended));
        // Of an account that runs an older version the message says nothing about the newest.
        let proved = match permission_set.provisioning {
            Provisioning::Outdated => policies.about_the_call().clone(),
            _ => policies.about_the_call().as_the_message_proves(&failure.message, &restorable),
        };
        Ok(Case {
            failure,
            session,
            facts,
            permission_set,
            user,
            live,
            baseline,
            carried,
            current,
            intended,
            policies,
            proved,
            is_recorded,
            request: OnceCell::new(),
            request_of_unknown_tags: OnceCell::new(),
            evaluation: OnceCell::new(),
            answers: Answers::default(),
            deciding_keys: OnceCell::new(),
        })
    }

    /// The answer with the tags that the session carries.
    pub(crate) fn evaluation(&self) -> &Evaluation {
        self.evaluation.get_or_init(|| self.evaluate(&self.carried))
    }

    pub(crate) fn is_denied(&self) -> bool {
        self.evaluation().allowed == Truth::False
    }

    /// What it depends on, where it does.
    pub(crate) fn open(&self) -> Option<&BTreeSet<Open>> {
        self.evaluation().allowed.open_on()
    }

    pub(crate) fn is_allowed(&self) -> bool {
        self.evaluation().allowed == Truth::True
    }

    pub(crate) fn is_outdated(&self) -> bool {
        self.permission_set.provisioning == Provisioning::Outdated
    }

    pub(crate) fn focus(&self) -> Focus {
        match self.failure.message.policy_type {
            None | Some(PolicyType::Identity) => Focus::Identity,
            Some(PolicyType::Boundary) => Focus::Boundary,
            Some(PolicyType::ServiceControl) => Focus::ServiceControl,
            Some(PolicyType::ResourceControl) => Focus::ResourceControl,
            Some(PolicyType::VpcEndpoint) => Focus::Endpoint,
            // Sessions and trust policies are settled by the record.
            Some(PolicyType::Resource | PolicyType::Session | PolicyType::Trust) => Focus::Resource,
        }
    }

    pub(crate) fn evaluate(&self, tags: &Tags) -> Evaluation {
        self.evaluate_with(tags, ResourceTags::AsKnown)
    }

    pub(crate) fn evaluate_with(&self, tags: &Tags, resource_tags: ResourceTags) -> Evaluation {
        let question = Question { asked: Asked::Proved, tags, resource_tags };
        self.answers.of(question, || evaluate(&self.proved.layers(), &self.request(tags, resource_tags)))
    }

    /// The answer of the policies as they are written, whatever the message says.
    pub(crate) fn evaluate_as_written(&self, tags: &Tags) -> Evaluation {
        let question = Question { asked: Asked::AsWritten, tags, resource_tags: ResourceTags::AsKnown };
        let layers = self.policies.about_the_call().layers();
        self.answers.of(question, || evaluate(&layers, &self.request(tags, ResourceTags::AsKnown)))
    }

    /// The answer of the policies that decided, alone: the layer that the message names, or the one policy.
    pub(crate) fn evaluate_focus(&self, tags: &Tags) -> Evaluation {
        let question = Question { asked: Asked::Focus, tags, resource_tags: ResourceTags::AsKnown };
        let policies = self.policies.of(self.focus(), self.failure.message.policy_arn.as_deref());
        let layers = Layers { identity: policies, ..Layers::default() };
        self.answers.of(question, || evaluate(&layers, &self.request(tags, ResourceTags::AsKnown)))
    }

    pub(crate) fn request(&self, tags: &Tags, resource_tags: ResourceTags) -> Request {
        let cell = match resource_tags {
            ResourceTags::AsKnown => &self.request,
            ResourceTags::Unknown => &self.request_of_unknown_tags,
        };
        let mut request = cell.get_or_init(|| request::without_session_tags(self, resource_tags)).clone();
        tags.write_to(&mut request.context);
        request
    }

    /// The request, as if nobody knew which tags the call passes.
    fn request_with_unknown_request_tags(&self, tags: &Tags) -> Request {
        let mut request = self.request(tags, ResourceTags::AsKnown);
        for key in self.policies.keys().iter().filter(|key| is_request_tag_key(key)) {
            request.context.set(key, Value::Unknown);
        }
        request
    }

    /// Whether the message, or EC2's encoded one, says that a statement denied, or that none allowed.
    pub(crate) fn deny(&self) -> Option<Deny> {
        let decoded = || {
            let decoded = self.decoded()?;
            Some(if decoded.explicit_deny { Deny::Explicit } else { Deny::Implicit })
        };
        self.failure.message.deny.or_else(decoded)
    }

    /// Whether the very denial that the message names is there for sure with these tags.
    pub(crate) fn is_blocked(&self, tags: &Tags) -> bool {
        self.blocks(tags) == Truth::True
    }

    /// Whether the very denial that the message names is there with these tags.
    fn blocks(&self, tags: &Tags) -> Truth {
        let denied = |allowed: Truth| match allowed {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Open(open) => Truth::Open(open),
        };
        match self.deny() {
            Some(Deny::Explicit) => self.evaluate_focus(tags).denies,
            Some(Deny::Implicit) => denied(self.evaluate_focus(tags).allows),
            None => {
                let answer = match self.focus() {
                    Focus::Identity => self.evaluate(tags),
                    _ => self.evaluate_focus(tags),
                };
                match (answer.allowed, answer.denies) {
                    // Without the message's word, a Deny that nobody could evaluate may have decided.
                    (Truth::False, Truth::Open(open)) => Truth::Open(open),
                    (allowed, _) => denied(allowed),
                }
            }
        }
    }

    /// Where the live mappings differ from the approved ones in keys that flip the decision: the tags that the session
    /// carries and those that a new one would get are denied for sure, and with the approved ones the call is possible.
    pub(crate) fn deciding_keys(&self) -> Option<&DecidingKeys> {
        let find = || {
            if !self.is_denied() || !self.is_blocked(&self.carried) || !self.is_blocked(&self.current) {
                return None;
            }
            let differing = self.differing(&self.current, &self.intended);
            let candidates: Vec<String> =
                differing.into_iter().filter(|key| !self.was_mapped_at_sign_in(key)).collect();
            let is_tag = |open: &Open| is_resource_tag(open) || is_request_tag(open);
            let (keys, open) = self.smallest_flip(&candidates, &self.current, &self.intended, is_tag)?;
            let mapped = keys.iter().filter(|key| self.is_mapped(key)).cloned().collect();
            Some(DecidingKeys { keys, mapped, open })
        };
        self.deciding_keys.get_or_init(find).as_ref()
    }

    /// Whether the session is known to carry a value of a key whose mapping went missing later, by its own sign-in record or
    /// by what AWS kept of the call: then that did not deny the call.
    pub(crate) fn was_mapped_at_sign_in(&self, key: &str) -> bool {
        matches!(self.carried.get(key), Some(Tag::Value(_))) && !self.is_mapped(key)
    }

    /// How the call fares, where it depends on this alone.
    pub(crate) fn outcome(&self, open: &BTreeSet<Open>) -> String {
        let outcome =
            if open.is_empty() { "allowed" } else { "allowed if what nobody here could read agrees" };
        match self.policies.unseen.as_slice() {
            [] => outcome.to_owned(),
            _ => format!("{outcome}, as far as the policies can be read"),
        }
    }

    /// What a drift shows.
    pub(crate) fn deciding_evidence(&self, drift: &DecidingKeys) -> Evidence {
        self.flipping_evidence(&self.current, &self.current.with(&drift.keys, &self.intended))
            .say(format!(
                "denied with the tags that a session gets now; with {} as approved, {}",
                list(&drift.keys),
                self.outcome(&drift.open)
            ))
            .depending_on(&drift.open)
    }

    /// The message names a policy of this type, and no more can be said of the tags.
    pub(crate) fn named_type(&self, focus: Focus) -> Option<Verdict> {
        if self.focus() != focus {
            return None;
        }
        let blocks = self.blocks(&self.carried);
        let text = match &blocks {
            Truth::True if self.is_blocked(&self.intended) => {
                "the policy denies with the tags that the session carries, and with the approved ones just the same"
            }
            Truth::True => "the policy denies with the tags that the session carries",
            Truth::Open(_) => "whether the policy denies depends on what nobody here could read",
            Truth::False => {
                "as it can be read now, the policy does not deny with the tags that the session carries"
            }
        };
        Some(Verdict::of(self.policy_named().say(text).depending_on(&open_on(&blocks))))
    }

    /// The message names a policy of this type that cannot be read, or that tells nothing, as the account runs other
    /// policies of the permission set than those that can be read.
    pub(crate) fn unexamined(&self, focus: Focus) -> Option<Verdict> {
        if self.focus() != focus {
            return None;
        }
        if !self.policies.has(focus) {
            return Some(Verdict::of(self.policy_named().say("the policy could not be read")));
        }
        let is_of_organization = focus != Focus::Boundary;
        (self.is_outdated() && is_of_organization).then(|| {
            let text =
                "the account runs an older version of the permission set, so nothing can be proved from it";
            Verdict::of(self.policy_named().say(text))
        })
    }

    fn policy_named(&self) -> Evidence {
        Evidence::default().say(self.failure.policy_named())
    }

    /// The smallest set of keys that, taken from `other`, makes the call possible as far as that tells which may stay
    /// open, and what it depends on then.
    pub(crate) fn smallest_flip(
        &self,
        candidates: &[String],
        from: &Tags,
        other: &Tags,
        may_stay_open: impl Fn(&Open) -> bool,
    ) -> Option<(BTreeSet<String>, BTreeSet<Open>)> {
        let (keys, open) = smallest(candidates, |keys| {
            let open = self.possible_with(&from.with(&set(keys), other))?;
            open.iter().all(&may_stay_open).then_some(open)
        })?;
        Some((set(&keys), open))
    }

    /// What the call depends on with these tags; none where it is denied for sure.
    fn possible_with(&self, tags: &Tags) -> Option<BTreeSet<Open>> {
        let allowed = self.evaluate(tags).allowed;
        (allowed != Truth::False).then(|| open_on(&allowed))
    }

    /// The smallest set of these keys that, with values nobody knows, could make the approved tags allow the call.
    pub(crate) fn keys_that_could_flip(&self, candidates: &[String]) -> Option<BTreeSet<String>> {
        let could_turn = |keys: &[&String]| self.possible_with(&self.unknown(&set(keys))).map(|_| ());
        smallest(candidates, could_turn).map(|(keys, ())| set(&keys))
    }

    pub(crate) fn unknown(&self, keys: &BTreeSet<String>) -> Tags {
        keys.iter().fold(self.intended.clone(), |tags, key| tags.with_one(key, Tag::Unknown))
    }

    /// Keys that differ between two sets of tags and that some policy mentions.
    pub(crate) fn differing(&self, from: &Tags, to: &Tags) -> Vec<String> {
        differing(&self.policies, from, to)
    }

    /// Whether the call is denied for sure without a key.
    pub(crate) fn is_denied_without(&self, key: &str) -> bool {
        self.evaluate(&self.carried.with_one(key, Tag::Unmapped)).allowed == Truth::False
    }

    pub(crate) fn is_mapped(&self, key: &str) -> bool {
        self.live.iter().any(|mapping| is_same_key(&mapping.key, key))
    }

    pub(crate) fn flipping_evidence(&self, before: &Tags, after: &Tags) -> Evidence {
        let request = |tags| self.request(tags, ResourceTags::AsKnown);
        self.turning(&request(before), &request(after))
    }

    fn turning(&self, before: &Request, after: &Request) -> Evidence {
        let name = |trace: &StatementTrace| self.policies.name(trace);
        let statement = flipping_statement(&self.policies.layers(), before, after, name);
        Evidence { statement, ..Evidence::default() }
    }
}

fn differing(policies: &Policies, from: &Tags, to: &Tags) -> Vec<String> {
    to.iter()
        // A value that STS would not take shows nothing, and must not be sent.
        .filter(|(key, tag)| **tag != Tag::Unknown && from.get(key) != Some(tag))
        .map(|(key, _)| key.to_owned())
        .filter(|key| policies.mentions(key))
        .collect()
}

/// Names the session; none where the record does not say when it began.
pub(crate) fn session_id(session: &Session) -> Option<SessionId> {
    Some(SessionId {
        account: session.account().to_owned(),
        role_name: session.role_name().to_owned(),
        session_name: session.session_name.clone(),
        created: session.created?,
    })
}

pub(crate) fn list<'k>(keys: impl IntoIterator<Item = &'k String>) -> String {
    keys.into_iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

fn set(keys: &[&String]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).clone()).collect()
}
