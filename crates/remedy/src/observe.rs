//! Reads what AWS says now, each thing once for a whole batch.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::facts::{
    AccessControl, AttributeMapping, Facts, PastFix, PermissionSet, Provisioning, User,
};
use tagmend_diagnosis::triage::{Question, UserReference};

use crate::aws_error::{AwsError, has_code};
use crate::clients::Clients;
use crate::journal::Journal;
use crate::permission_set::{self, Provisioned};
use crate::user;

/// Calls in flight at once: the whole instance shares 20 a second.
const AT_ONCE: usize = 4;

/// Reads, and never writes.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(crate) clients: Clients,
    pub(crate) journal: Journal,
}

impl Reader {
    /// A reader with these clients, and the journal in this bucket.
    pub fn new(clients: Clients, journal_bucket: &str) -> Reader {
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        Reader { clients, journal }
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
            self.read_shared(instance, now),
            each(accounts, |account| permission_set::provisioned(&self.clients, instance, account)),
            each(references, |reference| user::read(&self.clients, &baseline.identity_store_id, reference)),
        );
        let sets: BTreeSet<(&str, &str)> = questions
            .iter()
            .map(|question| (question.account.as_str(), question.permission_set.as_str()))
            .collect();
        let sets =
            each(sets, |(account, name)| self.permission_set(baseline, &provisioned, account, name)).await;
        let facts = |question: &Question| -> Result<Facts, AwsError> {
            let Shared { access_control, past_fixes } = shared.clone()?;
            let set = (question.account.as_str(), question.permission_set.as_str());
            let permission_set: Option<PermissionSet> = answered(&sets, &set)?;
            let user: Option<User> = answered(&users, &&question.user)?;
            Ok(Facts { access_control, permission_set, user, past_fixes })
        };
        questions.iter().map(|question| (question.clone(), facts(question))).collect()
    }

    async fn read_shared(&self, instance: &str, now: Timestamp) -> Result<Shared, AwsError> {
        let (access_control, past_fixes) = futures::try_join!(
            access_control(&self.clients, instance),
            self.journal.fixes_of_session_life(now)
        )?;
        Ok(Shared { access_control, past_fixes })
    }

    /// The permission set of this exact name among those provisioned to the account.
    async fn permission_set(
        &self,
        baseline: &Baseline,
        provisioned: &BTreeMap<&str, Result<Provisioned, AwsError>>,
        account: &str,
        name: &str,
    ) -> Result<Option<PermissionSet>, AwsError> {
        let Provisioned { mut all, outdated } = answered(provisioned, &account)?;
        // The approved ARN first: then one look is enough.
        if let Some(approved) = baseline.permission_set(name) {
            all.sort_by_key(|arn| *arn != approved.arn);
        }
        for arn in all {
            let description = permission_set::describe(&self.clients, &baseline.instance_arn, &arn).await?;
            if description.name == name {
                let provisioning =
                    if outdated.contains(&arn) { Provisioning::Outdated } else { Provisioning::Latest };
                let clients = &self.clients;
                let set =
                    permission_set::read(clients, &baseline.instance_arn, &arn, description, provisioning);
                return set.await.map(Some);
            }
        }
        Ok(None)
    }
}

/// What every question needs.
#[derive(Clone)]
struct Shared {
    access_control: AccessControl,
    past_fixes: Vec<PastFix>,
}

/// Reads a thing for each key, a few at once.
async fn each<K: Ord + Clone, T, F: Future<Output = T>>(
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
