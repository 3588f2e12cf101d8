//! The Lambda function on a schedule. Wiring only: the order of steps is in `tagmend_remedy::watch`.

mod log;
mod work;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value as Json;
use tagmend_function::{Installation, Usual, begin_log};
use tagmend_remedy::rate::Share;

use work::Work;

const USUAL: Usual = Usual { name: "watch", calls_per_second: Share::WATCH, places: 1 };

#[tokio::main]
async fn main() -> Result<(), Error> {
    begin_log();
    let installation = Installation::read(|name| std::env::var(name).ok(), USUAL).inspect_err(|error| {
        tracing::error!(error = format!("{error:#}"), "the function does not start");
    })?;
    let work = Work::new(installation);
    run(service_fn(|event: LambdaEvent<Json>| work.look(event))).await
}
