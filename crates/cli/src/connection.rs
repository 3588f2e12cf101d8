//! One AWS for a whole command: a sandbox with one world, or the caller's own account.

use std::path::PathBuf;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{Clock, Pace, RunTime, rate::Rate, sandbox_configuration};
use tagmend_sandbox::Sandbox;

use crate::arguments::Where;
use crate::world::{baseline_path, read_baseline};
use crate::{kept, live, whereabouts};

/// Where the calls of a command go.
pub(crate) struct Connection {
    pub(crate) configuration: SdkConfig,
    pub(crate) baseline: Baseline,
    /// The baseline's file; none where it is built in.
    pub(crate) baseline_file: Option<PathBuf>,
    pub(crate) journal_bucket: String,
    pub(crate) time: RunTime,
    pub(crate) pace: Pace,
    /// Counts the calls, where they go to AWS.
    pub(crate) rate: Option<Rate>,
    sandbox: Option<(Sandbox, Option<PathBuf>)>,
}

/// Connects to where the arguments say.
pub(crate) async fn connect(place: &Where) -> Result<Connection> {
    let connection = if place.live { in_account(place).await? } else { sandboxed(place).await? };
    let file = connection.baseline_file.as_deref();
    whereabouts::say(&match &connection.sandbox {
        None => whereabouts::live(place, file),
        Some((_, kept)) => whereabouts::sandbox(place, place.world.as_deref(), Some(file), kept.as_deref()),
    });
    Ok(connection)
}

async fn in_account(place: &Where) -> Result<Connection> {
    let (region, bucket) = live::region_and_bucket(place)?;
    let (baseline, file) = live::baseline(place)?;
    let (configuration, rate) = live::counted_configuration(region, place.calls_per_second).await?;
    Ok(Connection {
        configuration,
        rate: Some(rate),
        baseline,
        baseline_file: Some(file),
        journal_bucket: bucket.to_owned(),
        time: RunTime { clock: Clock::System, deadline: None },
        pace: Pace::NONE,
        sandbox: None,
    })
}

async fn sandboxed(place: &Where) -> Result<Connection> {
    let named = place.world.as_deref();
    let (world, kept) = kept::resume(place.state.as_deref(), named)?;
    let baseline = read_baseline(place.baseline.as_deref(), named)?;
    let now = world.now.parse().context("the world's clock")?;
    let journal_bucket = world.journal.bucket.clone();
    let sandbox = Sandbox::start(world).await?;
    Ok(Connection {
        configuration: sandbox_configuration(&sandbox.endpoint(), &baseline.region),
        baseline,
        baseline_file: baseline_path(place.baseline.as_deref(), named),
        journal_bucket,
        time: RunTime { clock: Clock::Fixed(now), deadline: None },
        pace: Pace::NONE,
        rate: None,
        sandbox: Some((sandbox, kept)),
    })
}

impl Connection {
    /// Keeps what the sandbox became, where that was asked for.
    pub(crate) fn close(self) -> Result<()> {
        match self.sandbox {
            Some((sandbox, Some(kept))) => kept::keep(&sandbox.world(), &kept),
            _ => Ok(()),
        }
    }
}
