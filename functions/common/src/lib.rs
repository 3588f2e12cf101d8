//! What both functions are told by their environment, and how they log.

mod installation;

pub use installation::{Installation, Usual};

/// Begins to log: one line of JSON each, without the time that CloudWatch adds; `RUST_LOG` says what.
pub fn begin_log() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .without_time()
        .init();
}
