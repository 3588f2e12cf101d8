//! The caller's own account: what `--live` needs.

use std::path::PathBuf;

use anyhow::{Result, bail};
use tagmend_diagnosis::Baseline;

use crate::arguments::Where;
use crate::world::read_baseline;

/// Region and journal bucket.
pub(crate) fn region_and_bucket(place: &Where) -> Result<(&str, &str)> {
    match (&place.region, &place.journal_bucket) {
        (Some(region), Some(bucket)) => Ok((region, bucket)),
        _ => bail!("--live needs --region and --journal-bucket"),
    }
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
