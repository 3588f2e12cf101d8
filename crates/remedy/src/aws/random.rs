//! Random bytes, and how they are written down.

/// Random bytes of the operating system; none where it has none.
pub(crate) fn bytes<const LENGTH: usize>() -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Two hexadecimal digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads as many bytes as [`hex`] wrote.
pub(crate) fn from_hex<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != LENGTH || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let [high, low] = *pair;
        *byte = digit(high)? * 16 + digit(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let bytes = [0, 1, 0x9a, 0xff];
        assert_eq!(hex(&bytes), "00019aff");
        assert_eq!(from_hex(&hex(&bytes)), Some(bytes));
        for text in ["", "00019af", "00019aff00", "00019afg", "+0019aff", "0é19aff"] {
            assert_eq!(from_hex::<4>(text), None, "{text}");
        }
    }
}
