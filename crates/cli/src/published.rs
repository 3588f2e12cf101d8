//! A baseline that `tagmend baseline publish` uploaded, named by its digest: whoever is woken by an alarm has no file.

use anyhow::{Error, anyhow};
use tagmend_remedy::{pinned::NoBaseline, pinned::Pin};

use crate::arguments::Where;

/// The digest that was named in place of a file; none where a file was named, or nothing.
pub(crate) fn pin(place: &Where) -> Option<Pin> {
    let named = place.baseline.as_deref().filter(|named| !named.exists())?;
    Pin::parse(named.to_str()?)
}

/// Why there is none, and what puts it back.
pub(crate) fn with_way_out(error: NoBaseline) -> Error {
    match error {
        NoBaseline::Unanswered(_) | NoBaseline::Refused { .. } => error.into(),
        NoBaseline::NotThere(_) | NoBaseline::Differs { .. } => anyhow!(
            "{error}; where this is the digest that was deployed, nothing is diagnosed or written: `tagmend baseline \
             publish --apply` with the deployed file puts it back, and --baseline takes that file too"
        ),
    }
}
