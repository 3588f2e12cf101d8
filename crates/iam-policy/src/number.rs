//! Numbers as policies write them: integers and decimals, compared exactly.
//!
//! Not a floating-point number, so that two account-sized integers never compare as equal by rounding.

/// A decimal number with up to eighteen digits on either side of the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number {
    whole: i64,
    /// In units of 10⁻¹⁸, with the sign of the number.
    fraction: i64,
}

const DIGITS: usize = 18;

impl Number {
    /// None for what is not plain digits with at most one point, or has more digits than are compared exactly.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        if whole.len() > DIGITS || fraction.len() > DIGITS {
            return None;
        }
        let read =
            |digits: &str| digits.bytes().fold(0_i64, |number, digit| number * 10 + i64::from(digit - b'0'));
        let scale = (fraction.len()..DIGITS).fold(1_i64, |scale, _| scale * 10);
        let sign = if negative { -1 } else { 1 };
        Some(Number { whole: sign * read(whole), fraction: sign * read(fraction) * scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let number = |text| Number::parse(text);
        assert_eq!(number("1.50"), number("+01.5"));
        assert_eq!(number("-0"), number("0.0"));
        assert!(number("9007199254740993") > number("9007199254740992"));
        assert!(number("0.1") < number("0.10000000000000001"));
        assert!(number("-2") < number("-1.5"));
    }

    #[test]
    fn what_is_no_plain_number_is_not_read() {
        for text in
            ["", "-", "+", ".", ".5", "1.", "1e3", "inf", "NaN", "0x10", "1,5", " 1", "1 ", "--1", "1.2.3"]
        {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
        assert_eq!(Number::parse("1234567890123456789"), None);
        assert_eq!(Number::parse("0.1234567890123456789"), None);
    }
}
