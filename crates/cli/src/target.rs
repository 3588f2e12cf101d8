//! The AWS that a command works on: the caller's own account, or a sandbox with one world. Every command opens it here.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{
    Access, Clock, Opened, ReaderRole, RunTime, open, pinned::Pin, pinned::Source, rate::Rate, rate::Share,
    sandbox_configuration,
};
use tagmend_sandbox::Sandbox;

use crate::arguments::Where;
use crate::exit::usage;
use crate::world::{baseline_bytes, baseline_path, read_baseline};
use crate::{kept, published, whereabouts};

/// A sandbox answers in every Region; which is the instance's, only the baseline says.
const ANY_REGION: &str = "us-east-1";

/// The caller's credentials, at the rate that was asked for.
pub(crate) fn account(calls_per_second: f64) -> Result<Access> {
    let share =
        Share::new(calls_per_second, 1).ok_or_else(|| usage("--calls-per-second is not from 0.1 to 10"))?;
    Ok(Access::Account(Rate::new(share)))
}

/// What a command works on.
pub(crate) struct Target {
    pub(crate) access: Access,
    /// Where the journal's bucket is.
    region: String,
    pub(crate) bucket: String,
    pub(crate) time: RunTime,
    pub(crate) reader_role: Option<ReaderRole>,
    /// Whether AWS's authorization details are read.
    pub(crate) reads_authorization: bool,
    sandbox: Option<Running>,
}

/// A sandbox that runs.
struct Running {
    sandbox: Sandbox,
    /// The world that it began with; none for the one that is built in.
    world: Option<PathBuf>,
    /// Where it keeps its state.
    file: Option<PathBuf>,
}

/// The approved state that belongs to a target.
pub(crate) struct Approved {
    pub(crate) baseline: Baseline,
    pub(crate) origin: Origin,
    /// Calls in its instance's Region.
    pub(crate) configuration: SdkConfig,
}

/// Where an approved state was read.
pub(crate) enum Origin {
    BuiltIn,
    File(PathBuf),
    /// In the journal's bucket: its digest and text.
    Published(Pin, String),
}

impl Origin {
    /// As an argument of `--baseline` names it.
    pub(crate) fn name(&self) -> Option<PathBuf> {
        match self {
            Origin::BuiltIn => None,
            Origin::File(file) => Some(file.clone()),
            Origin::Published(pin, _) => Some(PathBuf::from(pin.to_string())),
        }
    }

    /// Its file, where it is one of this machine.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Origin::File(file) => Some(file),
            Origin::BuiltIn | Origin::Published(..) => None,
        }
    }

    /// Its text, byte for byte.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        match self {
            Origin::BuiltIn => baseline_bytes(None),
            Origin::File(file) => baseline_bytes(Some(file)),
            Origin::Published(_, text) => Ok(text.clone().into_bytes()),
        }
    }
}

impl Target {
    /// What the arguments say; a sandbox begins with this world.
    pub(crate) async fn open(place: &Where, world: Option<&Path>) -> Result<Target> {
        if place.live {
            Target::of_account(place)
        } else {
            Target::of_world(place.state.as_deref(), world).await
        }
    }

    fn of_account(place: &Where) -> Result<Target> {
        let (Some(region), Some(bucket)) = (&place.region, &place.journal_bucket) else {
            return Err(usage("--live needs --region and --journal-bucket"));
        };
        let external_id = place.reader_external_id.clone();
        Ok(Target {
            access: account(place.calls_per_second)?,
            region: region.clone(),
            bucket: bucket.clone(),
            time: RunTime { clock: Clock::System, deadline: None },
            reader_role: place.reader_role.clone().map(|name| ReaderRole { name, external_id }),
            reads_authorization: place.authorization_details,
            sandbox: None,
        })
    }

    /// A sandbox that goes on where this folder left it.
    pub(crate) async fn of_world(state: Option<&Path>, world: Option<&Path>) -> Result<Target> {
        let (beginning, file) = kept::resume(state, world)?;
        let now = beginning.now.parse().context("the world's clock")?;
        let bucket = beginning.journal.bucket.clone();
        let reader_role = ReaderRole {
            name: beginning.reader_role.clone(),
            external_id: Some(beginning.reader_external_id.clone()),
        };
        let reads_authorization = !beginning.authorization_details.is_empty();
        let sandbox = Sandbox::start(beginning).await?;
        Ok(Target {
            access: Access::Sandbox(Box::new(sandbox_configuration(&sandbox.endpoint(), ANY_REGION))),
            region: ANY_REGION.to_owned(),
            bucket,
            time: RunTime { clock: Clock::Fixed(now), deadline: None },
            reader_role: Some(reader_role),
            reads_authorization,
            sandbox: Some(Running { sandbox, world: world.map(Path::to_owned), file }),
        })
    }

    /// Calls where the journal's bucket is, for what needs no approved state.
    pub(crate) async fn configuration(&self) -> SdkConfig {
        self.access.configuration(&self.region).await
    }

    /// The approved state: the one that was named, or the one that belongs to the target.
    pub(crate) async fn approved(&self, place: &Where) -> Result<Approved> {
        let pin = published::pin(place);
        let file = match (&pin, &self.sandbox) {
            (Some(_), _) => None,
            (None, Some(running)) => baseline_path(place.baseline.as_deref(), running.world.as_deref()),
            (None, None) => {
                Some(place.baseline.clone().unwrap_or_else(|| PathBuf::from("infra/baseline.json")))
            }
        };
        let source = match &pin {
            Some(pin) => Source::Pinned(pin.clone()),
            None => Source::Local(Box::new(read_baseline(file.as_deref(), None)?)),
        };
        let opened = open(&self.access, &source, &self.region, &self.bucket).await;
        let Opened { baseline, published, configuration } = opened.map_err(published::with_way_out)?;
        let origin = match (pin.zip(published), file) {
            (Some((pin, text)), _) => Origin::Published(pin, text),
            (None, Some(file)) => Origin::File(file),
            (None, None) => Origin::BuiltIn,
        };
        if self.sandbox.is_none() && self.region != baseline.region {
            let name = origin.name().unwrap_or_default();
            let (region, name, primary) = (&self.region, name.display(), &baseline.region);
            bail!("--region is {region}, but the instance's primary Region in {name} is {primary}");
        }
        Ok(Approved { baseline, origin, configuration })
    }

    /// What is used, as a line for people; the baseline where the command has one.
    pub(crate) fn whereabouts(&self, place: &Where, origin: Option<&Origin>) -> String {
        let name = origin.map(Origin::name);
        match &self.sandbox {
            None => whereabouts::live(place, name.flatten().as_deref()),
            Some(running) => whereabouts::sandbox(
                place,
                running.world.as_deref(),
                name.as_ref().map(Option::as_deref),
                running.file.as_deref(),
            ),
        }
    }

    /// Keeps what the sandbox became, where that was asked for.
    pub(crate) fn keep(&self) -> Result<()> {
        match &self.sandbox {
            Some(Running { sandbox, file: Some(file), .. }) => kept::keep(&sandbox.world(), file),
            _ => Ok(()),
        }
    }
}
