//! Reading in member accounts, through an optional role there that only reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{Region, SdkConfig};
use aws_sdk_ssoadmin::config::{Credentials, SharedCredentialsProvider};
use tagmend_diagnosis::AccountRegion;

use crate::aws::aws_error::AwsError;

/// The role in every member account (`infra/member.yaml`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderRole {
    /// Its name.
    pub name: String,
    /// The external id that it asks for.
    pub external_id: Option<String>,
}

/// Sessions in member accounts. A session serves as long as it lives, a refusal to the end of a batch.
#[derive(Clone, Debug)]
pub struct Members {
    configuration: SdkConfig,
    sts: aws_sdk_sts::Client,
    role: Option<ReaderRole>,
    sessions: Arc<Mutex<BTreeMap<String, Session>>>,
}

/// Why there is no session in an account.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoSession {
    /// Nobody said which role.
    #[error("no reader role is configured")]
    NoRole,
    /// STS gave none.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// A session in an account, or why there is none.
type Session = Result<Credentials, NoSession>;

/// Seconds that a session lives: the shortest that STS allows.
const LIFE: i32 = 900;

impl Members {
    /// Sessions of this role.
    pub fn new(configuration: &SdkConfig, role: Option<ReaderRole>) -> Members {
        Members {
            configuration: configuration.clone(),
            sts: aws_sdk_sts::Client::new(configuration),
            role,
            sessions: Arc::default(),
        }
    }

    /// A configuration for an account and a Region.
    ///
    /// # Errors
    /// Where there is no session.
    pub async fn configuration(
        &self,
        place: &AccountRegion,
        partition: &str,
    ) -> Result<SdkConfig, NoSession> {
        let credentials = self.session(&place.account, partition).await?;
        Ok(self
            .configuration
            .to_builder()
            .region(Region::new(place.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build())
    }

    /// Forgets refusals: what was refused a moment ago may be granted now.
    pub(crate) fn begin_batch(&self) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, session| session.is_ok());
    }

    async fn session(&self, account: &str, partition: &str) -> Session {
        let Some(role) = &self.role else {
            return Err(NoSession::NoRole);
        };
        if let Some(known) = self.known(account) {
            return known;
        }
        let session = self.assume(role, account, partition).await;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(account.to_owned(), session.clone());
        session
    }

    /// A session that has not run out.
    fn known(&self, account: &str) -> Option<Session> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(account)?;
        let has_expired = session.as_ref().is_ok_and(|credentials| {
            credentials.expiry().is_some_and(|expiry| expiry <= std::time::SystemTime::now())
        });
        (!has_expired).then(|| session.clone())
    }

    async fn assume(&self, role: &ReaderRole, account: &str, partition: &str) -> Session {
        let operation = "sts:AssumeRole";
        let answer = self
            .sts
            .assume_role()
            .role_arn(format!("arn:{partition}:iam::{account}:role/{}", role.name))
            .role_session_name("tagmend")
            .set_external_id(role.external_id.clone())
            .duration_seconds(LIFE)
            .send()
            .await
            .map_err(|error| AwsError::new(operation, &error))?;
        let credentials = answer.credentials.ok_or_else(|| AwsError::incomplete(operation))?;
        Ok(Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            credentials.expiration.try_into().ok(),
            "reader role",
        ))
    }
}
