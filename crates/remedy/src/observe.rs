//! Reads what AWS says now, each thing once for a whole batch.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use tagmend_diagnosis::arn;
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::facts::{
    AccessControl, AttributeMapping, Facts, Lookup, PastFix, PermissionSet, Provisioning, User,
};
use tagmend_diagnosis::triage::{Question, UserReference};
use tagmend_diagnosis::want::{Known, Want};

use crate::aws_error::{AwsError, has_code};
use crate::clients::Clients;
use crate::journal::Journal;
use crate::known::Extras;
use crate::members::{Members, ReaderRole};
use crate::permission_set::{self, Description, Provisioned};
use crate::user;

/// Calls in flight at once: the whole instance shares 20 a second.
const AT_ONCE: usize = 4;

/// Reads, and never writes.
#[derive(Clone, Debug)]
pub struct Reader {
    clients: Clients,
    journal: Journal,
    extras: Extras,
    in_depth: bool,
    /// Names of permission sets by ARN, kept while the process lives: a permission set cannot be renamed.
    names: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Reader {
    /// A reader with these clients, and the journal in this bucket.
    pub fn new(clients: Clients, journal_bucket: &str) -> Reader {
        Reader::with_reader_role(clients, journal_bucket, None)
    }

    /// The same, with a role that reads in member accounts.
    pub fn with_reader_role(clients: Clients, journal_bucket: &str, role: Option<ReaderRole>) -> Reader {
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        let members = Members::new(&clients.configuration, role);
        let extras = Extras { clients: clients.clone(), journal: journal.clone(), members };
        Reader { clients, journal, extras, in_depth: false, names: Arc::default() }
    }

    /// The same, for somebody who wants to know everything of a record: what a diagnosis can do without is read, too.
    #[must_use]
    pub fn in_depth(self) -> Reader {
        Reader { in_depth: true, ..self }
    }

    pub(crate) fn is_in_depth(&self) -> bool {
        self.in_depth
    }

    /// Adds what is wanted to what is known.
    pub(crate) async fn learn(
        &self,
        wants: BTreeSet<Want>,
        known: &mut Arc<BTreeMap<Want, Known>>,
        baseline: &Baseline,
    ) {
        self.extras.read(wants, known, arn::partition(&baseline.instance_arn)).await;
    }

    /// The clients that it reads with.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The journal that it reads.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    fn known_name(&self, arn: &str) -> Option<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned()
    }

    fn learn_name(&self, arn: &str, name: &str) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(arn.to_owned(), name.to_owned());
    }

    /// Answers the questions of a batch. What several questions need is read once. Nothing is read for none.
    pub async fn observe(
        &self,
        questions: &BTreeSet<Question>,
        baseline: &Baseline,
        now: Timestamp,
    ) -> BTreeMap<Question, Result<Facts, AwsError>> {
        if questions.is_empty() {
            return BTreeMap::new();
        }
        let instance = baseline.instance_arn.as_str();
        let accounts: BTreeSet<&str> = questions.iter().map(|question| question.account.as_str()).collect();
        let references: BTreeSet<&UserReference> = questions.iter().map(|question| &question.user).collect();
        let (shared, provisioned, users) = futures::join!(
            self.read_shared(baseline, now),
            each(accounts, |account| permission_set::provisioned(&self.clients, instance, account)),
            each(references, |reference| user::read(&self.clients, &baseline.identity_store_id, reference)),
        );
        let sets = self.permission_sets(questions, baseline, &provisioned).await;
        let facts = |question: &Question| -> Result<Facts, AwsError> {
            let Shared { access_control, past_fixes } = shared.clone()?;
            let set = (question.account.as_str(), question.permission_set.as_str());
            let permission_set: Lookup = answered(&sets, &set)?;
            let user: Option<User> = answered(&users, &&question.user)?;
            Ok(Facts { access_control, permission_set, user, past_fixes, known: Arc::default() })
        };
        questions.iter().map(|question| (question.clone(), facts(question))).collect()
    }

    async fn read_shared(&self, baseline: &Baseline, now: Timestamp) -> Result<Shared, AwsError> {
        let (access_control, past_fixes) = futures::try_join!(
            access_control(&self.clients, &baseline.instance_arn),
            self.journal.fixes_that_matter(now, baseline.limits.maximum_event_age)
        )?;
        Ok(Shared { access_control, past_fixes: past_fixes.into() })
    }

    /// The permission sets that the questions name, each read once, however many accounts have it.
    async fn permission_sets<'a>(
        &self,
        questions: &'a BTreeSet<Question>,
        baseline: &Baseline,
        provisioned: &BTreeMap<&str, Result<Provisioned, AwsError>>,
    ) -> BTreeMap<(&'a str, &'a str), Result<Lookup, AwsError>> {
        let mut search =
            Search { reader: self, baseline, described: BTreeMap::new(), looks_left: MOST_LOOKS };
        let mut found: BTreeMap<(&str, &str), Result<Found, AwsError>> = BTreeMap::new();
        for question in questions {
            let set = (question.account.as_str(), question.permission_set.as_str());
            if let Entry::Vacant(place) = found.entry(set) {
                let answer = match answered(provisioned, &set.0) {
                    Ok(provisioned) => search.find(&provisioned.all, set.1).await,
                    Err(error) => Err(error),
                };
                place.insert(answer);
            }
        }
        let arns: BTreeSet<&str> = found
            .values()
            .filter_map(|found| match found {
                Ok(Found::Arn(arn)) => Some(arn.as_str()),
                _ => None,
            })
            .collect();
        let described = &search.described;
        let contents = each(arns, |arn| async move {
            let instance = &baseline.instance_arn;
            let description = match described.get(arn) {
                Some(description) => description.clone(),
                None => permission_set::describe(&self.clients, instance, arn).await?,
            };
            permission_set::read(&self.clients, instance, arn, description, Provisioning::Latest).await
        })
        .await;
        let lookup = |account: &str, found: &Result<Found, AwsError>| -> Result<Lookup, AwsError> {
            let arn = match found.clone()? {
                Found::Arn(arn) => arn,
                Found::Nowhere => return Ok(Lookup::NotProvisioned),
                Found::GivenUp => return Ok(Lookup::GivenUp),
            };
            let mut set: PermissionSet = answered(&contents, &arn.as_str())?;
            if answered(provisioned, &account)?.outdated.contains(&arn) {
                set.provisioning = Provisioning::Outdated;
            }
            Ok(Lookup::Found(Arc::new(set)))
        };
        found.iter().map(|(set, found)| (*set, lookup(set.0, found))).collect()
    }
}

