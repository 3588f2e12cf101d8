//! Policies that were parsed already: the denials of a batch mostly meet the same ones. What a policy says is a function
//! of its text, so that what is kept changes no answer.

use std::cell::RefCell;
use std::collections::VecDeque;

use iam_policy::{Policy, PolicyError, PolicyKind};

/// How much text is kept. The policies of a permission set seldom exceed 100 kB.
const MOST_BYTES: usize = 256 * 1_024;

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept { policies: VecDeque::new(), bytes: 0 }) };
}

/// The newest last.
struct Kept {
    policies: VecDeque<(PolicyKind, Box<str>, Policy)>,
    bytes: usize,
}

pub(super) fn policy(text: &str, kind: PolicyKind) -> Result<Policy, PolicyError> {
    KEPT.with_borrow_mut(|kept| {
        if let Some(policy) = kept.find(text, kind) {
            return Ok(policy);
        }
        let policy = match kind {
            PolicyKind::Identity => Policy::parse(text)?,
            PolicyKind::ResourceControl => Policy::parse_resource_control(text)?,
            PolicyKind::Endpoint => Policy::parse_endpoint(text)?,
        };
        kept.keep(text, kind, policy.clone());
        Ok(policy)
    })
}

impl Kept {
    fn find(&self, text: &str, kind: PolicyKind) -> Option<Policy> {
        let is_same = |(other, kept, _): &&(PolicyKind, Box<str>, Policy)| *other == kind && **kept == *text;
        self.policies.iter().find(is_same).map(|(_, _, policy)| policy.clone())
    }

    fn keep(&mut self, text: &str, kind: PolicyKind, policy: Policy) {
        self.policies.push_back((kind, text.into(), policy));
        self.bytes += text.len();
        while self.bytes > MOST_BYTES
            && let Some((_, oldest, _)) = self.policies.pop_front()
        {
            self.bytes -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sid: &str, length: usize) -> String {
        let statement = format!(r#"{{"Sid":"{sid}","Effect":"Deny","Action":"*","Resource":"*"}}"#);
        format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}{}"#, " ".repeat(length))
    }

    #[test]
    fn what_is_kept_is_what_is_parsed() {
        let principal = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
        for _ in 0..2 {
            assert_eq!(policy(&text("A", 0), PolicyKind::Identity), Policy::parse(&text("A", 0)));
            assert_eq!(policy("{", PolicyKind::Identity), Policy::parse("{"));
            // The same text is another policy elsewhere.
            assert_eq!(policy(principal, PolicyKind::Endpoint), Policy::parse_endpoint(principal));
            assert_eq!(
                policy(principal, PolicyKind::ResourceControl),
                Policy::parse_resource_control(principal)
            );
            assert_eq!(policy(principal, PolicyKind::Identity), Policy::parse(principal));
        }
    }

    #[test]
    fn the_oldest_goes_first() {
        let mut kept = Kept { policies: VecDeque::new(), bytes: 0 };
        let texts = ["A", "B", "C"].map(|sid| text(sid, MOST_BYTES * 2 / 5));
        for text in &texts {
            kept.keep(text, PolicyKind::Identity, Policy::parse(text).unwrap());
        }
        let found = texts.each_ref().map(|text| kept.find(text, PolicyKind::Identity).is_some());
        assert_eq!(found, [false, true, true]);
        assert_eq!(kept.bytes, texts[1].len() + texts[2].len());
        let huge = text("D", MOST_BYTES);
        kept.keep(&huge, PolicyKind::Identity, Policy::parse(&huge).unwrap());
        assert_eq!((kept.policies.len(), kept.bytes), (0, 0));
    }
}
