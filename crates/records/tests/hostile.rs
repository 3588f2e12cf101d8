//! Inputs that want to take all memory, or all time, end with a reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::io::{self, Read, Write};
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;
use tagmend_records::{Content, End, LONGEST_VALUE, read};

/// How the reading ends, how many things are found, and why the last one cannot be read.
fn ended(input: impl Read) -> (End, u64, String) {
    let (mut count, mut last) = (0, String::new());
    let end = read(input, &mut |found| {
        count += 1;
        if let Content::Unreadable(error) = found.content {
            last = error.to_string();
        }
        ControlFlow::Continue(())
    });
    (end.unwrap(), count, last)
}

/// So much of the same, and how much of it was read.
struct Endless<'a> {
    beginning: &'a [u8],
    piece: &'a [u8],
    at: usize,
    read: u64,
}

impl<'a> Endless<'a> {
    fn new(beginning: &'a str, piece: &'a str) -> Endless<'a> {
        Endless { beginning: beginning.as_bytes(), piece: piece.as_bytes(), at: 0, read: 0 }
    }
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = match self.beginning.get(self.at) {
                Some(byte) => *byte,
                None => self.piece[(self.at - self.beginning.len()) % self.piece.len()],
            };
            self.at += 1;
        }
        self.read += buffer.len() as u64;
        Ok(buffer.len())
    }
}

#[test]
fn what_never_ends_is_given_up() {
    let row = "a row of more than 8388608 bytes";
    let value = "a value of more than 8388608 bytes";
    for (beginning, piece, expected) in [
        ("{\"eventID\": \"", "x", value),
        ("[{\"a\": [1", ", 1", value),
        ("{\"Records\": [{\"a\": \"", "x", value),
        ("{\"hits\": {\"hits\": [{\"a\": \"", "x", value),
        ("EVENTS\t", "x", value),
        ("\"eventid\",\"eventname\"\n\"", "x", row),
    ] {
        let mut input = Endless::new(beginning, piece);
        let (end, count, reason) = ended(&mut input);
        assert_eq!((end, count), (End::GivenUp, 1), "{beginning}");
        assert!(reason.ends_with(expected), "{beginning}: {reason}");
        assert!(input.read < 4 * LONGEST_VALUE as u64, "{beginning}: {} bytes were read", input.read);
    }
}

#[test]
fn what_is_no_record_again_and_again_is_given_up() {
    let (end, count, reason) = ended(Endless::new("{}", "\n{}"));
    assert_eq!((end, count), (End::GivenUp, 1_000));
    assert_eq!(reason, "$: 1000 things cannot be read; the rest is left out");
    let (end, count, _) = ended(Endless::new("{", "\n{\"a\" b"));
    assert_eq!((end, count), (End::GivenUp, 1_000));
}

#[test]
fn bombs_are_not_unpacked() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let piece = vec![b' '; 1 << 20];
    gzip.write_all(b"[").unwrap();
    for _ in 0..80 {
        gzip.write_all(&piece).unwrap();
    }
    let (end, count, reason) = ended(gzip.finish().unwrap().as_slice());
    assert_eq!((end, count), (End::GivenUp, 1));
    assert_eq!(reason, "$: it unpacks to more than 250 times its size");

    // RFC 8878: a frame with a window of 128 KiB, a raw block, and blocks that repeat a byte.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38, 8, 0, 0, b'['];
    let repeat = (128_u32 << 10) << 3 | 1 << 1;
    for _ in 0..640 {
        frame.extend(&repeat.to_le_bytes()[..3]);
        frame.push(b' ');
    }
    let (end, _, reason) = ended(frame.as_slice());
    assert_eq!((end, reason.as_str()), (End::GivenUp, "$: it unpacks to more than 250 times its size"));
}

#[test]
fn what_is_nested_deeply_is_no_record() {
    let (end, count, reason) = ended("[".repeat(1_000_000).as_bytes());
    assert_eq!((end, count), (End::Whole, 1));
    assert_eq!(reason, "$[0]: not JSON at line 1 column 128");
    let nested = "{\"a\":".repeat(1_000_000);
    let (_, count, reason) = ended(nested.as_bytes());
    assert_eq!((count, reason.as_str()), (1, "$: not JSON at line 1 column 640"));
    // A text in a text in a text.
    let mut text = "{\"eventID\": \"x\"}".to_owned();
    for _ in 0..12 {
        text = serde_json::json!({ "Body": text }).to_string();
    }
    let (end, count, reason) = ended(text.as_bytes());
    assert_eq!((end, count), (End::Whole, 1));
    assert!(reason.ends_with("wrapped more than 8 times"), "{reason}");
}

#[test]
fn packed_data_is_bounded() {
    use base64::Engine;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..20 {
        gzip.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let data = base64::engine::general_purpose::STANDARD.encode(gzip.finish().unwrap());
    let event = serde_json::json!({"awslogs": {"data": data}}).to_string();
    let (end, count, reason) = ended(event.as_bytes());
    assert_eq!((end, count), (End::Whole, 1));
    assert_eq!(reason, "$: the data unpacks to more than 8388608 bytes");
}

#[test]
fn what_is_broken_leaves_its_neighbours() {
    let good = "{\"eventID\": \"a\"}";
    for (text, count, reason) in [
        (format!("{good}\n{{\"broken\n{good}\n"), 3, "$: not JSON at line 2 column 8"),
        (format!("[{good}, {{\"a\" 1}}, {good}]"), 3, "$[1]: not JSON at line 1 column 25"),
        (format!("{{\"Records\": [{good}, {good}"), 3, "Records: the text ends in the middle of a value"),
        (format!("{good}\nhello\n{good}\n"), 3, "$: not JSON at line 2 column 1"),
        (format!("{good}\n[\n  {good},\n  {{\"b\n  }}\n]\n{good}\n"), 4, "$[1]: not JSON at line 4 column 5"),
    ] {
        let (end, found, last) = ended(text.as_bytes());
        assert_eq!((end, found, last.as_str()), (End::Whole, count, reason), "{text}");
    }
}

#[test]
fn what_is_nothing_says_so() {
    for (bytes, reason) in [
        (&b""[..], "it is empty"),
        (b" \n\t", "it is empty"),
        (b"hello", "neither JSON nor CSV with columns that are known"),
        (b"a,b\n1,2\n", "neither JSON nor CSV with columns that are known"),
        (b"PK\x03\x04....", "a zip archive; unpack it first"),
        (b"\xff\xfe", "it is empty"),
    ] {
        assert_eq!(ended(bytes), (End::Unknown(reason.to_owned()), 0, String::new()));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(b"{\"eventID\": \"a\"}").unwrap();
    let whole = gzip.finish().unwrap();
    let (end, count, reason) = ended(&whole[..whole.len() - 6]);
    assert_eq!((end, count, reason.as_str()), (End::GivenUp, 2, "$: not a whole gzip file"));
}
