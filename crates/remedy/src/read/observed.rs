//! What AWS says now, read for a batch turn by turn: each thing once, and in the first round trip all that records and
//! baseline name.

pub(crate) mod kept;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use tagmend_diagnosis::{
    AccessControl, Baseline, Facts, FoundPermissionSet, PastFix, PermissionSet, Provisioning, Question, User,
    UserReference,
};

use crate::aws::aws_error::AwsError;
use crate::journal::index::Index;
use crate::read::each::each;
use crate::read::observe::{Reader, access_control};
use crate::read::permission_set::{self, Description, Provisioned};
use crate::read::user;

/// The most permission sets that one batch looks at to find names: the instance's 20 calls a second are everybody's.
const MOST_LOOKS: usize = 100;

/// What each account has of them, however many there are: permission sets are shared, and a name is looked at once.
const LEAST_LOOKS: usize = 50;

/// Permission sets that are looked at together to find a name.
const LOOKS_AT_ONCE: usize = 4;

type Observations<K, T> = BTreeMap<K, Result<Aged<T>, AwsError>>;

/// By which batch something was read. A clock may stand still; batches are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// When it began: what it read is as of then, or younger.
    pub(crate) at: Timestamp,
    batch: u64,
}

/// What was read, and by which batch.
#[derive(Clone, Debug)]
struct Aged<T> {
    read: Reading,
    value: T,
}

/// What was read so far.
pub(crate) struct Observed<'a> {
    reader: &'a Reader,
    baseline: &'a Baseline,
    now: Reading,
    /// How many permission sets may still be looked at for an account: one with many takes none from another.
    looks: BTreeMap<&'a str, usize>,
    /// What the journal's index says of names; none where nobody asked yet.
    index: Option<Option<Index>>,
    shared: Option<Result<Aged<Shared>, AwsError>>,
    provisioned: Observations<&'a str, Provisioned>,
    users: Observations<&'a UserReference, Option<User>>,
    /// Permission sets by account and name.
    found: Observations<(&'a str, &'a str), Found>,
    described: BTreeMap<String, Description>,
    /// Permission sets by ARN, however many accounts have them.
    contents: Observations<String, PermissionSet>,
}

/// What every question needs.
#[derive(Clone, Debug)]
struct Shared {
    access_control: AccessControl,
    past_fixes: Arc<[PastFix]>,
}

#[derive(Clone, Debug)]
enum Found {
    Arn(String),
    Nowhere,
    GivenUp,
}

