//! Records from where AWS keeps them: event history, a queue of dead letters, a query's result.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_athena::types::QueryExecutionState;
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::Timestamp;
use tagmend_remedy::aws_error::AwsError;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::bucket::{self, Pieces, Wanted};
use super::source::Source;

type Sender = mpsc::Sender<io::Result<Vec<u8>>>;

/// How many pages may wait.
const PAGES: usize = 8;

/// LookupEvents takes two calls a second for each account and Region.
/// Source: `LookupEvents` in the CloudTrail API reference.
const BETWEEN_LOOKUPS: Duration = Duration::from_millis(500);
/// The most events of a page.
const PAGE: i32 = 50;

/// The event history of the caller's account and Region: management events of 90 days.
pub(crate) fn event_history(configuration: &SdkConfig, wanted: &Wanted) -> Source {
    let client = aws_sdk_cloudtrail::Client::new(configuration);
    let (from, to) = (wanted.from, wanted.to);
    // An endpoint that was set by hand is the sandbox, which has no such limit.
    let is_paced = configuration.endpoint_url().is_none();
    let region = configuration.region().map_or("a Region", |region| region.as_ref());
    late(format!("event history of {region}"), move |sender| async move {
        look_up(&client, from, to, is_paced, &sender).await
    })
}

async fn look_up(
    client: &aws_sdk_cloudtrail::Client,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    is_paced: bool,
    sender: &Sender,
) -> Result<(), AwsError> {
    let operation = "cloudtrail:LookupEvents";
    let time = |time: Timestamp| aws_smithy_types::DateTime::from_secs(time.as_second());
    let mut pace = interval(BETWEEN_LOOKUPS);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut next = None;
    loop {
        if is_paced {
            pace.tick().await;
        }
        let call = client
            .lookup_events()
            .max_results(PAGE)
            .set_start_time(from.map(time))
            .set_end_time(to.map(time))
            .set_next_token(next);
        let page = call.send().await.map_err(|error| AwsError::new(operation, &error))?;
        let mut lines = String::new();
        for event in page.events() {
            lines.push_str(event.cloud_trail_event().unwrap_or("null"));
            lines.push('\n');
        }
        next = page.next_token;
        if sender.send(Ok(lines.into_bytes())).await.is_err() || next.is_none() {
            return Ok(());
        }
    }
}

/// Looks without a new message before the queue counts as seen: it answers from some of its servers only.
/// Source: short polling in the SQS developer guide.
const LOOKS_IN_VAIN: usize = 10;
/// The most messages of a look.
const MESSAGES: i32 = 10;

/// The messages of a queue, which stay there: a visibility timeout of 0 hides nothing from whoever takes them.
pub(crate) fn dead_letters(configuration: &SdkConfig, url: &str) -> Source {
    let (client, url) = (aws_sdk_sqs::Client::new(configuration), url.to_owned());
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    late(format!("queue {name}"), move |sender| async move { look_into(&client, &url, &sender).await })
}

async fn look_into(client: &aws_sdk_sqs::Client, url: &str, sender: &Sender) -> Result<(), AwsError> {
    let call = client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages);
    let answer = call.send().await.map_err(|error| AwsError::new("sqs:GetQueueAttributes", &error))?;
    let told = answer.attributes().and_then(|all| all.get(&QueueAttributeName::ApproximateNumberOfMessages));
    let expected: usize = told.and_then(|count| count.parse().ok()).unwrap_or(0);
    let (mut seen, mut in_vain) = (BTreeSet::new(), 0);
    while seen.len() < expected && in_vain < LOOKS_IN_VAIN {
        let call =
            client.receive_message().queue_url(url).max_number_of_messages(MESSAGES).visibility_timeout(0);
        let answer = call.send().await.map_err(|error| AwsError::new("sqs:ReceiveMessage", &error))?;
        in_vain += 1;
        for message in answer.messages.unwrap_or_default() {
            if seen.insert(message.message_id.unwrap_or_default()) {
                in_vain = 0;
                let mut body = message.body.unwrap_or_default().into_bytes();
                body.push(b'\n');
                if sender.send(Ok(body)).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// The result of a query of Athena, where it put it.
pub(crate) async fn query_result(configuration: &SdkConfig, id: &str) -> Result<Source> {
    let operation = "athena:GetQueryExecution";
    let client = aws_sdk_athena::Client::new(configuration);
    let call = client.get_query_execution().query_execution_id(id);
    let answer = call.send().await.map_err(|error| AwsError::new(operation, &error))?;
    let execution = answer.query_execution.context("Athena does not know the query")?;
    let state = execution.status.and_then(|status| status.state);
    if state != Some(QueryExecutionState::Succeeded) {
        let state = state.map_or("UNKNOWN".to_owned(), |state| state.as_str().to_owned());
        bail!("the query {id} has no result: it is {state}");
    }
    let location = execution.result_configuration.and_then(|result| result.output_location);
    let location = location.context("the query has no output location")?;
    let (bucket, key) = bucket::place(&location).context("the query's result is not in S3")?;
    Ok(bucket::object(configuration, bucket, key))
}

/// A source that begins to come when it is read.
fn late<F, C>(name: String, come: C) -> Source
where
    C: FnOnce(Sender) -> F + Send + 'static,
    F: Future<Output = Result<(), AwsError>> + Send,
{
    let handle = Handle::current();
    Source::opened_late(
        name,
        Box::new(move || {
            let (sender, receiver) = mpsc::channel(PAGES);
            handle.spawn(async move {
                let failures = sender.clone();
                if let Err(error) = come(sender).await {
                    // Nobody may be listening any more.
                    let _ = failures.send(Err(io::Error::other(error.to_string()))).await;
                }
            });
            Ok(Box::new(Pieces::new(receiver)))
        }),
    )
}
