//! Log files in S3, as a trail or an organization's trail puts them there.

use std::io::{self, Read};

use anyhow::{Result, anyhow};
use aws_config::SdkConfig;
use jiff::Timestamp;
use tagmend_remedy::{AwsError, s3};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::source::Source;

/// Which log files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    /// All where there is none.
    pub(crate) accounts: Vec<String>,
}

/// Bucket and prefix of `s3://BUCKET/PREFIX`; none where the text is no such place.
pub(crate) fn place(text: &str) -> Option<(&str, &str)> {
    let place = text.strip_prefix("s3://")?;
    Some(place.split_once('/').unwrap_or((place, "")))
}

/// How many log files may be found ahead of the reading.
const AHEAD: usize = 64;

/// The log files under a prefix, as they are found.
pub(crate) fn sources(
    configuration: &SdkConfig,
    bucket: &str,
    prefix: &str,
    wanted: Wanted,
) -> mpsc::Receiver<Result<Source>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let lister =
        Lister { client: s3(configuration), bucket: bucket.to_owned(), prefix: prefix.to_owned(), wanted };
    tokio::spawn(async move {
        if let Err(error) = lister.list(&sender).await {
            // Nobody may be listening any more.
            let _ = sender.send(Err(error)).await;
        }
    });
    receiver
}

struct Lister {
    client: aws_sdk_s3::Client,
    bucket: String,
    prefix: String,
    wanted: Wanted,
}

impl Lister {
    /// Goes through the names in their order, and jumps over what is not wanted: a few calls for each account and Region.
    async fn list(&self, sender: &mpsc::Sender<Result<Source>>) -> Result<()> {
        let operation = "s3:ListBucket";
        let (mut after, mut is_empty) = (String::new(), true);
        loop {
            let call = self.client.list_objects_v2().bucket(&self.bucket).prefix(&self.prefix);
            let call = if after.is_empty() { call } else { call.start_after(&after) };
            let page = call.send().await.map_err(|error| AwsError::new(operation, &error))?;
            let mut jump = None;
            for key in page.contents().iter().filter_map(|object| object.key()) {
                is_empty = false;
                match self.wanted.what_of(key) {
                    What::Read => {
                        if sender.send(Ok(self.source(key))).await.is_err() {
                            return Ok(());
                        }
                        after = key.to_owned();
                    }
                    What::Pass => after = key.to_owned(),
                    What::JumpTo(name) => {
                        jump = Some(name);
                        break;
                    }
                }
            }
            match jump {
                Some(name) => after = name,
                None if page.is_truncated() == Some(true) => {}
                None if is_empty => {
                    return Err(anyhow!(
                        "s3://{}/{}: there is nothing in it to read",
                        self.bucket,
                        self.prefix
                    ));
                }
                None => return Ok(()),
            }
        }
    }

    fn source(&self, key: &str) -> Source {
        source(self.client.clone(), self.bucket.clone(), key.to_owned())
    }
}

/// One object.
pub(crate) fn object(configuration: &SdkConfig, bucket: &str, key: &str) -> Source {
    source(s3(configuration), bucket.to_owned(), key.to_owned())
}

fn source(client: aws_sdk_s3::Client, bucket: String, key: String) -> Source {
    let name = format!("s3://{bucket}/{key}");
    let handle = Handle::current();
    Source::opened_late(name, Box::new(move || Ok(Box::new(download(&handle, client, bucket, key)))))
}

/// What becomes of an object.
#[derive(Debug, PartialEq, Eq)]
enum What {
    Read,
    Pass,
    /// Nothing before this name is wanted either.
    JumpTo(String),
}

