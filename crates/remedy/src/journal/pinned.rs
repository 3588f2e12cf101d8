//! The baseline as an object of the journal's bucket, pinned by its SHA-256.
//!
//! The digest stands in the function's settings, which only a deployment changes. Whoever can write the bucket and nothing
//! else can take the baseline away, and stop all writing by it, and never put another one in its place.

use std::fmt;

use aws_config::SdkConfig;
use sha2::{Digest, Sha256};
use tagmend_diagnosis::{Baseline, BaselineError};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::s3;
use crate::aws::random::hex;
use crate::journal::{Journal, Precondition, PutResult};

/// Where such objects are.
pub const FOLDER: &str = "baselines/";

/// The SHA-256 of a baseline's text: 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// Of these bytes, as `sha256sum` prints it.
    pub fn of(text: &[u8]) -> Pin {
        Pin(hex(&Sha256::digest(text)))
    }

    /// Reads one; none where it is none.
    pub fn parse(text: &str) -> Option<Pin> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Pin(text.to_owned()))
    }

    /// Reads the text that it pins.
    pub(crate) fn read(&self, text: &str) -> Result<Baseline, NoBaseline> {
        Baseline::parse(text).map_err(|error| NoBaseline::Refused { pin: self.clone(), error })
    }

    /// The name of the object that it pins.
    pub fn object(&self) -> String {
        format!("{FOLDER}{}.json", self.0)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where the approved state is.
#[derive(Clone, Debug)]
pub enum Source {
    /// In the program, or in a file of this machine.
    Local(Box<Baseline>),
    /// In the journal's bucket.
    Pinned(Pin),
}

/// Why there is no baseline. Nothing is diagnosed and nothing written without one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoBaseline {
    /// There is no such object.
    #[error("{} is not in the bucket", .0.object())]
    NotThere(Pin),
    /// The object is another one.
    #[error("{} is not what its name says: the SHA-256 of what is there is {found}", .pin.object())]
    Differs {
        /// What was asked for.
        pin: Pin,
        /// What is there.
        found: Pin,
    },
    /// The object is no baseline.
    #[error("{}: {error}", .pin.object())]
    Refused {
        /// What was asked for.
        pin: Pin,
        /// What is wrong with it.
        error: BaselineError,
    },
    /// AWS did not answer; the next run asks again.
    #[error(transparent)]
    Unanswered(#[from] AwsError),
}

/// Baselines of a bucket.
#[derive(Clone, Debug)]
pub struct Shelf {
    journal: Journal,
}

/// What became of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// It was not there.
    New,
    /// Exactly this was there.
    Same,
    /// Something else lay under its name, which nobody should have put there.
    Replaced,
}

impl Shelf {
    /// Of the journal in this bucket.
    pub fn new(configuration: &SdkConfig, journal_bucket: &str) -> Shelf {
        Shelf { journal: Journal::new(s3(configuration), journal_bucket) }
    }

    /// The text of the object that has this digest, and no other.
    ///
    /// # Errors
    /// Where it is not there, or is another one.
    pub async fn text(&self, pin: &Pin) -> Result<String, NoBaseline> {
        let found = self.journal.get_bytes(&pin.object()).await?;
        let (bytes, _) = found.ok_or_else(|| NoBaseline::NotThere(pin.clone()))?;
        let found = Pin::of(&bytes);
        if found != *pin {
            return Err(NoBaseline::Differs { pin: pin.clone(), found });
        }
        // What is not UTF-8 is no JSON either.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The baseline that has this digest.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn baseline(&self, pin: &Pin) -> Result<Baseline, NoBaseline> {
        pin.read(&self.text(pin).await?)
    }

    /// Puts a text where its digest says.
    ///
    /// # Errors
    /// Where it could not be put there.
    pub async fn put(&self, text: &str) -> Result<Upload, AwsError> {
        let name = Pin::of(text.as_bytes()).object();
        let bytes = text.as_bytes().to_vec();
        if let PutResult::Yes(_) =
            self.journal.put_bytes(&name, bytes.clone(), Precondition::IfAbsent).await?
        {
            return Ok(Upload::New);
        }
        match self.journal.get_bytes(&name).await? {
            Some((there, _)) if there == bytes => Ok(Upload::Same),
            Some((_, version)) => {
                match self.journal.put_bytes(&name, bytes, Precondition::IfStill(&version)).await? {
                    PutResult::Yes(_) => Ok(Upload::Replaced),
                    PutResult::Conflict => Err(AwsError::incomplete("s3:PutObject")),
                }
            }
            None => Err(AwsError::incomplete("s3:PutObject")),
        }
    }
}

impl NoBaseline {
    /// Whether somebody has to look: what is there is not what was deployed.
    pub fn is_refused(&self) -> bool {
        !matches!(self, NoBaseline::Unanswered(_))
    }
}
