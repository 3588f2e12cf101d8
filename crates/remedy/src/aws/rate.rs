//! So many calls a second to Identity Center, and so many to each API of the Identity Store.
//!
//! All of an instance's callers share 20 calls a second of Identity Center; the Identity Store gives 20 to each of its
//! APIs. Source: `limits` in the Identity Center user guide. Tagmend takes half of either, and divides that by design: each
//! function has a share, and each of its places an equal part of it, as the template limits how many places there are. So
//! nobody has to be asked, and nothing that is asked can fail or be slow in a storm; the price is that a share nobody uses
//! is nobody else's. Every attempt counts, those that the SDK repeats, too.
//!
//! A throttled answer says that others use more than their half. Whoever gets one takes twice the time for each call, and
//! finds its way back slowly; as the quota is everybody's, all that call get them.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// Calls a second that one process may make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(f64);

/// The slowest that throttled answers make anybody.
const SLOWEST: u32 = 8;
/// Longest time for one attempt, its turn included: what waits for it is not stuck.
const ATTEMPT: Duration = Duration::from_secs(15);
/// Longest time for one call with its retries.
const OPERATION: Duration = Duration::from_secs(30);

impl Share {
    /// What heal has, unless its settings say otherwise.
    pub const HEAL: f64 = 6.0;
    /// What watch has.
    pub const WATCH: f64 = 2.0;
    /// What commands have.
    pub const COMMANDS: f64 = 2.0;
    /// Half of the quota: for who is alone, before anything is deployed.
    pub const HALF: f64 = 10.0;

    /// A function's calls a second, divided by the places that it has; none where it could make none, or more than half of
    /// the quota.
    pub fn new(calls_per_second: f64, places: u32) -> Option<Share> {
        let share = calls_per_second / f64::from(places.max(1));
        (calls_per_second <= Share::HALF && share >= 0.1).then_some(Share(share))
    }

    fn every(self) -> Duration {
        // A third of a second, three times, is a little less than a second.
        Duration::from_secs_f64(1.0 / self.0) + Duration::from_micros(1)
    }
}

/// How fast calls go out now. Clones are the same.
#[derive(Clone, Debug)]
pub struct Rate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    every: Duration,
    budgets: Mutex<BTreeMap<String, Budget>>,
    throttled: AtomicU64,
    calls: AtomicU64,
}

/// One budget of calls a second.
#[derive(Debug)]
struct Budget {
    every: Duration,
    next: SystemTime,
}

impl Rate {
    /// Nothing was called yet.
    pub fn new(share: Share) -> Rate {
        Rate(Arc::new(Inner {
            every: share.every(),
            budgets: Mutex::default(),
            throttled: AtomicU64::new(0),
            calls: AtomicU64::new(0),
        }))
    }

    /// The same configuration, whose clients keep to it.
    pub fn keep(&self, configuration: &SdkConfig) -> SdkConfig {
        let sleep = configuration.sleep_impl().unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new()));
        let inner = configuration.http_client().unwrap_or_else(https);
        let time = configuration.time_source().unwrap_or_default();
        let client = Paced { inner, rate: self.clone(), sleep, time, is_paced: true };
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
        configuration.clone().into_builder().http_client(client).timeout_config(timeouts).build()
    }

    /// The same configuration, whose clients' calls are counted, and wait for nothing.
    pub fn count(&self, configuration: &SdkConfig) -> SdkConfig {
        let sleep = configuration.sleep_impl().unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new()));
        let inner = configuration.http_client().unwrap_or_else(https);
        let time = configuration.time_source().unwrap_or_default();
        let client = Paced { inner, rate: self.clone(), sleep, time, is_paced: false };
        configuration.clone().into_builder().http_client(client).build()
    }

    /// Throttled answers since this was asked last.
    pub fn take_throttled(&self) -> u64 {
        self.0.throttled.swap(0, Ordering::Relaxed)
    }

    /// Calls that went out, of every service, each attempt counted.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// How long the next call has to wait. It has its place in the row from then on.
    fn turn(&self, api: &str, now: SystemTime) -> Duration {
        let mut budgets = self.budgets();
        let budget = budgets
            .entry(api.to_owned())
            .or_insert_with(|| Budget { every: self.0.every, next: SystemTime::UNIX_EPOCH });
        let at = budget.next.max(now);
        budget.next = at + budget.every;
        at.duration_since(now).unwrap_or_default()
    }

    fn answered(&self, api: &str, is_throttled: bool) {
        let usual = self.0.every;
        if is_throttled {
            self.0.throttled.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(budget) = self.budgets().get_mut(api) {
            budget.every = if is_throttled {
                (budget.every * 2).min(usual * SLOWEST)
            } else {
                budget.every.saturating_sub(usual / 10).max(usual)
            };
        }
    }

    fn budgets(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Budget>> {
        self.0.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn https() -> SharedHttpClient {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    aws_smithy_http_client::Builder::new().tls_provider(provider).build_https()
}

/// The budget of a call: one for all of Identity Center, one for each API of the Identity Store; none for other services.
fn budget(request: &HttpRequest) -> Option<String> {
    let target = request.headers().get("x-amz-target")?;
    match target.split_once('.')? {
        ("SWBExternalService", _) => Some("sso".to_owned()),
        ("AWSIdentityStore", operation) => Some(operation.to_owned()),
        _ => None,
    }
}

#[derive(Clone)]
struct Paced<C> {
    inner: C,
    rate: Rate,
    sleep: SharedAsyncSleep,
    time: SharedTimeSource,
    is_paced: bool,
}

impl<C: Debug> Debug for Paced<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Paced").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl HttpClient for Paced<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Paced {
            inner: self.inner.http_connector(settings, components),
            rate: self.rate.clone(),
            sleep: self.sleep.clone(),
            time: self.time.clone(),
            is_paced: self.is_paced,
        })
    }
}

