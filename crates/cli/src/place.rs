//! Where AWS is for a run: the embedded sandbox, or the caller's own account.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{
    Clients, Clock, Pacing, Reader, ReaderRole, Report, RunTime, Writer, heal, metrics::MetricsSink,
    sandbox_configuration,
};
use tagmend_sandbox::{Sandbox, World};

use crate::arguments::Where;
use crate::input::Input;
use crate::world::{nearest_world, read_baseline};
use crate::{kept, live};

/// What the operator asked for: without `Apply`, no writer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    Plan,
    Apply,
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What a diagnosis needs.
    Usual,
    /// What somebody may want to know besides.
    Full,
}

impl Depth {
    fn of(self, reader: Reader) -> Reader {
        match self {
            Depth::Usual => reader,
            Depth::Full => reader.in_depth(),
        }
    }
}

/// Treats records where they happened, and reports them in their order, with their places.
pub(crate) async fn treat(
    inputs: Vec<Input>,
    place: &Where,
    intent: Intent,
    depth: Depth,
) -> Result<(Vec<String>, Report)> {
    if place.live {
        treat_live(inputs, place, intent, depth).await
    } else {
        treat_in_sandboxes(inputs, place, intent, depth).await
    }
}

async fn treat_live(
    inputs: Vec<Input>,
    place: &Where,
    intent: Intent,
    depth: Depth,
) -> Result<(Vec<String>, Report)> {
    let (region, bucket) = live::region_and_bucket(place)?;
    let (baseline, _) = live::baseline(place)?;
    let configuration = live::paced_configuration(region, place.calls_per_second).await?;
    let clients = Clients::new(&configuration);
    let role = place
        .reader_role
        .clone()
        .map(|name| ReaderRole { name, external_id: place.reader_external_id.clone() });
    let reader = depth.of(Reader::with_reader_role(clients.clone(), bucket, role));
    let writer = (intent == Intent::Apply).then(|| Writer::new(clients, bucket, Pacing::AWS));
    let time = RunTime { clock: Clock::System, deadline: None };
    let (places, deliveries) = inputs.into_iter().map(|input| (input.place, input.delivery)).unzip();
    let report = heal(deliveries, &baseline, &reader, writer.as_ref(), time).await;
    if intent == Intent::Apply
        && let Err(error) = MetricsSink::new(&configuration, "replay").send(&report).await
    {
        eprintln!("warning: the metrics were not sent: {error}");
    }
    Ok((places, report))
}

/// Each world gets a sandbox of its own, and its events are one batch.
async fn treat_in_sandboxes(
    inputs: Vec<Input>,
    place: &Where,
    intent: Intent,
    depth: Depth,
) -> Result<(Vec<String>, Report)> {
    let mut by_world: BTreeMap<Option<PathBuf>, Vec<(usize, Input)>> = BTreeMap::new();
    let places: Vec<String> = inputs.iter().map(|input| input.place.clone()).collect();
    for (index, input) in inputs.into_iter().enumerate() {
        let world = place.world.clone().or_else(|| nearest_world(input.file.as_deref()));
        by_world.entry(world).or_default().push((index, input));
    }
    let mut treated = Vec::new();
    let (mut changes, mut attempts, mut stories) = (Vec::new(), Vec::new(), Vec::new());
    for (path, inputs) in by_world {
        let (world, kept) = kept::resume(place.state.as_deref(), path.as_deref())?;
        let baseline = read_baseline(place.baseline.as_deref(), path.as_deref())?;
        let (indices, deliveries): (Vec<usize>, Vec<_>) =
            inputs.into_iter().map(|(index, input)| (index, input.delivery)).unzip();
        let (report, world) = treat_in_sandbox(deliveries, world, &baseline, intent, depth).await?;
        if let Some(kept) = kept {
            kept::keep(&world, &kept)?;
        }
        treated.extend(indices.into_iter().zip(report.treated));
        changes.extend(report.changes);
        attempts.extend(report.attempts);
        stories.extend(report.stories);
    }
    treated.sort_by_key(|(index, _)| *index);
    let treated = treated.into_iter().map(|(_, treated)| treated).collect();
    Ok((
        places,
        Report { treated, changes, attempts, overwritten: Vec::new(), turned_off: Vec::new(), stories },
    ))
}

async fn treat_in_sandbox(
    deliveries: Vec<Result<tagmend_diagnosis::Delivery, tagmend_diagnosis::DeliveryError>>,
    world: World,
    baseline: &Baseline,
    intent: Intent,
    depth: Depth,
) -> Result<(Report, World)> {
    let now: Timestamp = world.now.parse().context("the world's clock")?;
    let time = RunTime { clock: Clock::Fixed(now), deadline: None };
    let bucket = world.journal.bucket.clone();
    let role =
        ReaderRole { name: world.reader_role.clone(), external_id: Some(world.reader_external_id.clone()) };
    let sandbox = Sandbox::start(world).await?;
    let clients = Clients::new(&sandbox_configuration(&sandbox.endpoint(), &baseline.region));
    let reader = depth.of(Reader::with_reader_role(clients.clone(), &bucket, Some(role)));
    let writer = (intent == Intent::Apply).then(|| Writer::new(clients, &bucket, Pacing::NONE));
    let report = heal(deliveries, baseline, &reader, writer.as_ref(), time).await;
    Ok((report, sandbox.world()))
}
