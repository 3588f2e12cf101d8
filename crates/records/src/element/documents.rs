//! JSON values one after another, and the long lists in them element by element.

use super::{Failed, element, record_at};
use crate::found::{Sink, Step, Stop};
use crate::window::{Trouble, Window, not_json};

/// Members that hold a list of records or of wrappings, which may be as long as it likes.
const LISTS: [&str; 11] = [
    "Records",
    "Events",
    "events",
    "results",
    "QueryResultRows",
    "Messages",
    "logEvents",
    "data",
    "logs",
    "hits",
    "Rows",
];
/// Members that hold an object with such a list.
const HOLDERS: [&str; 2] = ["hits", "ResultSet"];
/// How deep lists may lie.
const DEEPEST: u8 = 4;

pub(crate) fn list_name(name: &[u8]) -> Option<&'static str> {
    LISTS.into_iter().find(|list| list.as_bytes() == name)
}

fn is_holder(name: &[u8]) -> bool {
    HOLDERS.iter().any(|holder| holder.as_bytes() == name)
}

/// Every value of the text.
pub(crate) fn read(window: &mut Window<'_>, sink: &mut Sink<'_>) -> Result<(), Stop> {
    let mut last_line = 0;
    loop {
        let depth = sink.path.len();
        let trouble = match value(window, sink, last_line) {
            Ok(true) => {
                last_line = window.line();
                continue;
            }
            Ok(false) => return Ok(()),
            Err(trouble) => trouble,
        };
        match trouble {
            Trouble::Stop(stop) => return Err(stop),
            Trouble::Broken(at) => {
                let (line, column) = window.position(at);
                sink.unreadable(not_json(line, column))?;
            }
            Trouble::Cut => {
                sink.unreadable("the text ends in the middle of a value".to_owned())?;
                return Ok(());
            }
            Trouble::TooLong => {
                sink.unreadable(format!("a value of more than {} bytes", crate::LONGEST_VALUE))?;
                return Err(Stop::GivenUp);
            }
        }
        sink.path.truncate(depth);
        if !resume(window)? {
            return Ok(());
        }
    }
}

/// One value of the text, and where the one before it ended. False at the end.
fn value(window: &mut Window<'_>, sink: &mut Sink<'_>, last_line: usize) -> Result<bool, Trouble> {
    match window.next_solid()? {
        None => return Ok(false),
        Some(b'{') => object(window, sink, 0)?,
        Some(b'[') => {
            window.consume(1);
            list(window, sink)?;
        }
        Some(b'"') => whole(window, sink)?,
        Some(_) => {
            let is_behind = window.line() == last_line;
            prefixed(window, sink, is_behind)?;
        }
    }
    Ok(true)
}

/// Goes to the next line that may begin a value: not one that goes on with what is broken.
fn resume(window: &mut Window<'_>) -> Result<bool, Stop> {
    loop {
        match window.skip_line() {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(Trouble::Stop(stop)) => return Err(stop),
            Err(_) => return Err(Stop::GivenUp),
        }
        let goes_on = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b']' | b'}' | b',');
        if !window.byte(0).is_some_and(goes_on) {
            return Ok(true);
        }
    }
}

/// The value that begins here, read whole.
fn whole(window: &mut Window<'_>, sink: &mut Sink<'_>) -> Result<(), Trouble> {
    if let Some(length) = record_at(window.at_hand(), sink)? {
        window.consume(length);
        return Ok(());
    }
    let end = window.value_end(0)?;
    let depth = sink.path.len();
    match element(window.first(end), sink, sink.wrappings) {
        Ok(()) => {}
        Err(Failed::Syntax(error)) => sink.unreadable(window.syntax(&error))?,
        Err(Failed::Stop(stop)) => return Err(stop.into()),
    }
    sink.path.truncate(depth);
    window.consume(end);
    Ok(())
}

