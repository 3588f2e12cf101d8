//! What kind of text an input is.

use std::io::{self, BufRead};

use crate::element::columns;

/// What kind of text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// None at all.
    Nothing,
    /// JSON values, perhaps with text between them.
    Json,
    /// Rows with this byte between their cells, under a row of names.
    Rows(u8),
    /// Something else.
    Other,
}

/// Tells by the beginning.
pub(crate) fn sniff(input: &mut impl BufRead) -> io::Result<Form> {
    let beginning = loop {
        let at_hand = input.fill_buf()?;
        let space = at_hand.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x1e).count();
        if space == 0 || space < at_hand.len() {
            break at_hand;
        }
        input.consume(space);
    };
    let beginning = beginning.trim_ascii_start();
    let first_line = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    Ok(match beginning.first() {
        None => Form::Nothing,
        Some(b'{' | b'[' | 0x1e) => Form::Json,
        Some(_) => {
            let delimiter =
                [b',', b';', b'\t'].into_iter().find(|delimiter| is_header(first_line, *delimiter));
            match delimiter {
                Some(delimiter) => Form::Rows(delimiter),
                None if beginning.first() == Some(&b'"') || first_line.contains(&b'{') => Form::Json,
                // The AWS CLI's text begins with a word in capitals.
                None if first_line.iter().take_while(|byte| byte.is_ascii_uppercase()).count() > 1 => {
                    Form::Json
                }
                None => Form::Other,
            }
        }
    })
}

fn is_header(line: &[u8], delimiter: u8) -> bool {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(line);
    let mut names = csv::StringRecord::new();
    match reader.read_record(&mut names) {
        Ok(true) => columns::is_header(&names.iter().map(columns::name).collect::<Vec<_>>()),
        Ok(false) | Err(_) => false,
    }
}