impl<'a> Observed<'a> {
    /// Nothing yet, of all that these questions ask for.
    pub(crate) fn new(
        questions: impl Iterator<Item = &'a Question>,
        reader: &'a Reader,
        baseline: &'a Baseline,
        now: Reading,
    ) -> Observed<'a> {
        let accounts: BTreeSet<&str> = questions.map(|question| question.account.as_str()).collect();
        let looks = (MOST_LOOKS / accounts.len().max(1)).max(LEAST_LOOKS);
        Observed {
            reader,
            baseline,
            now,
            looks: accounts.into_iter().map(|account| (account, looks)).collect(),
            index: None,
            shared: None,
            provisioned: BTreeMap::new(),
            users: BTreeMap::new(),
            found: BTreeMap::new(),
            described: BTreeMap::new(),
            contents: BTreeMap::new(),
        }
    }

    /// The mappings that every diagnosis of the batch sees.
    pub(crate) fn access_control(&self) -> Option<&AccessControl> {
        Some(&self.shared.as_ref()?.as_ref().ok()?.value.access_control)
    }

    /// Answers questions. What was read before is not read again.
    pub(crate) async fn answer(
        &mut self,
        questions: &BTreeSet<&'a Question>,
    ) -> BTreeMap<&'a Question, Result<Facts, AwsError>> {
        Box::pin(self.read(questions)).await;
        Box::pin(self.find(questions)).await;
        Box::pin(self.read_contents()).await;
        questions.iter().map(|question| (*question, self.facts(question))).collect()
    }

    async fn read(&mut self, questions: &BTreeSet<&'a Question>) {
        let (clients, instance) = (self.reader.clients(), self.baseline.instance_arn.as_str());
        let accounts: BTreeSet<&'a str> = questions
            .iter()
            .map(|question| question.account.as_str())
            .filter(|account| !self.provisioned.contains_key(account))
            .collect();
        let references: BTreeSet<&'a UserReference> = questions
            .iter()
            .map(|question| &question.user)
            .filter(|reference| !self.users.contains_key(reference))
            .collect();
        let named = self.named(questions);
        let (shared, provisioned, users, contents) = futures::join!(
            async {
                match &self.shared {
                    Some(shared) => shared.clone(),
                    None => self.aged(self.read_shared().await),
                }
            },
            each(accounts, |account| permission_set::provisioned(clients, instance, account)),
            each(references, |reference| user::read(clients, &self.baseline.identity_store_id, reference)),
            each(named, |arn| self.contents(arn, None)),
        );
        self.shared = Some(shared);
        let provisioned: Vec<_> =
            provisioned.into_iter().map(|(account, all)| (account, self.aged(all))).collect();
        self.provisioned.extend(provisioned);
        let users: Vec<_> = users.into_iter().map(|(reference, user)| (reference, self.aged(user))).collect();
        self.users.extend(users);
        for (arn, set) in contents {
            if let Ok(set) = &set {
                self.reader.learn_name(&arn, &set.name);
            }
            let set = self.aged(set);
            self.contents.insert(arn, set);
        }
    }

    fn aged<T>(&self, answer: Result<T, AwsError>) -> Result<Aged<T>, AwsError> {
        answer.map(|value| Aged { read: self.now, value })
    }

    /// The permission sets that are most likely meant: the approved one of a name, else the one that is known by it.
    fn named(&self, questions: &BTreeSet<&'a Question>) -> BTreeSet<String> {
        let arn = |question: &&Question| {
            let name = &question.permission_set;
            let approved = self.baseline.permission_set(name).map(|approved| approved.arn.clone());
            approved.or_else(|| self.reader.known_arn(name))
        };
        questions.iter().filter_map(arn).filter(|arn| !self.contents.contains_key(arn)).collect()
    }

    async fn read_shared(&self) -> Result<Shared, AwsError> {
        let (access_control, past_fixes) = futures::try_join!(
            access_control(self.reader.clients(), &self.baseline.instance_arn),
            self.reader.journal().fixes_that_matter(self.now.at, self.baseline.limits.maximum_event_age)
        )?;
        Ok(Shared { access_control, past_fixes: past_fixes.into() })
    }

    /// Finds the permission sets that questions name. AWS lists ARNs only.
    async fn find(&mut self, questions: &BTreeSet<&'a Question>) {
        for question in questions {
            let set = (question.account.as_str(), question.permission_set.as_str());
            if !self.found.contains_key(&set) {
                let found = match answered(&self.provisioned, &set.0) {
                    Ok(provisioned) => self.search(&provisioned.all, set).await,
                    Err(error) => Err(error),
                };
                let found = self.aged(found);
                self.found.insert(set, found);
            }
        }
    }

    /// The permission set of this exact name among these.
    async fn search(
        &mut self,
        arns: &[String],
        (account, name): (&'a str, &'a str),
    ) -> Result<Found, AwsError> {
        // The approved ARN first: then one look is enough, even where there are too many.
        let approved = self.baseline.permission_set(name).map(|approved| approved.arn.as_str());
        let indexed = match approved {
            Some(_) => BTreeSet::new(),
            None => self.indexed(arns, name).await,
        };
        let is_first = |arn: &&String| approved == Some(arn.as_str()) || indexed.contains(arn.as_str());
        let (first, others): (Vec<&String>, Vec<&String>) = arns.iter().partition(is_first);
        for some in first.chunks(LOOKS_AT_ONCE).chain(others.chunks(LOOKS_AT_ONCE)) {
            let mut seen = self.look(some, account, is_first).await;
            for arn in some {
                let found = match (self.reader.known_name(arn), seen.remove(*arn)) {
                    (Some(known), _) => known,
                    (None, Some(Err(error))) => return Err(error),
                    (None, Some(Ok(()))) => return Err(not_asked()),
                    (None, None) => return Ok(Found::GivenUp),
                };
                if found == name {
                    return Ok(Found::Arn((*arn).clone()));
                }
            }
        }
        Ok(Found::Nowhere)
    }

    /// Where the index last saw this name. It is asked for once a batch, and only where a name is to be looked for; a look
    /// at the permission set decides.
    async fn indexed(&mut self, arns: &[String], name: &str) -> BTreeSet<String> {
        let unknown = arns.iter().filter(|arn| self.reader.known_name(arn).is_none()).count();
        if unknown < 2 {
            return BTreeSet::new();
        }
        if self.index.is_none() {
            // Without it the permission sets are looked through.
            self.index = Some(Index::read(self.reader.journal()).await.unwrap_or_default());
        }
        let named = self.index.iter().flatten().flat_map(|index| index.named(name));
        named.map(str::to_owned).collect()
    }

    /// Looks at those of these whose name is not known, as far as the account has looks left.
    async fn look(
        &mut self,
        arns: &[&String],
        account: &'a str,
        is_first: impl Fn(&&String) -> bool,
    ) -> BTreeMap<String, Result<(), AwsError>> {
        let looks = self.looks.entry(account).or_default();
        let mut looked_at = BTreeSet::new();
        for arn in arns.iter().filter(|arn| self.reader.known_name(arn).is_none()) {
            if *looks > 0 || is_first(arn) {
                *looks = looks.saturating_sub(1);
                looked_at.insert((*arn).clone());
            }
        }
        let (clients, instance) = (self.reader.clients(), &self.baseline.instance_arn);
        let described =
            each(looked_at, |arn| async move { permission_set::describe(clients, instance, &arn).await })
                .await;
        let mut seen = BTreeMap::new();
        for (arn, description) in described {
            let description = description.map(|description| {
                self.reader.learn_name(&arn, &description.name);
                self.described.insert(arn.clone(), description);
            });
            seen.insert(arn, description);
        }
        seen
    }

    /// Reads what was found, each permission set once.
    async fn read_contents(&mut self) {
        let arns: BTreeSet<String> = self
            .found
            .values()
            .filter_map(|found| match found {
                Ok(Aged { value: Found::Arn(arn), .. }) => Some(arn.clone()),
                _ => None,
            })
            .filter(|arn| !self.contents.contains_key(arn))
            .collect();
        let contents = each(arns, |arn| {
            let description = self.described.get(&arn).cloned();
            self.contents(arn, description)
        })
        .await;
        for (arn, set) in contents {
            let set = self.aged(set);
            self.contents.insert(arn, set);
        }
    }

    /// One permission set, with everything in it.
    async fn contents(&self, arn: String, known: Option<Description>) -> Result<PermissionSet, AwsError> {
        let (clients, instance) = (self.reader.clients(), &self.baseline.instance_arn);
        let tags = async {
            match self.baseline.only_tagged() {
                Some(_) => permission_set::tags(clients, instance, &arn).await.map(Some),
                None => Ok(None),
            }
        };
        let latest = Provisioning::Latest;
        let contents = permission_set::read(clients, instance, &arn, known, latest);
        let (set, tags) = futures::try_join!(contents, tags)?;
        Ok(PermissionSet { tags, ..set })
    }

    fn facts(&self, question: &'a Question) -> Result<Facts, AwsError> {
        let shared = self.shared.clone().unwrap_or_else(|| Err(not_asked()));
        let Shared { access_control, past_fixes } = shared?.value;
        let permission_set = self.lookup(question)?;
        let user: Option<User> = answered(&self.users, &&question.user)?;
        Ok(Facts { access_control, permission_set, user, past_fixes, answers: Arc::default() })
    }

    fn lookup(&self, question: &'a Question) -> Result<FoundPermissionSet, AwsError> {
        let account = question.account.as_str();
        let arn = match answered(&self.found, &(account, question.permission_set.as_str()))? {
            Found::Arn(arn) => arn,
            Found::Nowhere => return Ok(FoundPermissionSet::NotProvisioned),
            Found::GivenUp => return Ok(FoundPermissionSet::GivenUp),
        };
        let mut set: PermissionSet = answered(&self.contents, &arn)?;
        if answered(&self.provisioned, &account)?.outdated.contains(&arn) {
            set.provisioning = Provisioning::Outdated;
        }
        Ok(FoundPermissionSet::Found(Arc::new(set)))
    }
}

fn answered<K: Ord, T: Clone>(answers: &Observations<K, T>, key: &K) -> Result<T, AwsError> {
    answers.get(key).cloned().unwrap_or_else(|| Err(not_asked())).map(|it| it.value)
}

fn not_asked() -> AwsError {
    AwsError::incomplete("a question that was not asked")
}
