//! Finds the end of a JSON value without reading it.

use memchr::memchr3;

/// How deep a value may be nested; `serde_json` follows as deep as this.
const DEEPEST: u32 = 127;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    /// The value ends before this offset.
    Whole(usize),
    /// The bytes end before the value does.
    More,
    /// Here it cannot go on like this.
    Broken(usize),
}

/// The end of the value that begins with the first byte. Only strings and brackets are looked at.
pub(crate) fn value(bytes: &[u8]) -> Skip {
    match bytes.first() {
        None => Skip::More,
        Some(b'"') => match string(bytes, 1) {
            Ok(Some(end)) => Skip::Whole(end),
            Ok(None) => Skip::More,
            Err(at) => Skip::Broken(at),
        },
        Some(b'{' | b'[') => container(bytes),
        Some(_) => {
            let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
            bytes.iter().position(is_end).map_or(Skip::More, Skip::Whole)
        }
    }
}

fn container(bytes: &[u8]) -> Skip {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => match string(bytes, at) {
                Ok(Some(end)) => at = end,
                Ok(None) => return Skip::More,
                Err(at) => return Skip::Broken(at),
            },
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    return Skip::Broken(at - 1);
                }
            }
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Skip::Whole(at);
                }
            }
            _ => {}
        }
    }
    Skip::More
}

/// The offset behind the string whose content begins here. An end of line in it is an error: there, a line may be read
/// anew.
fn string(bytes: &[u8], mut at: usize) -> Result<Option<usize>, usize> {
    loop {
        let Some(found) = bytes.get(at..).and_then(|rest| memchr3(b'"', b'\\', b'\n', rest)) else {
            return Ok(None);
        };
        at += found;
        match bytes.get(at) {
            Some(b'"') => return Ok(Some(at + 1)),
            Some(b'\n') | None => return Err(at),
            Some(_) => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_they_end() {
        for (text, expected) in [
            (r#"{"a": "}\"", "b": [1, {}]} ,"#, Skip::Whole(26)),
            (r#""a\\" "#, Skip::Whole(5)),
            ("12, ", Skip::Whole(2)),
            ("12", Skip::More),
            ("", Skip::More),
            (r#"{"a": "b"#, Skip::More),
            (r#"{"a\"#, Skip::More),
            ("{\"a\nb\"}", Skip::Broken(3)),
        ] {
            assert_eq!(value(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(value("[".repeat(1_000_000).as_bytes()), Skip::Broken(127));
    }
}