/// The elements of a list whose bracket was consumed.
fn list(window: &mut Window<'_>, sink: &mut Sink<'_>) -> Result<(), Trouble> {
    let mut index = 0;
    loop {
        match window.next_solid()? {
            None => return Err(Trouble::Cut),
            Some(b']') => {
                window.consume(1);
                return Ok(());
            }
            Some(b',') if index > 0 => window.consume(1),
            Some(b'}' | b',' | b':') => return Err(Trouble::Broken(1)),
            Some(_) => {
                sink.path.push(Step::Index(index));
                whole(window, sink)?;
                sink.path.pop();
                index += 1;
            }
        }
    }
}

/// Whether the first member of the object that begins here is a list of records, as in a log file.
fn begins_with_list(bytes: &[u8]) -> bool {
    let name = bytes.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let name = name.and_then(|rest| rest.strip_prefix(b"\"")).unwrap_or_default();
    name.split(|byte| *byte == b'"').next().is_some_and(|name| list_name(name).is_some())
}

/// An object: read whole, unless one of its members is a list that is read element by element.
fn object(window: &mut Window<'_>, sink: &mut Sink<'_>, depth: u8) -> Result<(), Trouble> {
    if !begins_with_list(window.at_hand())
        && let Some(length) = record_at(window.at_hand(), sink)?
    {
        window.consume(length);
        return Ok(());
    }
    let (mut at, mut is_streamed) = (1, false);
    loop {
        at = window.solid(at)?.ok_or(Trouble::Cut)?;
        match window.byte(at) {
            Some(b'}') if is_streamed => {
                window.consume(at + 1);
                return Ok(());
            }
            Some(b'}') => return whole(window, sink),
            Some(b',') => at += 1,
            Some(b'"') => {
                let end = window.value_end(at)?;
                let name = window.slice(at + 1, end.saturating_sub(1));
                let (list_name, is_holder) = (list_name(name), is_holder(name) && depth < DEEPEST);
                let colon = window.solid(end)?.ok_or(Trouble::Cut)?;
                if window.byte(colon) != Some(b':') {
                    return Err(Trouble::Broken(colon + 1));
                }
                let value = window.solid(colon + 1)?.ok_or(Trouble::Cut)?;
                match (window.byte(value), list_name) {
                    (Some(b'['), Some(name)) => {
                        window.consume(value + 1);
                        sink.path.push(Step::Name(name));
                        list(window, sink)?;
                        sink.path.pop();
                        (at, is_streamed) = (0, true);
                    }
                    (Some(b'{'), _) if is_holder && holds_list(window, value)? => {
                        window.consume(value);
                        object(window, sink, depth + 1)?;
                        (at, is_streamed) = (0, true);
                    }
                    _ if is_streamed => {
                        let end = window.value_end(value)?;
                        window.consume(end);
                        at = 0;
                    }
                    _ => at = window.value_end(value)?,
                }
            }
            _ => return Err(Trouble::Broken(at + 1)),
        }
    }
}

/// Whether the object at this offset is there for its list: where it fits, it may as well be read whole.
fn holds_list(window: &mut Window<'_>, at: usize) -> Result<bool, Trouble> {
    match window.value_end(at) {
        Ok(end) => {
            let bytes = window.slice(at, end);
            Ok(LISTS
                .iter()
                .any(|list| memchr::memmem::find(bytes, format!("\"{list}\"").as_bytes()).is_some()))
        }
        Err(Trouble::TooLong) => Ok(true),
        Err(other) => Err(other),
    }
}

/// Text with JSON in its line: a time before it, as in exports of CloudWatch Logs, or fields and tabulators, as the AWS
/// CLI prints text.
fn prefixed(window: &mut Window<'_>, sink: &mut Sink<'_>, is_behind_value: bool) -> Result<(), Trouble> {
    let length = window.line_length()?;
    let line = window.first(length);
    match memchr::memchr(b'{', line) {
        Some(at) => {
            window.consume(at);
            object(window, sink, 0)
        }
        None if is_behind_value || is_text_of_cli(line) => {
            window.consume(length);
            Ok(())
        }
        None => Err(Trouble::Broken(1)),
    }
}

/// `RESOURCES<TAB>...`, `NEXTTOKEN<TAB>...`: a line of the AWS CLI's text that holds no record.
fn is_text_of_cli(line: &[u8]) -> bool {
    let word = line.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    word > 1 && line.get(word) == Some(&b'\t')
}
