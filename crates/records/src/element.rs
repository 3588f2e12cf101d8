//! One value: a record, or something that a record is wrapped in, which is a text with values again.

pub(crate) mod columns;
pub(crate) mod documents;
pub(crate) mod wrapped;

use std::io::Read;

use serde_json::Value as Json;
use tagmend_diagnosis::deliveries;

use crate::found::{Content, NotARecord, Rebuilt, Sink, Step, Stop};
use crate::members::Members;
use crate::outline::Outline;
use crate::rebuilt;
use crate::window::Window;

/// The most wrappings around a record.
const MOST_WRAPPINGS: u8 = 8;

/// Why a value gave nothing.
pub(crate) enum Failed {
    /// It is not JSON.
    Syntax(serde_json::Error),
    Stop(Stop),
}

impl From<Stop> for Failed {
    fn from(stop: Stop) -> Failed {
        Failed::Stop(stop)
    }
}

impl From<serde_json::Error> for Failed {
    fn from(error: serde_json::Error) -> Failed {
        Failed::Syntax(error)
    }
}

/// Takes one value apart.
pub(crate) fn element(bytes: &[u8], sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    match bytes.first() {
        Some(b'{') => object(bytes, sink, wrappings),
        Some(b'[') => list(bytes, sink, wrappings),
        Some(b'"') => {
            let content: String = serde_json::from_slice(bytes)?;
            text(&content, sink, wrappings)
        }
        _ => {
            let _: serde::de::IgnoredAny = serde_json::from_slice(bytes)?;
            Ok(sink.unreadable(wrapped::nothing_known())?)
        }
    }
}

fn object(bytes: &[u8], sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    let outline: Outline<'_> = serde_json::from_slice(bytes)?;
    let inner: Option<Outline<'_>> = match outline.detail {
        Some(detail) if detail.get().starts_with('{') => serde_json::from_str(detail.get()).ok(),
        _ => None,
    };
    match inner {
        _ if outline.is_record() && outline.has_paths => {
            let json: Json = serde_json::from_slice(bytes)?;
            Ok(rebuilt(rebuilt::unfold(json), Rebuilt::LogFields, sink)?)
        }
        // The record of an event is what it holds, whatever else the event says.
        Some(inner) if inner.is_record() => {
            let detail = outline.detail.map_or(bytes, |detail| detail.get().as_bytes());
            record(bytes, &inner, detail, sink)
        }
        _ if outline.is_record() => record(bytes, &outline, bytes, sink),
        // An event of EventBridge that did not come through CloudTrail.
        _ if outline.detail.is_some()
            && let Ok(json) = serde_json::from_slice::<Json>(bytes)
            && tagmend_diagnosis::related::Related::is_no_call(&json) =>
        {
            Ok(deliver(&json, None, sink)?)
        }
        _ if wrappings >= MOST_WRAPPINGS => {
            Ok(sink.unreadable(format!("wrapped more than {MOST_WRAPPINGS} times"))?)
        }
        _ => wrapped::object(&Members::read(bytes)?, sink, wrappings + 1),
    }
}

/// Takes the record that these bytes begin with, in one pass over it, and tells its length; none where they begin with
/// something else, or do not hold it to its end.
pub(crate) fn record_at(bytes: &[u8], sink: &mut Sink<'_>) -> Result<Option<usize>, Stop> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Outline<'_>>();
    let Some(Ok(outline)) = values.next() else {
        return Ok(None);
    };
    let length = values.byte_offset();
    if !outline.is_record() || outline.has_paths || outline.detail.is_some() {
        return Ok(None);
    }
    let bytes = bytes.get(..length).unwrap_or_default();
    match record(bytes, &outline, bytes, sink) {
        Ok(()) => Ok(Some(length)),
        // Whoever reads it once more says so.
        Err(Failed::Syntax(_)) => Ok(None),
        Err(Failed::Stop(stop)) => Err(stop),
    }
}

/// A record as it is, perhaps with the envelope of EventBridge, and these bytes of it without one. One of which nothing is
/// told costs no tree.
fn record(bytes: &[u8], outline: &Outline<'_>, bare: &[u8], sink: &mut Sink<'_>) -> Result<(), Failed> {
    if !outline.is_of_interest(bare) {
        return Ok(sink.take(Content::PassedOver)?);
    }
    let json: Json = serde_json::from_slice(bytes)?;
    Ok(deliver(&json, None, sink)?)
}

/// A record that was put together.
pub(crate) fn rebuilt(record: Json, from: Rebuilt, sink: &mut Sink<'_>) -> Result<(), Stop> {
    deliver(&record, Some(from), sink)
}

pub(crate) fn deliver(json: &Json, rebuilt: Option<Rebuilt>, sink: &mut Sink<'_>) -> Result<(), Stop> {
    for delivery in deliveries(json) {
        match delivery {
            Ok(delivery) if delivery.record.is_none() && delivery.related.is_none() => {
                sink.take(Content::PassedOver)?
            }
            Ok(delivery) => sink.take(Content::Record { delivery: Box::new(delivery), rebuilt })?,
            Err(error) => sink.unreadable_at(error)?,
        }
    }
    Ok(())
}

/// A list inside of a value.
pub(crate) fn list(bytes: &[u8], sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    let items: Vec<&serde_json::value::RawValue> = serde_json::from_slice(bytes)?;
    if wrappings >= MOST_WRAPPINGS {
        return Ok(sink.unreadable(format!("wrapped more than {MOST_WRAPPINGS} times"))?);
    }
    if let Some(row) = Members::of_row(&items) {
        return wrapped::object(&row, sink, wrappings + 1);
    }
    for (index, item) in (0..).zip(items) {
        sink.path.push(Step::Index(index));
        element(item.get().as_bytes(), sink, wrappings + 1)?;
        sink.path.pop();
    }
    Ok(())
}

/// Text that holds JSON.
pub(crate) fn text(text: &str, sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    if wrappings >= MOST_WRAPPINGS {
        return Ok(sink.unreadable(format!("wrapped more than {MOST_WRAPPINGS} times"))?);
    }
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if text.starts_with("CWL CONTROL MESSAGE") {
        return Ok(sink.not_a_record(NotARecord::Control)?);
    }
    // The usual case: nothing but an object.
    if text.starts_with('{')
        && let Ok(outline) = serde_json::from_str::<Outline<'_>>(text)
        && outline.is_record()
        && !outline.has_paths
        && outline.detail.is_none()
    {
        return record(text.as_bytes(), &outline, text.as_bytes(), sink);
    }
    inner(&mut text.as_bytes(), text.len(), sink, wrappings)
}

/// A text of its own inside of a value: perhaps with more than one JSON value.
pub(crate) fn inner(
    text: &mut dyn Read,
    length: usize,
    sink: &mut Sink<'_>,
    wrappings: u8,
) -> Result<(), Failed> {
    let (count, outer) = (sink.count(), sink.wrappings);
    sink.wrappings = wrappings + 1;
    let read = documents::read(&mut Window::of(text, length + 1), sink);
    sink.wrappings = outer;
    read?;
    if sink.count() == count {
        sink.not_a_record(NotARecord::Empty)?;
    }
    Ok(())
}
