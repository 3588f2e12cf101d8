//! Records from where AWS keeps them: event history, a queue of dead letters, a query's result.

use std::io;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_athena::types::QueryExecutionState;
use jiff::Timestamp;
use tagmend_remedy::AwsError;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::bucket::{self, Pieces, Wanted};
use super::queue::{self, Look};
use super::source::Source;
use crate::lookups::Turns;

type Sender = mpsc::Sender<io::Result<Vec<u8>>>;

/// How many pages may wait.
const PAGES: usize = 8;

/// The most events of a page.
const PAGE: i32 = 50;

/// The event history of the caller's account and Region: management events of 90 days.
pub(crate) fn event_history(configuration: &SdkConfig, wanted: &Wanted) -> Source {
    let client = aws_sdk_cloudtrail::Client::new(configuration);
    let (from, to) = (wanted.from, wanted.to);
    let turns = Turns::new(configuration);
    let region = configuration.region().map_or("a Region", |region| region.as_ref());
    late(format!("event history of {region}"), move |sender| async move {
        look_up(&client, from, to, turns, &sender).await
    })
}

async fn look_up(
    client: &aws_sdk_cloudtrail::Client,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    mut turns: Turns,
    sender: &Sender,
) -> Result<(), AwsError> {
    let operation = "cloudtrail:LookupEvents";
    let time = |time: Timestamp| aws_smithy_types::DateTime::from_secs(time.as_second());
    let mut next = None;
    loop {
        turns.wait().await;
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

/// How long others do not see what was shown.
const HIDDEN_SECONDS: i32 = 30;

/// The messages of a queue, which stay there.
pub(crate) fn dead_letters(configuration: &SdkConfig, url: &str) -> Source {
    let (configuration, url) = (configuration.clone(), url.to_owned());
    let name = format!("queue {}", queue::name(&url));
    late(name, move |sender| async move { look_into(&configuration, &url, &sender).await })
}

async fn look_into(configuration: &SdkConfig, url: &str, sender: &Sender) -> Result<(), AwsError> {
    let mut look = Look::begin(configuration, url, HIDDEN_SECONDS).await?;
    while let Some(messages) = look.next().await? {
        for message in messages {
            let mut body = message.body.unwrap_or_default().into_bytes();
            body.push(b'\n');
            if sender.send(Ok(body)).await.is_err() {
                return Ok(());
            }
        }
    }
    let not_shown = look.not_shown();
    if not_shown > 0 {
        eprintln!("warning: SQS did not show {not_shown} messages; run it again");
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
