//! One AWS for a whole command: a sandbox with one world, or the caller's own account.

use std::path::PathBuf;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{Clock, Pace, RunTime, rate::Rate, sandbox_configuration};
use tagmend_sandbox::Sandbox;

use crate::arguments::Where;
use crate::live::{self, Approved};
use crate::published::{self, Published};
use crate::world::{baseline_bytes, baseline_path, read_baseline};
use crate::{kept, whereabouts};

/// A sandbox answers in every Region; which is the instance's, only the baseline says.
pub(crate) const ANY_REGION: &str = "us-east-1";

/// Where the calls of a command go.
pub(crate) struct Connection {
    pub(crate) configuration: SdkConfig,
    pub(crate) baseline: Baseline,
    /// The baseline's file; none where it is built in, or in the journal's bucket.
    pub(crate) baseline_file: Option<PathBuf>,
    /// Its text, where it is in the journal's bucket.
    published: Option<String>,
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
    let pin = published::pin(place).map(|pin| PathBuf::from(pin.to_string()));
    let file = connection.baseline_file.as_deref().or(pin.as_deref());
    whereabouts::say(&match &connection.sandbox {
        None => whereabouts::live(place, file),
        Some((_, kept)) => whereabouts::sandbox(place, place.world.as_deref(), Some(file), kept.as_deref()),
    });
    Ok(connection)
}

async fn in_account(place: &Where) -> Result<Connection> {
    let (region, bucket) = live::region_and_bucket(place)?;
    let (configuration, rate) = live::counted_configuration(region, place.calls_per_second).await?;
    let Approved { baseline, name, text } = live::baseline(place, &configuration).await?;
    Ok(Connection {
        configuration,
        rate: Some(rate),
        baseline,
        baseline_file: text.is_none().then_some(name),
        published: text,
        journal_bucket: bucket.to_owned(),
        time: RunTime { clock: Clock::System, deadline: None },
        pace: Pace::NONE,
        sandbox: None,
    })
}

async fn sandboxed(place: &Where) -> Result<Connection> {
    let named = place.world.as_deref();
    let (world, kept) = kept::resume(place.state.as_deref(), named)?;
    let now = world.now.parse().context("the world's clock")?;
    let journal_bucket = world.journal.bucket.clone();
    let sandbox = Sandbox::start(world).await?;
    let (baseline, baseline_file, published) = match published::pin(place) {
        None => {
            let file = baseline_path(place.baseline.as_deref(), named);
            (read_baseline(place.baseline.as_deref(), named)?, file, None)
        }
        Some(pin) => {
            let configuration = sandbox_configuration(&sandbox.endpoint(), ANY_REGION);
            let Published { baseline, text } = published::read(&pin, &configuration, &journal_bucket).await?;
            (baseline, None, Some(text))
        }
    };
    Ok(Connection {
        configuration: sandbox_configuration(&sandbox.endpoint(), &baseline.region),
        baseline,
        baseline_file,
        published,
        journal_bucket,
        time: RunTime { clock: Clock::Fixed(now), deadline: None },
        pace: Pace::NONE,
        rate: None,
        sandbox: Some((sandbox, kept)),
    })
}

impl Connection {
    /// The baseline's text, byte for byte.
    pub(crate) fn baseline_bytes(&self) -> Result<Vec<u8>> {
        match &self.published {
            Some(text) => Ok(text.clone().into_bytes()),
            None => baseline_bytes(self.baseline_file.as_deref()),
        }
    }

    /// Keeps what the sandbox became, where that was asked for.
    pub(crate) fn close(self) -> Result<()> {
        match self.sandbox {
            Some((sandbox, Some(kept))) => kept::keep(&sandbox.world(), &kept),
            _ => Ok(()),
        }
    }
}
