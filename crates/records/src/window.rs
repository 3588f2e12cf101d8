//! A window that moves over the input: as long as the value that is being read, and no longer.

use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

use crate::LONGEST_VALUE;
use crate::found::Stop;
use crate::skip::{self, Skip};

/// How much is read at once.
const PIECE: usize = 256 << 10;

/// Why a value cannot be followed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It breaks off at this offset in the window.
    Broken(usize),
    /// The input ends in it.
    Cut,
    /// It is longer than any record.
    TooLong,
    /// The reading stops altogether.
    Stop(Stop),
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Trouble {
        Trouble::Stop(stop)
    }
}

/// Bytes of the input, from where the next value begins.
pub(crate) struct Window<'a> {
    input: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
    line: usize,
    column: usize,
    piece: usize,
}

impl<'a> Window<'a> {
    pub(crate) fn new(input: &'a mut dyn Read) -> Window<'a> {
        Window::of(input, PIECE)
    }

    /// The same for an input of a known length.
    pub(crate) fn of(input: &'a mut dyn Read, piece: usize) -> Window<'a> {
        Window { input, buffer: Vec::new(), start: 0, end: 0, at_end: false, line: 1, column: 0, piece }
    }

    /// What was read ahead, from where the window begins.
    pub(crate) fn at_hand(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The first so many bytes.
    pub(crate) fn first(&self, length: usize) -> &[u8] {
        self.at_hand().get(..length).unwrap_or_default()
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.at_hand().get(from..to).unwrap_or_default()
    }

    pub(crate) fn byte(&self, at: usize) -> Option<u8> {
        self.at_hand().get(at).copied()
    }

    /// Reads on. False at the end.
    fn fill(&mut self) -> Result<bool, Trouble> {
        if self.at_end {
            return Ok(false);
        }
        if self.end - self.start > LONGEST_VALUE {
            return Err(Trouble::TooLong);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        // Twice as much each time: what is looked at again stays in proportion.
        let room = (self.end * 2).max(self.end + self.piece);
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        while let Some(free) = self.buffer.get_mut(self.end..).filter(|free| !free.is_empty()) {
            match self.input.read(free) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.end += read;
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::Input(error).into()),
            }
        }
        Ok(true)
    }

    /// The offset of the next byte that is no white space, from here on; none at the end.
    pub(crate) fn solid(&mut self, mut at: usize) -> Result<Option<usize>, Trouble> {
        loop {
            while let Some(byte) = self.byte(at) {
                // The record separator begins each text of a JSON text sequence.
                if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x1e) {
                    return Ok(Some(at));
                }
                at += 1;
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The first byte that is no white space, and everything before it consumed.
    pub(crate) fn next_solid(&mut self) -> Result<Option<u8>, Trouble> {
        loop {
            let at = self.at_hand().iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0x1e));
            match at {
                Some(at) => {
                    self.consume(at);
                    return Ok(self.byte(0));
                }
                None => {
                    self.consume(self.end - self.start);
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// The offset behind the value that begins at this offset.
    pub(crate) fn value_end(&mut self, from: usize) -> Result<usize, Trouble> {
        loop {
            match skip::value(self.at_hand().get(from..).unwrap_or_default()) {
                Skip::Whole(length) => return Ok(from + length),
                Skip::Broken(at) => return Err(Trouble::Broken(from + at)),
                Skip::More => {
                    if !self.fill()? {
                        let is_scalar =
                            self.byte(from).is_some_and(|byte| !matches!(byte, b'{' | b'[' | b'"'));
                        let length = self.at_hand().len();
                        return if is_scalar { Ok(length) } else { Err(Trouble::Cut) };
                    }
                }
            }
        }
    }

    /// The length of the line that begins here, without its end.
    pub(crate) fn line_length(&mut self) -> Result<usize, Trouble> {
        loop {
            match memchr(b'\n', self.at_hand()) {
                Some(length) => return Ok(length),
                None => {
                    if !self.fill()? {
                        return Ok(self.at_hand().len());
                    }
                }
            }
        }
    }

    /// Goes behind the next end of a line. False at the end.
    pub(crate) fn skip_line(&mut self) -> Result<bool, Trouble> {
        loop {
            match memchr(b'\n', self.at_hand()) {
                Some(at) => {
                    self.consume(at + 1);
                    return Ok(self.byte(0).is_some() || self.fill()?);
                }
                None => {
                    self.consume(self.end - self.start);
                    if !self.fill()? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// The line that the window begins in.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    pub(crate) fn consume(&mut self, length: usize) {
        (self.line, self.column) = self.position(length);
        self.start = (self.start + length).min(self.end);
    }

    /// Line and column of an offset, as `serde_json` counts them: of the byte before it.
    pub(crate) fn position(&self, at: usize) -> (usize, usize) {
        let passed = self.first(at);
        match memrchr(b'\n', passed) {
            None => (self.line, self.column + passed.len()),
            Some(last) => (self.line + memchr_iter(b'\n', passed).count(), passed.len() - last - 1),
        }
    }

    /// What is wrong with a value that begins here.
    pub(crate) fn syntax(&self, error: &serde_json::Error) -> String {
        let (line, column) = match error.line() {
            0 | 1 => (self.line, self.column + error.column()),
            more => (self.line + more - 1, error.column()),
        };
        not_json(line, column)
    }
}

/// What is wrong with text that is not JSON.
pub(crate) fn not_json(line: usize, column: usize) -> String {
    format!("not JSON at line {line} column {column}")
}
