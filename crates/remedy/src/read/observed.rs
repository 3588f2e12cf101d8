//! What AWS says now, read for a batch turn by turn: each thing once.

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

type Answers<K, T> = BTreeMap<K, Result<T, AwsError>>;

/// What was read so far.
pub(crate) struct Observed<'a> {
    reader: &'a Reader,
    baseline: &'a Baseline,
    now: Timestamp,
    /// How many permission sets may still be looked at for an account: one with many takes none from another.
    looks: BTreeMap<&'a str, usize>,
    /// What the journal's index says of names; none where nobody asked yet.
    index: Option<Option<Index>>,
    shared: Option<Result<Shared, AwsError>>,
    provisioned: Answers<&'a str, Provisioned>,
    users: Answers<&'a UserReference, Option<User>>,
    /// Permission sets by account and name.
    found: Answers<(&'a str, &'a str), Found>,
    described: BTreeMap<String, Description>,
    /// Permission sets by ARN, however many accounts have them.
    contents: Answers<String, PermissionSet>,
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
        now: Timestamp,
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
        Some(&self.shared.as_ref()?.as_ref().ok()?.access_control)
    }

    /// Answers questions. What was read before is not read again.
    pub(crate) async fn answer(
        &mut self,
        questions: &BTreeSet<&'a Question>,
    ) -> BTreeMap<&'a Question, Result<Facts, AwsError>> {
        self.read(questions).await;
        self.find(questions).await;
        self.read_contents().await;
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
        let (shared, provisioned, users) = futures::join!(
            async {
                match &self.shared {
                    Some(shared) => shared.clone(),
                    None => self.read_shared().await,
                }
            },
            each(accounts, |account| permission_set::provisioned(clients, instance, account)),
            each(references, |reference| user::read(clients, &self.baseline.identity_store_id, reference)),
        );
        self.shared = Some(shared);
        self.provisioned.extend(provisioned);
        self.users.extend(users);
    }

    async fn read_shared(&self) -> Result<Shared, AwsError> {
        let (access_control, past_fixes) = futures::try_join!(
            access_control(self.reader.clients(), &self.baseline.instance_arn),
            self.reader.journal().fixes_that_matter(self.now, self.baseline.limits.maximum_event_age)
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
        for arn in first.into_iter().chain(others) {
            let has_looks = self.looks.get(account).is_some_and(|looks| *looks > 0);
            let found = match self.reader.known_name(arn) {
                Some(known) => known,
                None if !has_looks && !is_first(&arn) => return Ok(Found::GivenUp),
                None => self.look(arn, account).await?,
            };
            if found == name {
                return Ok(Found::Arn(arn.clone()));
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

    async fn look(&mut self, arn: &str, account: &'a str) -> Result<String, AwsError> {
        let looks = self.looks.entry(account).or_default();
        *looks = looks.saturating_sub(1);
        let description =
            permission_set::describe(self.reader.clients(), &self.baseline.instance_arn, arn).await?;
        self.reader.learn_name(arn, &description.name);
        let name = description.name.clone();
        self.described.insert(arn.to_owned(), description);
        Ok(name)
    }

    /// Reads what was found, each permission set once.
    async fn read_contents(&mut self) {
        let arns: BTreeSet<String> = self
            .found
            .values()
            .filter_map(|found| match found {
                Ok(Found::Arn(arn)) => Some(arn.clone()),
                _ => None,
            })
            .filter(|arn| !self.contents.contains_key(arn))
            .collect();
        let (clients, instance) = (self.reader.clients(), &self.baseline.instance_arn);
        let described = &self.described;
        let is_tag_asked_for = self.baseline.only_tagged().is_some();
        let contents = each(arns, |arn| async move {
            let description = match described.get(&arn) {
                Some(description) => description.clone(),
                None => permission_set::describe(clients, instance, &arn).await?,
            };
            let latest = Provisioning::Latest;
            let mut set = permission_set::read(clients, instance, &arn, description, latest).await?;
            if is_tag_asked_for {
                set.tags = Some(permission_set::tags(clients, instance, &arn).await?);
            }
            Ok(set)
        })
        .await;
        self.contents.extend(contents);
    }

    fn facts(&self, question: &'a Question) -> Result<Facts, AwsError> {
        let shared = self.shared.clone().unwrap_or_else(|| Err(not_asked()));
        let Shared { access_control, past_fixes } = shared?;
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

fn answered<K: Ord, T: Clone>(answers: &Answers<K, T>, key: &K) -> Result<T, AwsError> {
    answers.get(key).cloned().unwrap_or_else(|| Err(not_asked()))
}

fn not_asked() -> AwsError {
    AwsError::incomplete("a question that was not asked")
}
