//! The caller's own account: what `--live` needs.

use std::path::PathBuf;

use anyhow::{Result, bail};
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{configuration, paced, rate::Rate, rate::Share};

use crate::arguments::Where;
use crate::exit::usage;
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

/// The baseline and its file, where its instance is in the Region that was named.
pub(crate) fn baseline(place: &Where) -> Result<(Baseline, PathBuf)> {
    let file = place.baseline.clone().unwrap_or_else(|| PathBuf::from("infra/baseline.json"));
    let baseline = read_baseline(Some(&file), None)?;
    let (region, _) = region_and_bucket(place)?;
    if region != baseline.region {
        let (file, primary) = (file.display(), &baseline.region);
        bail!("--region is {region}, but the instance's primary Region in {file} is {primary}");
    }
    Ok((baseline, file))
}
