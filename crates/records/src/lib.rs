//! CloudTrail records out of whatever people hold them in: bytes in, records with their places out.
//!
//! [`read`] goes through its input once. What it holds at a time is one value of the input, at most
//! [`LONGEST_VALUE`], however long the input is; a record without a denial costs no tree.

mod csv_rows;
mod element;
mod found;
mod members;
mod outline;
mod pick;
mod rebuilt;
mod skip;
mod text;
mod unpack;
mod window;
mod zstandard;

use std::io::{self, Read};
use std::ops::ControlFlow;

pub use element::wrapped::KNOWN;
pub use found::{Content, Found, NotARecord, Rebuilt, Sink};
pub use unpack::Unpacked;

use found::Stop;

/// The longest value that is taken for a record with its wrappings. CloudTrail's records have at most 1 MB.
pub const LONGEST_VALUE: usize = 8 << 20;

/// How the reading of an input ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All of it was read.
    Whole,
    /// Whoever takes the records wanted no more.
    Stopped,
    /// The rest is not read; the last thing that was found says why.
    GivenUp,
    /// It is nothing that records are kept in: why. Nothing was found.
    Unknown(String),
}

/// Every record of an input, in order.
///
/// # Errors
/// Where the input cannot be read. What is wrong with its content is found, not an error.
pub fn read(input: impl Read, found: &mut dyn FnMut(Found) -> ControlFlow<()>) -> io::Result<End> {
    let mut sink = Sink::new(found);
    match read_into(input, &mut sink) {
        Ok(end) => Ok(end),
        Err(Stop::Enough) => Ok(End::Stopped),
        Err(Stop::Input(error)) if unpack::is_content(&error) => {
            Ok(sink.unreadable(error.to_string()).map_or(End::Stopped, |()| End::GivenUp))
        }
        Err(Stop::Input(error)) => Err(error),
        Err(Stop::GivenUp) => Ok(End::GivenUp),
    }
}

fn read_into(input: impl Read, sink: &mut Sink<'_>) -> Result<End, Stop> {
    let mut input = match unpack::unpack(input).map_err(Stop::Input)? {
        Unpacked::Text(text) => text,
        Unpacked::Other(reason) => return Ok(End::Unknown(reason.to_owned())),
    };
    match text::sniff(&mut input).map_err(Stop::Input)? {
        text::Form::Nothing => return Ok(End::Unknown("it is empty".to_owned())),
        text::Form::Json => element::documents::read(&mut window::Window::new(&mut input), sink)?,
        text::Form::Rows(delimiter) => csv_rows::read(&mut input, delimiter, sink)?,
        text::Form::Other => {
            return Ok(End::Unknown("neither JSON nor CSV with columns that are known".to_owned()));
        }
    }
    Ok(End::Whole)
}
