//! The Lambda function on failures.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value as Json;
use tagmend_function::begin_log;

use tagmend_heal::settings::Settings;
use tagmend_heal::work::Work;

#[tokio::main]
async fn main() -> Result<(), Error> {
    begin_log();
    let settings = Settings::read(|name| std::env::var(name).ok()).inspect_err(|error| {
        tracing::error!(error = format!("{error:#}"), "the function does not start");
    })?;
    let work = Work::new(settings);
    run(service_fn(|event: LambdaEvent<Json>| work.treat(event))).await
}
