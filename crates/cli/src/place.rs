//! Where AWS is for a run: the embedded sandbox, or the caller's own account.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use tagmend_diagnosis::baseline::Baseline;
use tagmend_remedy::Pacing;
use tagmend_remedy::apply::Writer;
use tagmend_remedy::clients::{Clients, configuration, sandbox_configuration};
use tagmend_remedy::clock::{Clock, RunTime};
use tagmend_remedy::heal::{Report, heal};
use tagmend_remedy::metrics::MetricsSink;
use tagmend_remedy::observe::Reader;
use tagmend_sandbox::{Sandbox, World};

use crate::arguments::Where;
use crate::input::Input;
use crate::world::{nearest_world, read_baseline, read_world};

/// What the operator asked for: without `Apply`, no writer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    Plan,
    Apply,
}

/// Treats records where they happened, and reports them in their order, with their places.
pub(crate) async fn treat(
    inputs: Vec<Input>,
    place: &Where,
    intent: Intent,
) -> Result<(Vec<String>, Report)> {
    if place.live {
        treat_live(inputs, place, intent).await
    } else {
        treat_in_sandboxes(inputs, place, intent).await
    }
}

async fn treat_live(inputs: Vec<Input>, place: &Where, intent: Intent) -> Result<(Vec<String>, Report)> {
    let named = place.baseline.clone().unwrap_or_else(|| PathBuf::from("infra/baseline.json"));
    let baseline = read_baseline(Some(&named), None)?;
    let (Some(region), Some(bucket)) = (&place.region, &place.journal_bucket) else {
        bail!("--live needs --region and --journal-bucket");
    };
    if *region != baseline.region {
        bail!(
            "--region is {region}, but the instance's primary Region in {} is {}",
            named.display(),
            baseline.region
        );
    }
    let configuration = configuration(region).await;
    let clients = Clients::new(&configuration);
    let reader = Reader::new(clients.clone(), bucket);
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
) -> Result<(Vec<String>, Report)> {
    let mut by_world: BTreeMap<Option<PathBuf>, Vec<(usize, Input)>> = BTreeMap::new();
    let places: Vec<String> = inputs.iter().map(|input| input.place.clone()).collect();
    for (index, input) in inputs.into_iter().enumerate() {
        let world = place.world.clone().or_else(|| nearest_world(input.file.as_deref()));
        by_world.entry(world).or_default().push((index, input));
    }
    let mut treated = Vec::new();
    let mut changes = Vec::new();
    for (path, inputs) in by_world {
        let kept = place.state.as_ref().map(|folder| folder.join(kept_name(path.as_deref())));
        let start = kept.clone().filter(|kept| kept.is_file()).or_else(|| path.clone());
        let world = read_world(start.as_deref())?;
        let baseline = read_baseline(place.baseline.as_deref(), path.as_deref())?;
        let (indices, deliveries): (Vec<usize>, Vec<_>) =
            inputs.into_iter().map(|(index, input)| (index, input.delivery)).unzip();
        let (report, world) = treat_in_sandbox(deliveries, world, &baseline, intent).await?;
        if let Some(kept) = kept {
            keep(&world, &kept)?;
        }
        treated.extend(indices.into_iter().zip(report.treated));
        changes.extend(report.changes);
    }
    treated.sort_by_key(|(index, _)| *index);
    let treated = treated.into_iter().map(|(_, treated)| treated).collect();
    Ok((places, Report { treated, changes }))
}

async fn treat_in_sandbox(
    deliveries: Vec<
        Result<tagmend_diagnosis::delivery::Delivery, tagmend_diagnosis::delivery::DeliveryError>,
    >,
    world: World,
    baseline: &Baseline,
    intent: Intent,
) -> Result<(Report, World)> {
    let now: Timestamp = world.now.parse().context("the world's clock")?;
    let time = RunTime { clock: Clock::Fixed(now), deadline: None };
    let bucket = world.journal.bucket.clone();
    let sandbox = Sandbox::start(world).await?;
    let clients = Clients::new(&sandbox_configuration(&sandbox.endpoint(), &baseline.region));
    let reader = Reader::new(clients.clone(), &bucket);
    let writer = (intent == Intent::Apply).then(|| Writer::new(clients, &bucket, Pacing::NONE));
    let report = heal(deliveries, baseline, &reader, writer.as_ref(), time).await;
    Ok((report, sandbox.world()))
}

/// A file name for a world's path.
pub(crate) fn kept_name(world: Option<&Path>) -> String {
    let path = world.map_or_else(|| "built-in".to_owned(), |path| path.display().to_string());
    let name: String = path.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("{}.json", name.trim_matches('-'))
}

pub(crate) fn keep(world: &World, file: &Path) -> Result<()> {
    let describe = || file.display().to_string();
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(describe)?;
    }
    fs::write(file, serde_json::to_string_pretty(world)?).with_context(describe)
}
