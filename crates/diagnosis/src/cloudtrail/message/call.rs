//! The beginning of most messages: who is not authorized to perform what. By hand, as every denial is read by it.

/// Who called what, and what stands behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) principal: Option<&'a str>,
    pub(super) action: &'a str,
    pub(super) rest: &'a str,
}

/// `User: ARN is not authorized to perform: SERVICE:Action`, and what varies of it; none where the text begins otherwise.
pub(super) fn read(text: &str) -> Option<Call<'_>> {
    let text = text.strip_prefix("You are not authorized to perform this operation. ").unwrap_or(text);
    let text = without_colon(text.strip_prefix("User")?).strip_prefix(' ')?;
    let named = text.split_once(char::is_whitespace).and_then(|(name, _)| {
        let refused = text.get(name.len()..)?.strip_prefix(' ')?.strip_prefix(REFUSED)?;
        (!name.is_empty()).then_some((Some(name), refused))
    });
    let (principal, refused) = match named {
        Some(named) => named,
        None => (None, text.strip_prefix(REFUSED)?),
    };
    let text = without_colon(refused).strip_prefix(' ')?;
    let service = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    let name = text.get(service..)?.strip_prefix(':')?;
    let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'*').count();
    if service == 0 || length == 0 {
        return None;
    }
    let (action, rest) = text.split_at_checked(service + 1 + length)?;
    Some(Call { principal, action, rest })
}

const REFUSED: &str = "is not authorized to perform";

fn without_colon(text: &str) -> &str {
    text.strip_prefix(':').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_the_expression_says() {
        let expression = regex::Regex::new(
            r"(?s)^(?:You are not authorized to perform this operation\. )?User:? (?:(\S+) )?is not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z0-9*]+)(.*)$",
        )
        .unwrap();
        let parts: [&[&str]; 8] = [
            &["", "You are not authorized to perform this operation. ", " "],
            &["User", "user", "User:", "User::"],
            &["", " ", "  ", "\u{a0}"],
            &["", "is", "arn:aws:iam::1:user/x", "Müller is not authorized to perform", "a\u{2003}b", "a b"],
            &[" is not authorized to perform", "is not authorized to perform"],
            &["", ":", "::"],
            &[" ", "", "\n"],
            &[
                "s3:GetObject",
                "s3:*",
                "a-b:C on resource: x\ny",
                "s3",
                ":",
                "s3:",
                "s3:é",
                "S3:GetObject:s3:a",
            ],
        ];
        let mut texts = vec![String::new()];
        for choices in parts {
            texts = texts
                .iter()
                .flat_map(|text| choices.iter().map(move |part| format!("{text}{part}")))
                .collect();
        }
        let mut read_ones = 0;
        for text in texts {
            let expected = expression.captures(&text).map(|found| Call {
                principal: found.get(1).map(|part| part.as_str()),
                action: found.get(2).unwrap().as_str(),
                rest: found.get(3).unwrap().as_str(),
            });
            read_ones += usize::from(expected.is_some());
            assert_eq!(read(&text), expected, "{text:?}");
        }
        assert!(read_ones > 100, "{read_ones}");
    }
}
