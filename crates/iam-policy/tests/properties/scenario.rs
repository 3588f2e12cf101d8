//! Policies and a request, made from bytes: what a property test and a fuzzer both can feed.

use iam_policy::{Context, Layers, Policy, Request, Resource, Value};
use serde_json::{Map, Value as Json, json};

/// What is spelled in policies and requests. Small, so that things meet.
pub const KEYS: [&str; 7] = [
    "aws:PrincipalTag/Team",
    "aws:ResourceTag/Team",
    "aws:principaltag/dept",
    "aws:TagKeys",
    "aws:SourceIp",
    "aws:CurrentTime",
    "s3:max-keys",
];
const TEXTS: [&str; 24] = [
    "red",
    "blue",
    "RED",
    "*",
    "re*",
    "?ed",
    "5",
    "7.5",
    "true",
    "false",
    "2026-01-01T00:00:00Z",
    "1767225600",
    "10.0.0.0/8",
    "10.1.2.3",
    "arn:aws:iam::111122223333:role/x",
    "arn:aws:iam::*:role/*",
    "${aws:PrincipalTag/Team}",
    "${aws:ResourceTag/Team}",
    "team-${aws:PrincipalTag/Team}*",
    "${aws:PrincipalTag/Dept, 'none'}",
    "${aws:PrincipalTag/Dept,'none'}",
    "${*}",
    "",
    "é",
];
const BASES: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "Null",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
];
const ACTIONS: [&str; 6] = ["*", "s3:GetObject", "s3:get*", "s3:?etObject", "sqs:*", "*:*"];
const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/red/x",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/*",
    "arn:aws:s3:::other/*",
    "arn:aws:s?:::bucket/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/Dept, 'red'}/x",
];

/// How much of the language is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Whole,
    /// Comparisons of whole texts: what the evaluator tells apart exactly.
    Equality,
}

/// A source of choices. When it runs out, it chooses the first.
pub struct Choices<'a> {
    bytes: std::slice::Iter<'a, u8>,
    language: Language,
}

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8], language: Language) -> Choices<'a> {
        Choices { bytes: bytes.iter(), language }
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.bytes.next().map_or(0, |byte| usize::from(*byte) % limit)
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == chances - 1
    }

    fn of(&mut self, texts: &[&str]) -> String {
        texts[self.below(texts.len())].to_owned()
    }

    /// One of the texts, seldom anything.
    fn text(&mut self) -> String {
        if self.language == Language::Equality {
            return self.of(&["red", "blue", "${aws:PrincipalTag/Team}", "${aws:ResourceTag/Team}"]);
        }
        if self.one_in(32) {
            let length = self.below(24);
            let bytes: Vec<u8> = self.bytes.by_ref().take(length).copied().collect();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        self.of(&TEXTS)
    }

    pub fn key(&mut self) -> &'static str {
        match self.language {
            Language::Equality => KEYS[self.below(3)],
            Language::Whole => KEYS[self.below(KEYS.len())],
        }
    }

    fn operator(&mut self) -> String {
        let base = match self.language {
            Language::Equality => self.of(&["StringEquals", "StringNotEquals", "Null"]),
            Language::Whole => self.of(&BASES),
        };
        if base == "Null" {
            return base;
        }
        let prefix = ["", "", "", "ForAllValues:", "ForAnyValue:"];
        let prefix = match self.language {
            Language::Equality => "",
            Language::Whole => prefix[self.below(prefix.len())],
        };
        format!("{prefix}{base}{}", if self.one_in(4) { "IfExists" } else { "" })
    }

    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Json) -> Json {
        match self.below(4) {
            0 | 1 => item(self),
            2 => json!([item(self), item(self)]),
            _ => json!([item(self)]),
        }
    }

    fn condition_values(&mut self, operator: &str) -> Json {
        match operator {
            "Null" => self.list(|choices| json!(choices.below(2) == 0)),
            _ => self.list(|choices| json!(choices.text())),
        }
    }

    pub fn statement(&mut self, effect: &str) -> Json {
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), json!(effect));
        let action = if self.one_in(8) { "NotAction" } else { "Action" };
        let resource = if self.one_in(6) { "NotResource" } else { "Resource" };
        let (actions, resources) = match self.language {
            Language::Whole => (ACTIONS.as_slice(), RESOURCES.as_slice()),
            Language::Equality => (&ACTIONS[..3], &RESOURCES[..3]),
        };
        statement.insert(action.to_owned(), self.list(|choices| json!(choices.of(actions))));
        statement.insert(resource.to_owned(), self.list(|choices| json!(choices.of(resources))));
        let mut block = Map::new();
        for _ in 0..self.below(4) {
            let operator = self.operator();
            let values = self.condition_values(&operator);
            block.insert(operator, json!({ self.key(): values }));
        }
        if !block.is_empty() {
            statement.insert("Condition".to_owned(), Json::Object(block));
        }
        Json::Object(statement)
    }

    fn policy(&mut self) -> Json {
        let mut policy = Map::new();
        match self.below(8) {
            0 => {}
            1 => drop(policy.insert("Version".to_owned(), json!("2008-10-17"))),
            _ => drop(policy.insert("Version".to_owned(), json!("2012-10-17"))),
        }
        let statements: Vec<Json> = (0..=self.below(3))
            .map(|_| {
                let effect = if self.one_in(3) { "Deny" } else { "Allow" };
                self.statement(effect)
            })
            .collect();
        policy.insert("Statement".to_owned(), Json::Array(statements));
        Json::Object(policy)
    }

    fn policies(&mut self) -> Vec<Json> {
        (0..=self.below(2)).map(|_| self.policy()).collect()
    }

    pub fn value(&mut self) -> Value {
        match self.below(8) {
            0 | 1 => Value::Absent,
            2 if self.language == Language::Whole => Value::Many(vec![self.text(), self.text()]),
            _ => Value::One(self.text()),
        }
    }
}

