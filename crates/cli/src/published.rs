//! A baseline that `tagmend baseline publish` uploaded, named by its digest: whoever is woken by an alarm has no file.

use anyhow::{Result, anyhow};
use aws_config::SdkConfig;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{pinned::NoBaseline, pinned::Pin, pinned::Shelf};

use crate::arguments::Where;

/// A baseline, and what it was read from.
pub(crate) struct Published {
    pub(crate) baseline: Baseline,
    pub(crate) text: String,
}

/// The digest that was named in place of a file; none where a file was named, or nothing.
pub(crate) fn pin(place: &Where) -> Option<Pin> {
    let named = place.baseline.as_deref().filter(|named| !named.exists())?;
    Pin::parse(named.to_str()?)
}

/// Reads it from the journal's bucket.
pub(crate) async fn read(pin: &Pin, configuration: &SdkConfig, bucket: &str) -> Result<Published> {
    let text = match Shelf::new(configuration, bucket).text(pin).await {
        Ok(text) => text,
        Err(unanswered @ NoBaseline::Unanswered(_)) => return Err(unanswered.into()),
        Err(refused) => {
            return Err(anyhow!(
                "{refused}; where this is the digest that was deployed, nothing is diagnosed or written: `tagmend baseline \
                 publish --apply` with the deployed file puts it back, and --baseline takes that file too"
            ));
        }
    };
    let baseline = Baseline::parse(&text).map_err(|error| anyhow!("{}: {error}", pin.object()))?;
    Ok(Published { baseline, text })
}
