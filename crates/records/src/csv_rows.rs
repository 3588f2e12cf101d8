//! Rows of CSV.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use crate::LONGEST_VALUE;
use crate::element::{Failed, columns};
use crate::found::{Sink, Stop};
use crate::unpack::bad_content;

/// Every row, under its row of names.
pub(crate) fn read(input: &mut dyn Read, delimiter: u8, sink: &mut Sink<'_>) -> Result<(), Stop> {
    let since_row = Rc::new(Cell::new(0));
    let bounded = Bounded { input, since_row: Rc::clone(&since_row) };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(64 << 10)
        .from_reader(bounded);
    let mut names: Option<Vec<String>> = None;
    let mut cells = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut cells) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => return Err(stop(error)),
        }
        since_row.set(0);
        let texts = cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned());
        let Some(names) = &names else {
            names = Some(texts.map(|text| columns::name(&text)).collect());
            continue;
        };
        let row = names.iter().cloned().zip(texts).collect();
        match columns::row(&row, sink, 0) {
            Ok(()) => {}
            Err(Failed::Syntax(error)) => {
                sink.unreadable(crate::window::not_json(error.line(), error.column()))?;
            }
            Err(Failed::Stop(stop)) => return Err(stop),
        }
    }
}

fn stop(error: csv::Error) -> Stop {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Stop::Input(error),
        _ => Stop::Input(bad_content("not CSV")),
    }
}

/// Ends rows that never end.
struct Bounded<'a> {
    input: &'a mut dyn Read,
    since_row: Rc<Cell<usize>>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > LONGEST_VALUE {
            return Err(bad_content("a row of more than 8388608 bytes"));
        }
        let read = self.input.read(buffer)?;
        self.since_row.set(self.since_row.get() + read);
        Ok(read)
    }
}
