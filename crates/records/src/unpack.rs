//! Compressions and encodings.

use std::fmt;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use encoding_rs::{UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;

use crate::zstandard::Frames;

/// An input as text, or why it is none.
#[allow(missing_debug_implementations, reason = "readers have nothing to show")]
pub enum Unpacked<R> {
    /// Text, in UTF-8 as far as it is text.
    Text(R),
    /// Something else.
    Other(&'static str),
}

/// The most that one byte may unpack to, where it is a lot. Log files of a storm, where all records are alike, unpack to
/// some fifty times their size.
const MOST_TIMES: u64 = 250;
/// What may be unpacked whatever it was packed in.
const ANYWAY: u64 = 64 << 20;

/// What is wrong with the content of a file, as against the reading of it.
#[derive(Debug)]
struct BadContent(&'static str);

impl std::error::Error for BadContent {}

impl fmt::Display for BadContent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

pub(crate) fn bad_content(reason: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, BadContent(reason))
}

/// Whether the content is at fault.
pub(crate) fn is_content(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<BadContent>())
}

/// A reader that can look at what comes next.
pub(crate) type Text<'a> = BufReader<Box<dyn Read + 'a>>;

/// Takes compression and encoding off.
pub(crate) fn unpack<'a>(input: impl Read + 'a) -> io::Result<Unpacked<Text<'a>>> {
    let mut input = BufReader::with_capacity(64 << 10, input);
    let plain: Box<dyn Read + 'a> = match magic(&mut input)? {
        Magic::Gzip => {
            let packed = Counted { inner: input, count: 0 };
            Box::new(Limited {
                inner: MultiGzDecoder::new(packed),
                unpacked: 0,
                packed: |inner| inner.get_ref().count,
                broken: "not a whole gzip file",
            })
        }
        Magic::Zstandard => {
            let packed = Counted { inner: input, count: 0 };
            Box::new(Limited {
                inner: Frames::new(packed),
                unpacked: 0,
                packed: |inner| inner.input().count,
                broken: "not a whole Zstandard file",
            })
        }
        Magic::Other(reason) => return Ok(Unpacked::Other(reason)),
        Magic::None => Box::new(input),
    };
    let mut plain = BufReader::with_capacity(64 << 10, plain);
    let beginning = peek(&mut plain, 4)?;
    let encoding = match beginning.as_slice() {
        // As PowerShell writes it, and without the mark at the beginning.
        [b'{' | b'[' | b'"', 0, ..] => UTF_16LE,
        [0, b'{' | b'[' | b'"', ..] => UTF_16BE,
        [0xff, 0xfe, ..] => {
            plain.consume(2);
            UTF_16LE
        }
        [0xfe, 0xff, ..] => {
            plain.consume(2);
            UTF_16BE
        }
        [0xef, 0xbb, 0xbf, ..] => {
            plain.consume(3);
            return Ok(Unpacked::Text(boxed(plain)));
        }
        [0x1f, 0x8b, ..] => return Ok(Unpacked::Other("gzip in gzip")),
        _ => return Ok(Unpacked::Text(boxed(plain))),
    };
    let decoded = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_sniffing(false).build(plain);
    Ok(Unpacked::Text(boxed(decoded)))
}

fn boxed<'a>(input: impl Read + 'a) -> Text<'a> {
    BufReader::with_capacity(64 << 10, Box::new(input))
}

enum Magic {
    Gzip,
    Zstandard,
    Other(&'static str),
    None,
}

fn magic(input: &mut impl BufRead) -> io::Result<Magic> {
    let beginning = peek(input, 4)?;
    Ok(match beginning.as_slice() {
        [0x1f, 0x8b, ..] => Magic::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Magic::Zstandard,
        [b'P', b'K', 3, 4] => Magic::Other("a zip archive; unpack it first"),
        [b'B', b'Z', b'h', _] => Magic::Other("bzip2; unpack it first"),
        [0xfd, b'7', b'z', b'X'] => Magic::Other("xz; unpack it first"),
        [b'P', b'A', b'R', b'1'] => {
            Magic::Other("Parquet; pipe it: duckdb -json -c \"FROM 'FILE'\" | tagmend replay -")
        }
        [b'O', b'R', b'C', _] => Magic::Other("ORC; write the query's results as JSON"),
        _ => Magic::None,
    })
}

/// The first bytes, without taking them.
fn peek<R: BufRead>(input: &mut R, most: usize) -> io::Result<Vec<u8>> {
    let at_hand = input.fill_buf()?;
    Ok(at_hand.get(..most).unwrap_or(at_hand).to_vec())
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count += u64::try_from(read).unwrap_or(u64::MAX);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.count += u64::try_from(amount).unwrap_or(u64::MAX);
        self.inner.consume(amount);
    }
}

/// Stops what unpacks to much more than log files do.
struct Limited<R> {
    inner: R,
    unpacked: u64,
    packed: fn(&R) -> u64,
    broken: &'static str,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).map_err(|error| match error.kind() {
            // What the decoder finds wrong; anything else is of the file.
            ErrorKind::InvalidInput
            | ErrorKind::InvalidData
            | ErrorKind::UnexpectedEof
            | ErrorKind::Other => bad_content(self.broken),
            _ => error,
        })?;
        self.unpacked += u64::try_from(read).unwrap_or(u64::MAX);
        if self.unpacked > ANYWAY && self.unpacked / MOST_TIMES > (self.packed)(&self.inner) {
            return Err(bad_content("it unpacks to more than 250 times its size"));
        }
        Ok(read)
    }
}
