//! One AWS for a whole command: a sandbox with one world, or the caller's own account.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use tagmend_diagnosis::baseline::Baseline;
use tagmend_remedy::clients::{configuration, sandbox_configuration};
use tagmend_remedy::clock::{Clock, RunTime};
use tagmend_remedy::watch::Pace;
use tagmend_sandbox::Sandbox;

use crate::arguments::Where;
use crate::place::{keep, kept_name};
use crate::world::{baseline_path, read_baseline, read_world};

/// Where the calls of a command go.
pub(crate) struct Connection {
    pub(crate) configuration: SdkConfig,
    pub(crate) baseline: Baseline,
    /// The baseline's file; none where it is built in.
    pub(crate) baseline_file: Option<PathBuf>,
    pub(crate) journal_bucket: String,
    pub(crate) time: RunTime,
    pub(crate) pace: Pace,
    sandbox: Option<(Sandbox, Option<PathBuf>)>,
}

/// Connects to where the arguments say.
pub(crate) async fn connect(place: &Where) -> Result<Connection> {
    if place.live { live(place).await } else { sandboxed(place).await }
}

async fn live(place: &Where) -> Result<Connection> {
    let file = place.baseline.clone().unwrap_or_else(|| PathBuf::from("infra/baseline.json"));
    let baseline = read_baseline(Some(&file), None)?;
    let (Some(region), Some(bucket)) = (&place.region, &place.journal_bucket) else {
        bail!("--live needs --region and --journal-bucket");
    };
    if *region != baseline.region {
        let (file, primary) = (file.display(), &baseline.region);
        bail!("--region is {region}, but the instance's primary Region in {file} is {primary}");
    }
    Ok(Connection {
        configuration: configuration(region).await,
        baseline,
        baseline_file: Some(file),
        journal_bucket: bucket.clone(),
        time: RunTime { clock: Clock::System, deadline: None },
        pace: Pace::AWS.with_permission_sets(usize::MAX),
        sandbox: None,
    })
}

async fn sandboxed(place: &Where) -> Result<Connection> {
    let named = place.world.as_deref();
    let kept = place.state.as_ref().map(|folder| folder.join(kept_name(named)));
    let start = kept.clone().filter(|kept| kept.is_file()).or_else(|| named.map(Path::to_owned));
    let world = read_world(start.as_deref())?;
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
        sandbox: Some((sandbox, kept)),
    })
}

impl Connection {
    /// Keeps what the sandbox became, where that was asked for.
    pub(crate) fn close(self) -> Result<()> {
        match self.sandbox {
            Some((sandbox, Some(kept))) => keep(&sandbox.world(), &kept),
            _ => Ok(()),
        }
    }
}
