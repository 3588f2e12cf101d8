//! S3, for the journal: REST with XML, buckets in the path, conditional writes.

mod list;

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::answer::ServiceError;
use crate::member::MemberAccount;
use crate::member_session;
use crate::query_call::{parameter, parameters};
use crate::state::State;

/// A call, as the path and method tell it.
#[derive(Debug)]
pub(crate) enum Call {
    Put {
        bucket: String,
        name: String,
    },
    Get {
        bucket: String,
        name: String,
    },
    /// As GET, and HTTP leaves the body out.
    Head {
        bucket: String,
        name: String,
    },
    List {
        bucket: String,
        query: Vec<(String, String)>,
    },
    Abac {
        bucket: String,
    },
    Tagging {
        bucket: String,
    },
}

/// What goes back.
pub(crate) struct Answer {
    pub(crate) body: String,
    pub(crate) etag: Option<String>,
    pub(crate) content_type: &'static str,
    /// Whether it is an object: those have a time.
    pub(crate) is_object: bool,
    /// Where only a part was asked for: which.
    pub(crate) range: Option<String>,
}

/// The journal keeps no times. Every object is of this one, in the two forms that S3 has for it.
pub(crate) const WRITTEN: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
const WRITTEN_IN_LISTS: &str = "2026-01-01T00:00:00.000Z";

impl Call {
    pub(crate) fn read(method: &Method, path: &str, query: &str) -> Result<Call, ServiceError> {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (bucket, name) =
            path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
        let (bucket, name) = (decode(bucket), decode(name));
        let asks = |name: &str| query.split('&').any(|part| part.split('=').next() == Some(name));
        let (asks_abac, asks_tagging) = (asks("abac"), asks("tagging"));
        let query = parameters(query.as_bytes());
        match (method.as_str(), name.is_empty()) {
            ("PUT", false) => Ok(Call::Put { bucket, name }),
            ("GET", false) => Ok(Call::Get { bucket, name }),
            ("HEAD", false) => Ok(Call::Head { bucket, name }),
            ("GET", true) if asks_abac => Ok(Call::Abac { bucket }),
            ("GET", true) if asks_tagging => Ok(Call::Tagging { bucket }),
            ("GET", true) if parameter(&query, "list-type") == Some("2") => Ok(Call::List { bucket, query }),
            _ => Err(ServiceError::new(501, "NotImplemented", "this call is not in the sandbox")),
        }
    }

    /// The IAM action of the call.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Call::Put { .. } => "s3:PutObject",
            // Source: `HeadObject` in the S3 API reference: it needs the right to get the object.
            Call::Get { .. } | Call::Head { .. } => "s3:GetObject",
            Call::List { .. } => "s3:ListBucket",
            Call::Abac { .. } => "s3:GetBucketAbac",
            Call::Tagging { .. } => "s3:GetBucketTagging",
        }
    }

    /// Bucket and key, where it has one.
    pub(crate) fn members(&self) -> BTreeMap<String, String> {
        let (bucket, key) = match self {
            Call::Put { bucket, name } | Call::Get { bucket, name } | Call::Head { bucket, name } => {
                (bucket, Some(name))
            }
            Call::List { bucket, .. } | Call::Abac { bucket } | Call::Tagging { bucket } => (bucket, None),
        };
        let members = [("Bucket", Some(bucket)), ("Key", key)].into_iter();
        members.filter_map(|(name, value)| Some((name.to_owned(), value?.clone()))).collect()
    }

    pub(crate) fn answer(
        &self,
        state: &mut State,
        headers: &HeaderMap,
        body: &[u8],
        account: Option<&str>,
    ) -> Result<Answer, ServiceError> {
        let bucket = match self {
            Call::Abac { bucket } => return abac(member_session::required(&state.world, account)?, bucket),
            Call::Tagging { bucket } => {
                return tagging(member_session::required(&state.world, account)?, bucket);
            }
            Call::Put { bucket, .. }
            | Call::Get { bucket, .. }
            | Call::Head { bucket, .. }
            | Call::List { bucket, .. } => bucket,
        };
        if *bucket != state.world.journal.bucket {
            return Err(ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist"));
        }
        match self {
            Call::Put { name, .. } => put(state, name, headers, body),
            Call::Get { name, .. } => ranged(get(state, name)?, headers),
            Call::Head { name, .. } => get(state, name),
            Call::List { query, .. } => Ok(list::list(state, query)),
            Call::Abac { .. } | Call::Tagging { .. } => Err(ServiceError::new(501, "NotImplemented", "")),
        }
    }
}

fn xml(body: String) -> Answer {
    Answer { body, etag: None, content_type: "application/xml", is_object: false, range: None }
}

fn no_such_bucket() -> ServiceError {
    ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist")
}

/// Off unless the world says otherwise, as AWS has it.
fn abac(member: &MemberAccount, bucket: &str) -> Result<Answer, ServiceError> {
    let status = member.buckets.get(bucket).ok_or_else(no_such_bucket)?;
    Ok(xml(format!(
        "<AbacStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{}</Status></AbacStatus>",
        escape(status)
    )))
}

