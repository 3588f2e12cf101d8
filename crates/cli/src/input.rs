//! Finds the records in files, folders, standard input and AWS, one after another.

pub(crate) mod aws;
pub(crate) mod bucket;
pub(crate) mod files;
pub(crate) mod queue;
pub(crate) mod source;
pub(crate) mod stream;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use aws_config::{BehaviorVersion, SdkConfig};
use flate2::read::MultiGzDecoder;
use tagmend_records::Content;

use bucket::Wanted;
use files::LeftOut;
use source::Source;
use stream::Sources;

/// Something that was found, and where.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) source: Arc<Source>,
    /// Which of its records; none where it is the only one.
    pub(crate) number: Option<u64>,
    pub(crate) content: Content,
}

impl Input {
    /// For people, and for `explain`.
    pub(crate) fn place(&self) -> String {
        match self.number {
            None => self.source.name.clone(),
            Some(number) => format!("{}#{number}", self.source.name),
        }
    }
}

/// What is to be read.
#[derive(Debug, Default)]
pub(crate) struct From<'a> {
    pub(crate) paths: &'a [PathBuf],
    /// The caller's event history.
    pub(crate) is_lookup: bool,
    /// A queue's URL.
    pub(crate) dead_letters: Option<&'a str>,
    /// A query's id.
    pub(crate) athena: Option<&'a str>,
    pub(crate) wanted: Wanted,
}

/// What is to be read, and how many bytes that is, where it is known.
///
/// # Errors
/// As [`files::sources`], and where AWS does not answer.
pub(crate) async fn sources(from: From<'_>, left_out: &mut LeftOut) -> Result<(Sources, Option<u64>)> {
    let place = |path: &PathBuf| {
        path.to_str().and_then(bucket::place).map(|(bucket, prefix)| (bucket.to_owned(), prefix.to_owned()))
    };
    let one = |source: Source| Ok((Sources::Listed(vec![source].into_iter()), None));
    let in_buckets: Vec<_> = from.paths.iter().filter_map(place).collect();
    if from.is_lookup {
        return one(aws::event_history(&configuration().await, &from.wanted));
    }
    if let Some(url) = from.dead_letters {
        return one(aws::dead_letters(&configuration().await, url));
    }
    if let Some(id) = from.athena {
        return one(aws::query_result(&configuration().await, id).await?);
    }
    match (in_buckets.as_slice(), from.paths) {
        ([], paths) => {
            let sources = files::sources(paths, left_out)?;
            let bytes = sources.iter().map(Source::length).sum();
            Ok((Sources::Listed(sources.into_iter()), bytes))
        }
        ([(bucket, prefix)], [_]) => {
            Ok((Sources::Coming(bucket::sources(&configuration().await, bucket, prefix, from.wanted)), None))
        }
        _ => bail!("s3://BUCKET/PREFIX stands alone"),
    }
}

/// Of the caller, for reading records; what is diagnosed may be elsewhere.
pub(crate) async fn configuration() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

/// The largest text that is read at once.
const LARGEST: u64 = 1 << 30;

/// The text of a file, plain or compressed by gzip.
pub(crate) fn text(bytes: &[u8]) -> Result<String, &'static str> {
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(bytes)
            .take(LARGEST)
            .read_to_end(&mut unpacked)
            .map_err(|_| "not a whole gzip file")?;
        &unpacked
    } else {
        bytes
    };
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "not UTF-8")
}

/// A file, or standard input for `-`.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().take(LARGEST).read_to_end(&mut bytes).context("standard input")?;
        return Ok(bytes);
    }
    fs::read(path).with_context(|| path.display().to_string())
}
