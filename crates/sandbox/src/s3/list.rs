//! Objects of the journal, as ListObjectsV2 lists them: a page at a time, and as folders where a delimiter is asked for.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::escape::escape;
use serde_json::Value as Json;

use super::{Answer, WRITTEN_IN_LISTS, etag, xml};
use crate::query_call::parameter;
use crate::state::State;

/// Greater than every name that begins with the same text.
const LAST: char = '\u{10ffff}';

/// An object, or what names have in common up to the delimiter.
enum Entry<'a> {
    Object(&'a str, &'a Json),
    Folder(String),
}

pub(super) fn list(state: &State, query: &[(String, String)]) -> Answer {
    let prefix = parameter(query, "prefix").unwrap_or_default();
    let delimiter = parameter(query, "delimiter").filter(|delimiter| !delimiter.is_empty());
    let after = parameter(query, "continuation-token")
        .or_else(|| parameter(query, "start-after"))
        .unwrap_or_default();
    let asked = parameter(query, "max-keys").and_then(|size| size.parse().ok()).unwrap_or(1_000);
    let size = state.world.page_size.min(asked).max(1);
    let url_encoded = parameter(query, "encoding-type") == Some("url");
    let shown = |name: &str| {
        if url_encoded {
            utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
        } else {
            escape(name).into_owned()
        }
    };
    let names = state.world.journal.objects.iter();
    let found = names.filter(|(name, _)| name.starts_with(prefix) && name.as_str() > after);
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut is_truncated = false;
    for (name, object) in found {
        let folder = delimiter.and_then(|delimiter| {
            let end = name.get(prefix.len()..)?.find(delimiter)? + prefix.len() + delimiter.len();
            name.get(..end)
        });
        if let (Some(folder), Some(Entry::Folder(last))) = (folder, entries.last())
            && folder == last
        {
            continue;
        }
        if entries.len() == size {
            is_truncated = true;
            break;
        }
        entries.push(match folder {
            Some(folder) => Entry::Folder(folder.to_owned()),
            None => Entry::Object(name, object),
        });
    }
    let mut body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{}</Name><Prefix>{}</Prefix><KeyCount>{}</KeyCount><MaxKeys>{asked}</MaxKeys>\
         <IsTruncated>{is_truncated}</IsTruncated>",
        escape(&state.world.journal.bucket),
        shown(prefix),
        entries.len()
    );
    for (element, value) in [("StartAfter", parameter(query, "start-after")), ("Delimiter", delimiter)] {
        if let Some(value) = value {
            body.push_str(&format!("<{element}>{}</{element}>", shown(value)));
        }
    }
    if url_encoded {
        body.push_str("<EncodingType>url</EncodingType>");
    }
    let last = match entries.last() {
        Some(Entry::Object(name, _)) => (*name).to_owned(),
        Some(Entry::Folder(folder)) => format!("{folder}{LAST}"),
        None => String::new(),
    };
    if is_truncated {
        body.push_str(&format!("<NextContinuationToken>{}</NextContinuationToken>", escape(&last)));
    }
    for entry in entries {
        match entry {
            Entry::Object(name, object) => body.push_str(&content(state, name, &shown(name), object)),
            Entry::Folder(folder) => {
                let folder = shown(&folder);
                body.push_str(&format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>"));
            }
        }
    }
    body.push_str("</ListBucketResult>");
    xml(body)
}

fn content(state: &State, name: &str, shown: &str, object: &Json) -> String {
    let text = state.world.journal.texts.get(name);
    let (etag, size) = match text {
        Some(text) => (etag(&Json::String(text.clone())), text.len()),
        None => (etag(object), object.to_string().len()),
    };
    format!(
        "<Contents><Key>{shown}</Key><LastModified>{WRITTEN_IN_LISTS}</LastModified><ETag>{}</ETag>\
         <Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>",
        escape(etag),
    )
}