fn tagging(member: &MemberAccount, bucket: &str) -> Result<Answer, ServiceError> {
    if !member.buckets.contains_key(bucket) {
        return Err(no_such_bucket());
    }
    let of_bucket = |arn: &&String| arn.ends_with(&format!(":s3:::{bucket}"));
    let arn = member.own_tags.keys().find(of_bucket);
    let tags = arn.and_then(|arn| member.own_tags.get(arn));
    let tags = tags.ok_or_else(|| ServiceError::new(404, "NoSuchTagSet", "The TagSet does not exist"))?;
    let tags: String = tags
        .iter()
        .map(|(key, value)| {
            let (key, value) = (escape(key.as_str()), escape(value.as_str()));
            format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")
        })
        .collect();
    Ok(xml(format!(
        "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>{tags}</TagSet></Tagging>"
    )))
}

/// Tells objects apart; that of S3 is another hash.
fn etag(object: &Json) -> String {
    let digits: String =
        Sha256::digest(object.to_string()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// Source: conditional writes in the S3 user guide.
fn put(state: &mut State, name: &str, headers: &HeaderMap, body: &[u8]) -> Result<Answer, ServiceError> {
    let journal = &mut state.world.journal;
    let current = journal.texts.get(name).map(|text| etag(&Json::String(text.clone())));
    let current = current.or_else(|| journal.objects.get(name).map(etag));
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let failed = || {
        let message = "At least one of the pre-conditions you specified did not hold";
        ServiceError::new(412, "PreconditionFailed", message)
    };
    if header("if-none-match").is_some() && current.is_some() {
        return Err(failed());
    }
    if let Some(wanted) = header("if-match") {
        match &current {
            None => {
                return Err(ServiceError::new(404, "NoSuchKey", "The specified key does not exist."));
            }
            Some(current) if current.trim_matches('"') != wanted.trim_matches('"') => return Err(failed()),
            Some(_) => {}
        }
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| ServiceError::new(400, "InvalidRequest", "the sandbox keeps text only"))?
        .to_owned();
    // What is no JSON, and what is written otherwise than the sandbox prints it, is kept as it was written.
    let object: Json = serde_json::from_str(&text).unwrap_or_else(|_| Json::String(text.clone()));
    let as_printed = object.to_string();
    let etag = if as_printed == text {
        journal.texts.remove(name);
        etag(&object)
    } else {
        let etag = etag(&Json::String(text.clone()));
        journal.texts.insert(name.to_owned(), text);
        etag
    };
    journal.objects.insert(name.to_owned(), object);
    Ok(Answer { etag: Some(etag), ..xml(String::new()) })
}

fn get(state: &State, name: &str) -> Result<Answer, ServiceError> {
    if let Some(text) = state.world.journal.texts.get(name) {
        let etag = etag(&Json::String(text.clone()));
        return Ok(stored(text.clone(), etag, "text/plain"));
    }
    let object = state
        .world
        .journal
        .objects
        .get(name)
        .ok_or_else(|| ServiceError::new(404, "NoSuchKey", "The specified key does not exist."))?;
    Ok(stored(object.to_string(), etag(object), "application/json"))
}

fn stored(body: String, etag: String, content_type: &'static str) -> Answer {
    Answer { body, etag: Some(etag), content_type, is_object: true, range: None }
}

/// The part that was asked for. Source: `Range` in `GetObject` of the S3 API reference, and RFC 9110, section 14.
fn ranged(answer: Answer, headers: &HeaderMap) -> Result<Answer, ServiceError> {
    let asked = headers.get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
    let Some((from, to)) = asked.and_then(|range| range.split_once('-')) else {
        return Ok(answer);
    };
    let length = answer.body.len();
    let (from, to) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => (from, to.saturating_add(1).min(length)),
        (Ok(from), Err(_)) => (from, length),
        (Err(_), Ok(last)) => (length.saturating_sub(last), length),
        (Err(_), Err(_)) => return Ok(answer),
    };
    let part = answer.body.get(from..to).filter(|part| !part.is_empty());
    let part =
        part.ok_or_else(|| ServiceError::new(416, "InvalidRange", "The requested range is not satisfiable"))?;
    let range = format!("bytes {from}-{}/{length}", to.saturating_sub(1));
    Ok(Answer { body: part.to_owned(), range: Some(range), ..answer })
}

pub(crate) fn error(error: &ServiceError) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{}</Code><Message>{}</Message></Error>",
        escape(&error.code),
        escape(&error.message)
    )
}

/// Takes the frames off a body that was sent in signed or unsigned chunks.
pub(crate) fn unchunked(headers: &HeaderMap, body: &[u8]) -> Option<Vec<u8>> {
    let streaming = headers.get("x-amz-content-sha256")?.to_str().ok()?.starts_with("STREAMING-");
    if !streaming {
        return None;
    }
    let mut plain = Vec::new();
    let mut rest = body;
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(plain);
        }
        let start = end + 2;
        plain.extend_from_slice(rest.get(start..start.checked_add(size)?)?);
        rest = rest.get(start + size + 2..)?;
    }
}

/// What its clock says, where that is the world's.
pub(crate) fn date(state: &State) -> Option<String> {
    let now = state.tells_its_time.then(|| state.world.now.parse().ok())??;
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()
}