/// The most permission sets that one batch looks at to find a name: the instance's 20 calls a second are everybody's.
const MOST_LOOKS: usize = 100;

/// The search for permission sets by name. AWS lists ARNs only.
struct Search<'a> {
    reader: &'a Reader,
    baseline: &'a Baseline,
    described: BTreeMap<String, Description>,
    looks_left: usize,
}

#[derive(Clone)]
enum Found {
    Arn(String),
    Nowhere,
    GivenUp,
}

impl Search<'_> {
    /// The permission set of this exact name among these.
    async fn find(&mut self, arns: &[String], name: &str) -> Result<Found, AwsError> {
        // The approved ARN first: then one look is enough, even where there are too many.
        let approved = self.baseline.permission_set(name).map(|approved| approved.arn.as_str());
        let (first, others): (Vec<&String>, Vec<&String>) =
            arns.iter().partition(|arn| approved == Some(arn.as_str()));
        for arn in first.into_iter().chain(others) {
            let known = self.reader.known_name(arn);
            let found = match known {
                Some(known) => known,
                None if self.looks_left == 0 && approved != Some(arn.as_str()) => return Ok(Found::GivenUp),
                None => self.look(arn).await?,
            };
            if found == name {
                return Ok(Found::Arn(arn.clone()));
            }
        }
        Ok(Found::Nowhere)
    }

    async fn look(&mut self, arn: &str) -> Result<String, AwsError> {
        self.looks_left = self.looks_left.saturating_sub(1);
        let description =
            permission_set::describe(&self.reader.clients, &self.baseline.instance_arn, arn).await?;
        self.reader.learn_name(arn, &description.name);
        let name = description.name.clone();
        self.described.insert(arn.to_owned(), description);
        Ok(name)
    }
}

/// What every question needs.
#[derive(Clone)]
struct Shared {
    access_control: AccessControl,
    past_fixes: Arc<[PastFix]>,
}

/// Reads a thing for each key, a few at once.
pub(crate) async fn each<K: Ord + Clone, T, F: Future<Output = T>>(
    keys: BTreeSet<K>,
    read: impl Fn(K) -> F,
) -> BTreeMap<K, T> {
    stream::iter(keys)
        .map(|key| {
            let answer = read(key.clone());
            async { (key, answer.await) }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

fn answered<K: Ord, T: Clone>(answers: &BTreeMap<K, Result<T, AwsError>>, key: &K) -> Result<T, AwsError> {
    answers.get(key).cloned().unwrap_or_else(|| Err(AwsError::incomplete("a question that was not asked")))
}

/// The instance's attribute mappings.
pub(crate) async fn access_control(clients: &Clients, instance: &str) -> Result<AccessControl, AwsError> {
    let operation = "sso:DescribeInstanceAccessControlAttributeConfiguration";
    let call = clients.sso.describe_instance_access_control_attribute_configuration().instance_arn(instance);
    let answer = match call.send().await {
        Ok(answer) => answer,
        // No page says so, but this is what Terraform relies on where the feature is off.
        Err(error) if has_code(&error, "ResourceNotFoundException") => return Ok(AccessControl::Disabled),
        Err(error) => return Err(AwsError::new(operation, &error)),
    };
    if answer.status().is_none_or(|status| status.as_str() != "ENABLED") {
        return Ok(AccessControl::Pending);
    }
    let configuration = answer
        .instance_access_control_attribute_configuration
        .ok_or_else(|| AwsError::incomplete(operation))?;
    let mappings = configuration.access_control_attributes.into_iter().map(|attribute| {
        let sources = attribute.value.map(|value| value.source).unwrap_or_default();
        match <[String; 1]>::try_from(sources) {
            Ok([source]) => Ok(AttributeMapping { key: attribute.key, source }),
            Err(_) => Err(AwsError::incomplete(operation)),
        }
    });
    Ok(AccessControl::Enabled(mappings.collect::<Result<_, _>>()?))
}