/// Documents and a request.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub identity: Vec<Json>,
    pub boundary: Option<Vec<Json>>,
    pub session: Option<Vec<Json>>,
    pub service_control: Vec<Vec<Json>>,
    pub request: Request,
    /// Keys that are unknown in the request.
    pub unknown: Vec<&'static str>,
}

impl Scenario {
    pub fn new(choices: &mut Choices<'_>) -> Scenario {
        let mut context = Context::closed();
        let mut unknown = Vec::new();
        // All their values are tried in all combinations.
        let most_unknown = if choices.language == Language::Equality { 3 } else { 2 };
        for key in KEYS {
            match choices.below(4) {
                0 | 1 => {}
                2 => context.set(key, choices.value()),
                _ if unknown.len() < most_unknown => {
                    context.set(key, Value::Unknown);
                    unknown.push(key);
                }
                _ => {}
            }
        }
        let resource = match choices.below(16) {
            15 => Resource::Unknown,
            14 => Resource::Named("*".to_owned()),
            _ => Resource::Named("arn:aws:s3:::bucket/red/x".to_owned()),
        };
        Scenario {
            identity: choices.policies(),
            boundary: choices.one_in(4).then(|| choices.policies()),
            session: choices.one_in(6).then(|| choices.policies()),
            service_control: (0..choices.below(6).saturating_sub(3)).map(|_| choices.policies()).collect(),
            request: Request { action: "s3:GetObject".to_owned(), resource, context },
            unknown,
        }
    }

    pub fn documents(&mut self) -> impl Iterator<Item = &mut Json> {
        self.identity
            .iter_mut()
            .chain(self.boundary.iter_mut().flatten())
            .chain(self.session.iter_mut().flatten())
            .chain(self.service_control.iter_mut().flatten())
    }

    /// None where a document cannot be read; what is wrong is checked elsewhere.
    pub fn parse(&self) -> Option<Parsed> {
        let parse = |documents: &Vec<Json>| -> Option<Vec<Policy>> {
            documents.iter().map(|document| Policy::parse(&document.to_string()).ok()).collect()
        };
        let optional = |documents: &Option<Vec<Json>>| match documents {
            Some(documents) => parse(documents).map(Some),
            None => Some(None),
        };
        Some(Parsed {
            identity: parse(&self.identity)?,
            boundary: optional(&self.boundary)?,
            session: optional(&self.session)?,
            service_control: self.service_control.iter().map(parse).collect::<Option<_>>()?,
        })
    }
}

/// The documents of a scenario, parsed.
pub struct Parsed {
    identity: Vec<Policy>,
    boundary: Option<Vec<Policy>>,
    session: Option<Vec<Policy>>,
    service_control: Vec<Vec<Policy>>,
}

impl Parsed {
    /// Without the statements that are not about an action.
    pub fn about(&self, action: &str) -> Parsed {
        let each = |policies: &Vec<Policy>| policies.iter().map(|policy| policy.about(action)).collect();
        Parsed {
            identity: each(&self.identity),
            boundary: self.boundary.as_ref().map(each),
            session: self.session.as_ref().map(each),
            service_control: self.service_control.iter().map(each).collect(),
        }
    }

    pub fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: self.session.as_deref(),
            service_control: &self.service_control,
            resource_control: &[],
            endpoint: None,
        }
    }
}
