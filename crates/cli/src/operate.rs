//! Where an operator's command acts: an account, or a sandbox that keeps its state.

use std::path::PathBuf;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{Clients, Clock, Pacing, RunTime, sandbox_configuration};
use tagmend_sandbox::Sandbox;

use crate::arguments::Where;
use crate::connection::ANY_REGION;
use crate::exit::usage;
use crate::world::{nearest_world, read_baseline};
use crate::{kept, live, published, whereabouts};

/// What a command acts on.
pub(crate) struct Scene {
    pub(crate) clients: Clients,
    pub(crate) bucket: String,
    pub(crate) time: RunTime,
    pub(crate) pacing: Pacing,
    configuration: SdkConfig,
    sandbox: Option<(Sandbox, Option<PathBuf>)>,
}

impl Scene {
    /// The baseline that belongs to it.
    pub(crate) async fn baseline(&self, place: &Where) -> Result<Baseline> {
        if place.live {
            return Ok(live::baseline(place, &self.configuration).await?.baseline);
        }
        if let Some(pin) = published::pin(place) {
            return Ok(published::read(&pin, &self.configuration, &self.bucket).await?.baseline);
        }
        read_baseline(place.baseline.as_deref(), world_path(place).as_deref())
    }

    /// Neither a baseline nor any call is needed for it: what stops writing must not depend on more than it has to.
    pub(crate) async fn open(place: &Where) -> Result<Scene> {
        if place.live {
            let (region, bucket) = live::region_and_bucket(place)?;
            whereabouts::say(&whereabouts::live(place, None));
            let configuration = live::paced_configuration(region, place.calls_per_second).await?;
            return Ok(Scene {
                clients: Clients::new(&configuration),
                configuration,
                bucket: bucket.to_owned(),
                time: RunTime { clock: Clock::System, deadline: None },
                pacing: Pacing::AWS,
                sandbox: None,
            });
        }
        let Some(folder) = &place.state else {
            return Err(usage(
                "say where: --live, or --state with the folder of a sandbox that keeps its state",
            ));
        };
        let beginning = world_path(place);
        let (world, kept) = kept::resume(Some(folder), beginning.as_deref())?;
        whereabouts::say(&whereabouts::sandbox(place, beginning.as_deref(), None, kept.as_deref()));
        let now = world.now.parse().context("the world's clock")?;
        let bucket = world.journal.bucket.clone();
        let sandbox = Sandbox::start(world).await?;
        let configuration = sandbox_configuration(&sandbox.endpoint(), ANY_REGION);
        Ok(Scene {
            clients: Clients::new(&configuration),
            configuration,
            bucket,
            time: RunTime { clock: Clock::Fixed(now), deadline: None },
            pacing: Pacing::NONE,
            sandbox: Some((sandbox, kept)),
        })
    }

    /// Keeps what the sandbox became.
    pub(crate) fn close(self) -> Result<()> {
        match self.sandbox {
            Some((sandbox, Some(kept))) => kept::keep(&sandbox.world(), &kept),
            _ => Ok(()),
        }
    }
}

/// The world that a kept sandbox began with: the one that was named, or that of `events`.
pub(crate) fn world_path(place: &Where) -> Option<PathBuf> {
    place.world.clone().or_else(|| nearest_world(Some(&PathBuf::from("events/event.json"))))
}
