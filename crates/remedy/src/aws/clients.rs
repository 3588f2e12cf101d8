//! The AWS clients, and how patient they are.

use std::time::Duration;

use crate::rate::Rate;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_ssoadmin::config::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::journal::users_key::KnownKey;

/// Clients of every service that is read.
#[derive(Clone, Debug)]
pub struct Clients {
    pub(crate) sso: aws_sdk_ssoadmin::Client,
    pub(crate) identity_store: aws_sdk_identitystore::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) organizations: aws_sdk_organizations::Client,
    pub(crate) quotas: aws_sdk_servicequotas::Client,
    pub(crate) configuration: SdkConfig,
    /// The key that users are hashed with, once a run of this process needed it.
    pub(crate) users_key: KnownKey,
}

/// Longest time for one attempt of one call.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Longest time for one call with its retries.
const OPERATION: Duration = Duration::from_secs(15);

/// Configuration from the environment, for a Region. All clients share one HTTP client: each of its own reads the
/// system's certificates anew.
pub(crate) async fn configuration(region: &str) -> SdkConfig {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts)
        .http_client(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https())
        .load()
        .await
}

/// The same configuration at a rate. A sandbox on this machine has no quota that others need.
pub(crate) fn paced(rate: &Rate, configuration: SdkConfig) -> SdkConfig {
    let is_sandbox = configuration.endpoint_url().is_some_and(|url| url.starts_with("http://127.0.0.1:"));
    if is_sandbox { rate.count(&configuration) } else { rate.keep(&configuration) }
}

/// Configuration for the sandbox at this address.
pub fn sandbox_configuration(endpoint: &str, region: &str) -> SdkConfig {
    sandbox_configuration_as("sandbox", endpoint, region)
}

/// The same for a caller of this name, where the sandbox tells callers apart.
pub fn sandbox_configuration_as(caller: &str, endpoint: &str, region: &str) -> SdkConfig {
    let credentials = aws_sdk_ssoadmin::config::Credentials::new(caller, "sandbox", None, None, "sandbox");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
}

impl Clients {
    /// What they are made of.
    pub fn configuration(&self) -> &SdkConfig {
        &self.configuration
    }

    /// Builds the clients; nothing is called yet.
    pub fn new(configuration: &SdkConfig) -> Clients {
        Clients {
            sso: aws_sdk_ssoadmin::Client::new(configuration),
            identity_store: aws_sdk_identitystore::Client::new(configuration),
            iam: aws_sdk_iam::Client::new(configuration),
            s3: s3(configuration),
            organizations: aws_sdk_organizations::Client::new(configuration),
            quotas: aws_sdk_servicequotas::Client::new(configuration),
            configuration: configuration.clone(),
            users_key: KnownKey::default(),
        }
    }
}

/// A client of S3. An endpoint that was set by hand is the sandbox or a proxy: there, buckets are in the path.
pub fn s3(configuration: &SdkConfig) -> aws_sdk_s3::Client {
    let is_by_hand = configuration.endpoint_url().is_some();
    let builder = aws_sdk_s3::config::Builder::from(configuration).force_path_style(is_by_hand);
    aws_sdk_s3::Client::from_conf(builder.build())
}
