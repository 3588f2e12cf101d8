//! The messages of a queue of SQS, looked at and left there.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use tagmend_remedy::AwsError;

/// How many looks in a row may show nothing new before the queue counts as seen: a short poll asks some servers only.
/// Source: `sqs-short-and-long-polling` in the SQS developer guide.
const LOOKS_IN_VAIN: usize = 10;
/// The most messages of a look.
const MESSAGES: i32 = 10;

/// A look at a queue: every message once, as far as SQS shows it.
#[derive(Debug)]
pub(crate) struct Look {
    client: aws_sdk_sqs::Client,
    url: String,
    /// How long others do not see what was shown. Without that, SQS shows the same messages again.
    /// Source: `sqs-visibility-timeout` in the SQS developer guide.
    hidden_seconds: i32,
    expected: usize,
    seen: BTreeSet<String>,
}

impl Look {
    pub(crate) async fn begin(
        configuration: &SdkConfig,
        url: &str,
        hidden_seconds: i32,
    ) -> Result<Look, AwsError> {
        let client = aws_sdk_sqs::Client::new(configuration);
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let call = client.get_queue_attributes().queue_url(url).attribute_names(name.clone());
        let answer = call.send().await.map_err(|error| AwsError::new("sqs:GetQueueAttributes", &error))?;
        let expected = answer.attributes().and_then(|all| all.get(&name));
        let expected = expected.and_then(|count| count.parse().ok()).unwrap_or(0);
        Ok(Look { client, url: url.to_owned(), hidden_seconds, expected, seen: BTreeSet::new() })
    }

    pub(crate) fn client(&self) -> &aws_sdk_sqs::Client {
        &self.client
    }

    /// Messages that were not seen before; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Message>>, AwsError> {
        for _ in 0..LOOKS_IN_VAIN {
            if self.seen.len() >= self.expected {
                return Ok(None);
            }
            let call = self.client.receive_message().queue_url(&self.url).max_number_of_messages(MESSAGES);
            let answer = call
                .visibility_timeout(self.hidden_seconds)
                .send()
                .await
                .map_err(|error| AwsError::new("sqs:ReceiveMessage", &error))?;
            let mut messages = answer.messages.unwrap_or_default();
            messages.retain(|message| self.seen.insert(message.message_id.clone().unwrap_or_default()));
            if !messages.is_empty() {
                return Ok(Some(messages));
            }
        }
        Ok(None)
    }

    /// How many messages the queue said that it has and did not show.
    pub(crate) fn not_shown(&self) -> usize {
        self.expected.saturating_sub(self.seen.len())
    }
}

/// A queue's name.
pub(crate) fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}
