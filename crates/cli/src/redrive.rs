//! `tagmend replay --dead-letters QUEUE --redrive QUEUE`: sends back the dead letters that the function would now treat.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::Message;
use schemars::JsonSchema;
use serde::Serialize;
use tagmend_diagnosis::{Delivery, DeliveryError, Plan, SignIn};
use tagmend_records::Content;
use tagmend_remedy::{AwsError, Event, Treated, Treatment};

use crate::arguments::Replay;
use crate::exit::Exit;
use crate::input::queue::{self, Look};
use crate::input::source::Source;
use crate::input::{Input, configuration};
use crate::place::{Depth, Intent, Scenes, Seen};
use crate::text::{escaped, json_line};

/// How long nobody else takes what is looked at: enough to diagnose ten messages, and to send them.
const HIDDEN_SECONDS: i32 = 120;

/// The version of the form of a line.
const SCHEMA: u32 = 1;

/// A dead letter, as a line of `tagmend replay --dead-letters QUEUE --redrive QUEUE --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Redriven {
    /// The version of this form.
    schema: u32,
    message_id: String,
    /// Whether the function would treat it now.
    goes_back: bool,
    /// As what, or why not.
    why: String,
    /// Whether it was sent; null in a dry run, and for what stays.
    sent: Option<bool>,
    /// Why it was not moved.
    error: Option<String>,
}

/// What becomes of a dead letter.
#[derive(Debug)]
enum Verdict {
    /// The function would treat it now; and as what.
    GoesBack(String),
    /// It would be a dead letter again; and why.
    Stays(String),
}

/// Looks at every message. With `--apply` it sends those back that would be treated, each before it is deleted: a message
/// that is sent twice is treated as one.
pub(crate) async fn run(
    arguments: &Replay,
    from: &str,
    to: &str,
    out: &mut (dyn Write + Send),
) -> Result<Exit> {
    let mut look = Look::begin(&configuration().await, from, HIDDEN_SECONDS).await?;
    // The function heals what is sent back; nothing is healed here.
    let mut scenes = Scenes::new(&arguments.place, Intent::Plan, Depth::Usual);
    let mut run = Run { arguments, from, to, back: 0, staying: 0, failed: 0, out, printed: Ok(()) };
    while let Some(messages) = look.next().await? {
        for message in messages {
            let verdict = judge(&mut scenes, queue::name(from), &message).await?;
            let sent = match (&verdict, arguments.apply) {
                (Verdict::GoesBack(_), true) => Some(send(look.client(), from, to, &message).await),
                _ => None,
            };
            run.tell(&message, &verdict, sent.as_ref())?;
        }
    }
    run.end(look.not_shown())
}

/// Whether the function would treat it now: what it takes, and what it then does, is asked of what the function runs.
async fn judge(scenes: &mut Scenes<'_>, queue: &str, message: &Message) -> Result<Verdict> {
    let id = message.message_id().unwrap_or_default();
    let event = Event::of_body(message.body().unwrap_or_default(), scenes.baseline().await?);
    let is_sign_in = event.deliveries.iter().flatten().any(|delivery| SignIn::read(delivery).is_some());
    let source = Arc::new(Source::named(format!("queue {queue} message {id}")));
    let input = |read: Result<Delivery, DeliveryError>| Input {
        source: Arc::clone(&source),
        number: None,
        content: match read {
            Ok(delivery) => Content::Record { delivery: Box::new(delivery), rebuilt: None },
            Err(error) => Content::Unreadable(error),
        },
    };
    let (seen, _, _) = scenes.treat(event.deliveries.into_iter().map(input).collect(), None).await?;
    if let Some(seen) = seen.iter().find(|seen| seen.treated.is_unfinished()) {
        return Ok(Verdict::Stays(what(seen)));
    }
    let is_passed_over = |seen: &Seen| matches!(seen.treated, Treated::PassedOver);
    let mut why: Vec<String> = seen.iter().filter(|seen| !is_passed_over(seen)).map(what).collect();
    if is_sign_in {
        why.push("a sign-in: what the session carries is kept".to_owned());
    }
    if event.foreign_write.is_some() {
        why.push(
            "somebody else's write of the mappings: whether one of Tagmend's replaced it is looked up"
                .to_owned(),
        );
    }
    Ok(match why.as_slice() {
        [] => {
            Verdict::Stays("neither denied nor throttled: the function would do nothing with it".to_owned())
        }
        why => Verdict::GoesBack(why.join(", ")),
    })
}

