//! The caller's own account: what `--live` needs.

use std::path::PathBuf;

use anyhow::{Result, bail};
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{configuration, paced, rate::Rate, rate::Share};

use crate::arguments::Where;
use crate::exit::usage;
use crate::published::{self, Published};
use crate::world::read_baseline;

/// Region and journal bucket.
pub(crate) fn region_and_bucket(place: &Where) -> Result<(&str, &str)> {
    match (&place.region, &place.journal_bucket) {
        (Some(region), Some(bucket)) => Ok((region, bucket)),
        _ => Err(usage("--live needs --region and --journal-bucket")),
    }
}

/// The caller's credentials, at the rate that was asked for.
pub(crate) async fn paced_configuration(region: &str, calls_per_second: f64) -> Result<SdkConfig> {
    Ok(counted_configuration(region, calls_per_second).await?.0)
}

/// The same, with what counts the calls.
pub(crate) async fn counted_configuration(region: &str, calls_per_second: f64) -> Result<(SdkConfig, Rate)> {
    let share =
        Share::new(calls_per_second, 1).ok_or_else(|| usage("--calls-per-second is not from 0.1 to 10"))?;
    let rate = Rate::new(share);
    Ok((paced(&rate, configuration(region).await), rate))
}

/// The approved state, and where it is.
pub(crate) struct Approved {
    pub(crate) baseline: Baseline,
    /// Its file, or its digest.
    pub(crate) name: PathBuf,
    /// Its text, where it is none of this machine's files.
    pub(crate) text: Option<String>,
}

/// The baseline, where its instance is in the Region that was named.
pub(crate) async fn baseline(place: &Where, configuration: &SdkConfig) -> Result<Approved> {
    let (region, bucket) = region_and_bucket(place)?;
    let approved = match published::pin(place) {
        Some(pin) => {
            let Published { baseline, text } = published::read(&pin, configuration, bucket).await?;
            Approved { baseline, name: PathBuf::from(pin.to_string()), text: Some(text) }
        }
        None => {
            let name = place.baseline.clone().unwrap_or_else(|| PathBuf::from("infra/baseline.json"));
            Approved { baseline: read_baseline(Some(&name), None)?, name, text: None }
        }
    };
    if region != approved.baseline.region {
        let (name, primary) = (approved.name.display(), &approved.baseline.region);
        bail!("--region is {region}, but the instance's primary Region in {name} is {primary}");
    }
    Ok(approved)
}
