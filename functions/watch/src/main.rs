//! The Lambda function on a schedule. Wiring only: the order of steps is in `tagmend_remedy::watch`.

mod log;
mod settings;
mod work;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value as Json;

use settings::Settings;
use work::Work;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .without_time()
        .init();
    let settings = Settings::read(|name| std::env::var(name).ok()).inspect_err(|error| {
        tracing::error!(error = format!("{error:#}"), "the function does not start");
    })?;
    let work = Work::new(settings);
    run(service_fn(|event: LambdaEvent<Json>| work.look(event))).await
}