impl Wanted {
    /// `[PREFIX/]AWSLogs/[ORGANIZATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE`. Anything else is read.
    /// Source: `cloudtrail-find-log-files` and `creating-trail-organization` in the CloudTrail user guide.
    fn what_of(&self, key: &str) -> What {
        let Some(folder) = key.find("AWSLogs/").map(|at| at + "AWSLogs/".len()) else {
            return What::Read;
        };
        let (before, rest) = key.split_at_checked(folder).unwrap_or((key, ""));
        let mut parts: Vec<&str> = rest.split('/').collect();
        let mut before = before.to_owned();
        if parts.first().is_some_and(|part| part.starts_with("o-")) && parts.len() > 1 {
            before = format!("{before}{}/", parts.remove(0));
        }
        let [account, kind, region, year, month, day, ..] = parts.as_slice() else {
            return What::Pass;
        };
        // The sign behind `/`: no name of the folder comes after it.
        let behind = |folder: String| What::JumpTo(format!("{folder}0"));
        let is_wanted = self.accounts.is_empty() || self.accounts.iter().any(|wanted| wanted == account);
        if !is_wanted {
            return behind(format!("{before}{account}"));
        }
        if *kind != "CloudTrail" {
            return behind(format!("{before}{account}/{kind}"));
        }
        let of_day = |time: Timestamp| time.strftime("%Y/%m/%d").to_string();
        let this_day = format!("{year}/{month}/{day}");
        let region = format!("{before}{account}/{kind}/{region}");
        if let Some(from) = self.from.map(of_day).filter(|from| this_day < *from) {
            return What::JumpTo(format!("{region}/{from}/"));
        }
        if self.to.map(of_day).is_some_and(|to| this_day > to) {
            return behind(region);
        }
        What::Read
    }

    /// Whether a record of this time is wanted: files hold what was delivered within minutes, days hold both ends.
    pub(crate) fn takes(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }
}

/// How many pieces of an object may wait.
const PIECES: usize = 8;

fn download(handle: &Handle, client: aws_sdk_s3::Client, bucket: String, key: String) -> Pieces {
    let (sender, receiver) = mpsc::channel(PIECES);
    handle.spawn(async move {
        let operation = "s3:GetObject";
        let failed = |reason: String| Err(io::Error::other(reason));
        let mut body = match client.get_object().bucket(bucket).key(key).send().await {
            Ok(answer) => answer.body,
            Err(error) => {
                let _ = sender.send(failed(AwsError::new(operation, &error).to_string())).await;
                return;
            }
        };
        loop {
            let piece = match body.next().await {
                None => return,
                Some(Ok(piece)) => Ok(piece.to_vec()),
                Some(Err(_)) => failed(format!("{operation}: the object broke off")),
            };
            if sender.send(piece).await.is_err() {
                return;
            }
        }
    });
    Pieces::new(receiver)
}

/// Bytes that come in pieces.
pub(crate) struct Pieces {
    receiver: mpsc::Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
}

impl Pieces {
    pub(crate) fn new(receiver: mpsc::Receiver<io::Result<Vec<u8>>>) -> Pieces {
        Pieces { receiver, piece: Vec::new(), at: 0 }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(piece) => (self.piece, self.at) = (piece?, 0),
            }
        }
        let mut rest = self.piece.get(self.at..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_is_jumped_over() {
        let wanted = Wanted {
            from: "2026-11-22T10:00:00Z".parse().ok(),
            to: "2026-11-23T10:00:00Z".parse().ok(),
            accounts: vec!["111122223333".to_owned()],
        };
        let jump = |name: &str| What::JumpTo(name.to_owned());
        for (key, what) in [
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22/a.json.gz", What::Read),
            ("p/AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1/2026/11/23/a.json.gz", What::Read),
            (
                "p/AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1/2026/11/21/a.json.gz",
                jump("p/AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1/2026/11/22/"),
            ),
            (
                "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/a.json.gz",
                jump("AWSLogs/111122223333/CloudTrail/eu-west-10"),
            ),
            (
                "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/22/a.json.gz",
                jump("AWSLogs/111122223333/CloudTrail-Digest0"),
            ),
            ("AWSLogs/444455556666/CloudTrail/eu-west-1/2026/11/22/a", jump("AWSLogs/4444555566660")),
            ("AWSLogs/111122223333/CloudTrail/", What::Pass),
            ("incident/events.json", What::Read),
        ] {
            assert_eq!(wanted.what_of(key), what, "{key}");
        }
    }
}
