//! How everything that works on an installation, function or command, comes by its approved state and by AWS.

use aws_config::{Region, SdkConfig};
use tagmend_diagnosis::Baseline;

use crate::aws::clients::{configuration, paced};
use crate::aws::pacing::Pacing;
use crate::aws::rate::Rate;
use crate::journal::pinned::{NoBaseline, Shelf, Source};

/// How AWS is reached.
#[derive(Clone, Debug)]
pub enum Access {
    /// With the caller's credentials, at a rate.
    Account(Rate),
    /// A sandbox, where nothing takes time.
    Sandbox(Box<SdkConfig>),
}

impl Access {
    /// Calls in this Region. Credentials are looked for here.
    pub async fn configuration(&self, region: &str) -> SdkConfig {
        match self {
            Access::Account(rate) => paced(rate, configuration(region).await),
            Access::Sandbox(sandbox) => sandbox.to_builder().region(Region::new(region.to_owned())).build(),
        }
    }

    /// How long is waited between looks at what takes AWS time.
    pub fn pacing(&self) -> Pacing {
        match self {
            Access::Account(_) => Pacing::AWS,
            Access::Sandbox(_) => Pacing::NONE,
        }
    }

    /// What counts the calls, where they are AWS's.
    pub fn rate(&self) -> Option<&Rate> {
        match self {
            Access::Account(rate) => Some(rate),
            Access::Sandbox(_) => None,
        }
    }
}

/// An approved state, and AWS where that says its instance is.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The approved state.
    pub baseline: Baseline,
    /// Its text, where it came from the journal's bucket.
    pub published: Option<String>,
    /// Calls in its instance's Region.
    pub configuration: SdkConfig,
}

/// Opens an installation whose journal is in this Region and bucket.
///
/// # Errors
/// Where there is no approved state.
pub async fn open(
    access: &Access,
    source: &Source,
    region: &str,
    journal_bucket: &str,
) -> Result<Opened, NoBaseline> {
    let (baseline, published, there) = match source {
        Source::Local(baseline) => (baseline.as_ref().clone(), None, None),
        Source::Pinned(pin) => {
            let there = access.configuration(region).await;
            let text = Shelf::new(&there, journal_bucket).text(pin).await?;
            (pin.read(&text)?, Some(text), Some(there))
        }
    };
    // To make one costs milliseconds of a cold start.
    let configuration = match there.filter(|_| region == baseline.region) {
        Some(there) => there,
        None => access.configuration(&baseline.region).await,
    };
    Ok(Opened { baseline, published, configuration })
}