fn what(seen: &Seen) -> String {
    match &seen.treated {
        Treated::PassedOver => "neither denied nor throttled".to_owned(),
        Treated::Related(related) => related.cause.about().title.to_owned(),
        Treated::Repeated { .. } => "tells of the same call as another one".to_owned(),
        Treated::Unreadable(error) => format!("cannot be read: {error}"),
        Treated::Failure(_, Treatment::Unanswered(error)) => format!("AWS did not answer: {error}"),
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, plan, .. }) => {
            let plan = match plan {
                Plan::Changes(steps) => {
                    steps.iter().map(|step| step.change.to_string()).collect::<Vec<_>>().join(", ")
                }
                Plan::Nothing(reason) => reason.to_string(),
            };
            format!("{}: {plan}", diagnosis.cause.name())
        }
    }
}

async fn send(client: &aws_sdk_sqs::Client, from: &str, to: &str, message: &Message) -> Result<(), AwsError> {
    let body = message.body().unwrap_or_default();
    let call = client.send_message().queue_url(to).message_body(body);
    call.send().await.map_err(|error| AwsError::new("sqs:SendMessage", &error))?;
    let handle = message.receipt_handle().unwrap_or_default();
    let call = client.delete_message().queue_url(from).receipt_handle(handle);
    call.send().await.map_err(|error| AwsError::new("sqs:DeleteMessage", &error))?;
    Ok(())
}

struct Run<'a> {
    arguments: &'a Replay,
    from: &'a str,
    to: &'a str,
    back: usize,
    staying: usize,
    failed: usize,
    out: &'a mut (dyn Write + Send),
    printed: Result<()>,
}

impl Run<'_> {
    fn tell(
        &mut self,
        message: &Message,
        verdict: &Verdict,
        sent: Option<&Result<(), AwsError>>,
    ) -> Result<()> {
        let id = message.message_id().context("a message without an id")?;
        let (goes_back, why) = match verdict {
            Verdict::GoesBack(why) => (true, why),
            Verdict::Stays(why) => (false, why),
        };
        self.back += usize::from(goes_back);
        self.staying += usize::from(!goes_back);
        let error = sent.and_then(|sent| sent.as_ref().err()).map(ToString::to_string);
        self.failed += usize::from(error.is_some());
        let line = if self.arguments.json {
            let is_sent = sent.map(Result::is_ok);
            let letter = Redriven {
                schema: SCHEMA,
                message_id: id.to_owned(),
                goes_back,
                why: why.to_owned(),
                sent: is_sent,
                error,
            };
            json_line(&serde_json::to_value(letter)?)
        } else {
            let becomes = match (goes_back, sent) {
                (false, _) => "stays",
                (true, None) => "would go back",
                (true, Some(Ok(()))) => "was sent back",
                (true, Some(Err(_))) => "was not moved",
            };
            let error = error.map(|error| format!(": {error}")).unwrap_or_default();
            format!("{}  {becomes}{}: {}\n", escaped(id), escaped(&error), escaped(why))
        };
        self.print(&line);
        Ok(())
    }

    fn print(&mut self, text: &str) {
        if self.printed.is_ok() {
            self.printed = self.out.write_all(text.as_bytes()).map_err(Into::into);
        }
    }

    fn end(mut self, not_shown: usize) -> Result<Exit> {
        let is_dry = !self.arguments.apply;
        if !self.arguments.json {
            let (back, staying) = (self.back, self.staying);
            let from = escaped(queue::name(self.from));
            let mut text = format!("{from}: {back} to send back, {staying} stay");
            if not_shown > 0 {
                text.push_str(&format!(", {not_shown} were not shown by SQS: run it again"));
            }
            text.push('\n');
            if is_dry && back > 0 {
                let to = escaped(queue::name(self.to));
                text.push_str(&format!("dry run: nothing was sent; --apply sends them to {to}\n"));
            }
            self.print(&text);
        }
        let exit = if self.failed > 0 || self.staying > 0 || not_shown > 0 {
            Exit::Error
        } else if is_dry && self.back > 0 {
            Exit::Planned
        } else {
            Exit::Done
        };
        exit.after(self.printed)
    }
}