impl HttpConnector for Paced<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.rate.0.calls.fetch_add(1, Ordering::Relaxed);
        let Some(api) = budget(&request).filter(|_| self.is_paced) else {
            return self.inner.call(request);
        };
        let paced = self.clone();
        HttpConnectorFuture::new(async move {
            let wait = paced.rate.turn(&api, paced.time.now());
            if !wait.is_zero() {
                paced.sleep.sleep(wait).await;
            }
            let response = paced.inner.call(request).await?;
            let (response, is_throttled) = looked_at(response).await;
            paced.rate.answered(&api, is_throttled);
            Ok(response)
        })
    }
}

/// Whether an answer says that there were too many calls. Only what failed is read for it.
async fn looked_at(mut response: HttpResponse) -> (HttpResponse, bool) {
    if response.status().is_success() {
        return (response, false);
    }
    let names =
        |text: &str| text.contains("ThrottlingException") || text.contains("TooManyRequestsException");
    let in_header = response.headers().get("x-amzn-errortype").is_some_and(names);
    let body = std::mem::replace(response.body_mut(), SdkBody::empty());
    let Ok(bytes) = ByteStream::new(body).collect().await.map(|bytes| bytes.into_bytes()) else {
        return (response, in_header);
    };
    let is_throttled = in_header || std::str::from_utf8(&bytes).is_ok_and(names);
    *response.body_mut() = SdkBody::from(bytes);
    (response, is_throttled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000 + milliseconds)
    }

    #[test]
    fn calls_go_out_one_after_the_other_and_no_budget_waits_for_another() {
        let rate = Rate::new(Share::new(6.0, 2).unwrap());
        let waits = |rate: &Rate, api: &str, times: &[u64]| -> Vec<u128> {
            times.iter().map(|time| rate.turn(api, at(*time)).as_millis()).collect()
        };
        assert_eq!(waits(&rate, "sso", &[0, 0, 0, 500, 5_000, 5_000]), [0, 333, 666, 500, 0, 333]);
        assert_eq!(waits(&rate, "ListUsers", &[0, 0]), [0, 333]);
        assert_eq!(waits(&rate, "DescribeUser", &[0]), [0]);
    }

    #[test]
    fn throttled_answers_slow_down_and_good_ones_bring_back() {
        let rate = Rate::new(Share::new(10.0, 1).unwrap());
        let every = |rate: &Rate| {
            let now = at(3_600_000);
            rate.turn("sso", now);
            rate.budgets().get("sso").map(|budget| budget.next.duration_since(now).unwrap().as_millis())
        };
        assert_eq!(every(&rate), Some(100));
        rate.answered("sso", true);
        rate.answered("sso", true);
        rate.budgets().get_mut("sso").unwrap().next = SystemTime::UNIX_EPOCH;
        assert_eq!(every(&rate), Some(400));
        (0..10).for_each(|_| rate.answered("sso", true));
        rate.budgets().get_mut("sso").unwrap().next = SystemTime::UNIX_EPOCH;
        assert_eq!(every(&rate), Some(800), "never slower than that");
        (0..200).for_each(|_| rate.answered("sso", false));
        rate.budgets().get_mut("sso").unwrap().next = SystemTime::UNIX_EPOCH;
        assert_eq!(every(&rate), Some(100), "never faster than its share");
        assert_eq!((rate.take_throttled(), rate.take_throttled()), (12, 0));
    }

    #[test]
    fn a_share_is_some_calls_and_no_more_than_half_of_the_quota() {
        for (calls, places) in [(0.0, 1), (-1.0, 1), (10.1, 1), (f64::NAN, 1), (f64::INFINITY, 1), (0.1, 2)] {
            assert_eq!(Share::new(calls, places), None, "{calls}");
        }
        let all = Share::HEAL + Share::WATCH + Share::COMMANDS;
        assert!((all - Share::HALF).abs() < f64::EPSILON, "together half of the quota");
    }
}
