//! Where an operator's command acts: an account, or a sandbox that keeps its state.

use std::path::PathBuf;

use anyhow::Result;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{Clients, Pacing, RunTime};

use crate::arguments::Where;
use crate::exit::usage;
use crate::target::Target;
use crate::whereabouts;
use crate::world::nearest_world;

/// What a command acts on.
pub(crate) struct Scene {
    pub(crate) clients: Clients,
    pub(crate) bucket: String,
    pub(crate) time: RunTime,
    pub(crate) pacing: Pacing,
    target: Target,
}

impl Scene {
    /// The baseline that belongs to it.
    pub(crate) async fn baseline(&self, place: &Where) -> Result<Baseline> {
        Ok(self.target.approved(place).await?.baseline)
    }

    /// Neither a baseline nor any call is needed for it: what stops writing must not depend on more than it has to.
    pub(crate) async fn open(place: &Where) -> Result<Scene> {
        if !place.live && place.state.is_none() {
            return Err(usage(
                "say where: --live, or --state with the folder of a sandbox that keeps its state",
            ));
        }
        let target = Target::open(place, world_path(place).as_deref()).await?;
        whereabouts::say(&target.whereabouts(place, None));
        Ok(Scene {
            clients: Clients::new(&target.configuration().await),
            bucket: target.bucket.clone(),
            time: target.time,
            pacing: target.access.pacing(),
            target,
        })
    }

    /// Keeps what the sandbox became.
    pub(crate) fn close(self) -> Result<()> {
        self.target.keep()
    }
}

/// The world that a kept sandbox began with: the one that was named, or that of `events`.
pub(crate) fn world_path(place: &Where) -> Option<PathBuf> {
    place.world.clone().or_else(|| nearest_world(Some(&PathBuf::from("events/event.json"))))
}
