//! Reads AWS, and never writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tagmend_diagnosis::{AccessControl, Answers, AttributeMapping, Baseline, Lookup, arn};

use crate::aws::aws_error::{AwsError, has_code};
use crate::aws::clients::Clients;
use crate::aws::members::{Members, ReaderRole};
use crate::journal::Journal;
use crate::read::lookups::LookupReader;

/// Reads, and never writes.
#[derive(Clone, Debug)]
pub struct Reader {
    clients: Clients,
    journal: Journal,
    lookups: LookupReader,
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
        let (clients_of_it, journal_of_it) = (clients.clone(), journal.clone());
        let lookups = LookupReader {
            clients: clients_of_it,
            journal: journal_of_it,
            members,
            reads_authorization: false,
        };
        Reader { clients, journal, lookups, in_depth: false, names: Arc::default() }
    }

    /// The same, for somebody who wants to know everything of a record: what a diagnosis can do without is read, too.
    #[must_use]
    pub fn in_depth(self) -> Reader {
        Reader { in_depth: true, ..self }
    }

    /// The same, which also reads what AWS keeps of denied calls that have an authorization id.
    #[must_use]
    pub fn with_authorization_details(mut self, is_wanted: bool) -> Reader {
        self.lookups.reads_authorization = is_wanted;
        self
    }

    pub(crate) fn is_in_depth(&self) -> bool {
        self.in_depth
    }

    /// Adds what is wanted to what is known. What is not answered in time was not asked.
    pub(crate) async fn look_up(
        &self,
        wants: BTreeSet<Lookup>,
        known: &mut Arc<Answers>,
        baseline: &Baseline,
        left: Option<Duration>,
    ) {
        self.lookups.read(wants, known, arn::partition(&baseline.instance_arn), left).await;
    }

    /// Forgets what was refused in another batch.
    pub(crate) fn begin_batch(&self) {
        self.lookups.members.begin_batch();
    }

    /// The clients that it reads with.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The journal that it reads.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn known_name(&self, arn: &str) -> Option<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned()
    }

    /// The permission set that is known by a name, where exactly one is.
    pub(crate) fn known_arn(&self, name: &str) -> Option<String> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut named = names.iter().filter(|(_, known)| *known == name).map(|(arn, _)| arn.clone());
        named.next().filter(|_| named.next().is_none())
    }

    pub(crate) fn learn_name(&self, arn: &str, name: &str) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(arn.to_owned(), name.to_owned());
    }
}

/// The instance's attribute mappings.
///
/// # Errors
/// Where AWS does not answer.
pub async fn access_control(clients: &Clients, instance: &str) -> Result<AccessControl, AwsError> {
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
