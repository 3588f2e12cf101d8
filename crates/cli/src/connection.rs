//! A target with its approved state, for commands that work on one.

use anyhow::Result;
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{Pace, RunTime, rate::Rate};

use crate::arguments::Where;
use crate::target::{Approved, Origin, Target};
use crate::whereabouts;

/// Where the calls of a command go.
pub(crate) struct Connection {
    pub(crate) configuration: SdkConfig,
    pub(crate) baseline: Baseline,
    pub(crate) origin: Origin,
    pub(crate) journal_bucket: String,
    pub(crate) time: RunTime,
    pub(crate) pace: Pace,
    target: Target,
}

/// Connects to where the arguments say.
pub(crate) async fn connect(place: &Where) -> Result<Connection> {
    let target = Target::open(place, place.world.as_deref()).await?;
    let Approved { baseline, origin, configuration } = target.approved(place).await?;
    whereabouts::say(&target.whereabouts(place, Some(&origin)));
    let (journal_bucket, time) = (target.bucket.clone(), target.time);
    Ok(Connection { configuration, baseline, origin, journal_bucket, time, pace: Pace::NONE, target })
}

impl Connection {
    /// What counts the calls, where they go to AWS.
    pub(crate) fn rate(&self) -> Option<&Rate> {
        self.target.access.rate()
    }

    /// Keeps what the sandbox became, where that was asked for.
    pub(crate) fn close(self) -> Result<()> {
        self.target.keep()
    }
}
