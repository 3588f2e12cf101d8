//! Straight from the text into a policy. Gives up on whatever is amiss, and on what is seldom.

use std::fmt;

use compact_str::CompactString;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::texts::{self, Texts};
use crate::comparison::Wanted;
use crate::condition::Condition;
use crate::operator::Operator;
use crate::policy::{Listed, Policy, Statement, Version};
use crate::policy_error::{JsonPath, PolicyError};
use crate::policy_kind::PolicyKind;

pub(super) fn policy(text: &str, kind: PolicyKind) -> Option<Policy> {
    // As long as the Version is not known, it is taken for the new one.
    let Read { policy, variables } = read(text, Document { kind, variables: true })?;
    let has_variables = policy.version == Some(Version::V2012);
    if variables == Some(has_variables) || !(text.contains('$') || text.contains("\\u")) {
        return Some(policy);
    }
    Some(read(text, Document { kind, variables: has_variables })?.policy)
}

fn read(text: &str, document: Document) -> Option<Read> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = (&mut json).deserialize_map(document).ok()?;
    json.end().ok()?;
    Some(read)
}

/// A policy, and whether its statements were taken to have variables; none where there was none to ask.
struct Read {
    policy: Policy,
    variables: Option<bool>,
}

/// Places are for the exact reader to tell.
const PLACE: &JsonPath<'_> = &JsonPath::Document;

fn amiss<E: Error>(_: PolicyError) -> E {
    E::custom("amiss")
}

fn seldom<E: Error>() -> E {
    E::custom("seldom")
}

/// What is there twice is amiss.
fn set<T, E: Error>(slot: &mut Option<T>, value: T) -> Result<(), E> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(seldom()),
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum DocumentElement {
    Version,
    Id,
    Statement,
}

struct Document {
    kind: PolicyKind,
    /// Where the Version is not known when the statements are read.
    variables: bool,
}

impl<'de> Visitor<'de> for Document {
    type Value = Read;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a policy")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let Document { kind, variables: otherwise } = self;
        let (mut version, mut id, mut statements) = (None, None, None);
        let mut variables = None;
        while let Some(element) = map.next_key()? {
            match element {
                DocumentElement::Version => {
                    set(&mut version, map.next_value_seed(Text(|text: &str| texts::version(text, PLACE)))?)?;
                }
                DocumentElement::Id => {
                    set(&mut id, map.next_value_seed(Text(|text: &str| Ok(CompactString::from(text))))?)?;
                }
                DocumentElement::Statement => {
                    let has_variables = version.map_or(otherwise, |version| version == Version::V2012);
                    variables = Some(has_variables);
                    let texts = Texts { kind, variables: has_variables };
                    set(&mut statements, map.next_value_seed(Statements(texts))?)?;
                }
            }
        }
        if kind == PolicyKind::ResourceControl && version != Some(Version::V2012) {
            return Err(seldom());
        }
        let statements = statements.ok_or_else(seldom)?.into();
        Ok(Read { policy: Policy { kind, version, id, statements }, variables })
    }
}

/// One statement, or a list.
struct Statements(Texts);

impl<'de> DeserializeSeed<'de> for Statements {
    type Value = Vec<Statement>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Statement>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Statements {
    type Value = Vec<Statement>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("statements")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Statement>, A::Error> {
        Ok(vec![OneStatement(self.0).visit_map(map)?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Statement>, A::Error> {
        let mut statements = Vec::new();
        while let Some(statement) = items.next_element_seed(OneStatement(self.0))? {
            statements.push(statement);
        }
        Ok(statements)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum StatementElement {
    Sid,
    Effect,
    Action,
    NotAction,
    Resource,
    NotResource,
    Condition,
    Principal,
}

struct OneStatement(Texts);

impl<'de> DeserializeSeed<'de> for OneStatement {
    type Value = Statement;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Statement, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneStatement {
    type Value = Statement;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a statement")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Statement, A::Error> {
        let OneStatement(texts) = self;
        let (mut sid, mut effect, mut actions, mut resources) = (None, None, None, None);
        let (mut conditions, mut principal) = (None, None);
        let action = |text: &str| texts::action(text, PLACE);
        let resource = |text: &str| texts.resource(text, PLACE);
        while let Some(element) = map.next_key()? {
            match element {
                StatementElement::Sid => {
                    set(&mut sid, map.next_value_seed(Text(|text: &str| texts::sid(text, PLACE)))?)?;
                }
                StatementElement::Effect => {
                    set(&mut effect, map.next_value_seed(Text(|text: &str| texts::effect(text, PLACE)))?)?;
                }
                StatementElement::Action => {
                    let mut list = Vec::new();
                    map.next_value_seed(texts_of(&mut list, action))?;
                    set(&mut actions, Listed::Only(list))?;
                }
                StatementElement::NotAction => {
                    let mut list = Vec::new();
                    map.next_value_seed(texts_of(&mut list, action))?;
                    set(&mut actions, Listed::AllBut(list))?;
                }
                StatementElement::Resource => {
                    let mut list = Vec::new();
                    map.next_value_seed(texts_of(&mut list, resource))?;
                    set(&mut resources, Listed::Only(list))?;
                }
                StatementElement::NotResource => {
                    let mut list = Vec::new();
                    map.next_value_seed(texts_of(&mut list, resource))?;
                    set(&mut resources, Listed::AllBut(list))?;
                }
                StatementElement::Condition => {
                    set(&mut conditions, map.next_value_seed(Conditions(texts))?)?;
                }
                StatementElement::Principal => {
                    set(&mut principal, map.next_value_seed(Text(|text: &str| Ok(text == "*")))?)?;
                }
            }
        }
        if principal != (texts.kind != PolicyKind::Identity).then_some(true) {
            return Err(seldom());
        }
        let statement = Statement {
            sid,
            effect: effect.ok_or_else(seldom)?,
            actions: actions.ok_or_else(seldom)?,
            resources: resources.ok_or_else(seldom)?,
            conditions: conditions.unwrap_or_default(),
        };
        if texts.kind == PolicyKind::ResourceControl {
            texts::resource_control(&statement, PLACE).map_err(amiss)?;
        }
        Ok(statement)
    }
}

/// More conditions than that are left to the exact reader: here, each is compared with all before it.
const MANY_CONDITIONS: usize = 32;

struct Conditions(Texts);

impl<'de> DeserializeSeed<'de> for Conditions {
    type Value = Vec<Condition>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Condition>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Conditions {
    type Value = Vec<Condition>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("conditions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Condition>, A::Error> {
        let mut conditions: Vec<Condition> = Vec::new();
        while let Some(operator) = map.next_key_seed(Text(|text: &str| Ok(Operator::parse(text))))? {
            let operator = operator.ok_or_else(seldom)?;
            let before = conditions.len();
            if conditions.iter().any(|condition| condition.operator == operator) {
                return Err(seldom());
            }
            map.next_value_seed(Block { texts: self.0, operator, conditions: &mut conditions })?;
            // Without a key it would not be noticed if it came once more.
            if conditions.len() == before {
                return Err(seldom());
            }
        }
        Ok(conditions)
    }
}

/// The keys of one operator.
struct Block<'c> {
    texts: Texts,
    operator: Operator,
    conditions: &'c mut Vec<Condition>,
}

impl<'de> DeserializeSeed<'de> for Block<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Block<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Block { texts, operator, conditions } = self;
        let comparison = operator.comparison();
        let wanted = |text: &str| texts.wanted(comparison, text, PLACE);
        while let Some((key_name, key)) =
            map.next_key_seed(Text(|text: &str| texts::condition_key(text, PLACE)))?
        {
            let is_same = |other: &Condition| other.key == key && other.operator == operator;
            if conditions.len() >= MANY_CONDITIONS || conditions.iter().any(is_same) {
                return Err(seldom());
            }
            let mut values: Vec<Wanted> = Vec::new();
            map.next_value_seed(Many { list: &mut values, read: wanted, scalars: true, is_item: false })?;
            conditions.push(Condition { operator, key_name, key, values });
        }
        Ok(())
    }
}

/// A string.
struct Text<F>(F);

impl<'de, T, F: FnMut(&str) -> Result<T, PolicyError>> DeserializeSeed<'de> for Text<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnMut(&str) -> Result<T, PolicyError>> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<T, E> {
        self.0(text).map_err(amiss)
    }
}

/// Texts, one or a list; as values of conditions also numbers and booleans.
struct Many<'l, T, F> {
    list: &'l mut Vec<T>,
    read: F,
    scalars: bool,
    is_item: bool,
}

fn texts_of<T, F>(list: &mut Vec<T>, read: F) -> Many<'_, T, F> {
    Many { list, read, scalars: false, is_item: false }
}

impl<'de, T, F: Fn(&str) -> Result<T, PolicyError> + Copy> DeserializeSeed<'de> for Many<'_, T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T, F: Fn(&str) -> Result<T, PolicyError> + Copy> Visitor<'de> for Many<'_, T, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if !self.is_item {
            self.list.reserve_exact(1);
        }
        self.list.push((self.read)(text).map_err(amiss)?);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(if value { "true" } else { "false" })
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(&serde_json::Number::from(value).to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(&serde_json::Number::from(value).to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(&serde_json::Number::from_f64(value).ok_or_else(seldom)?.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Many { list, read, scalars, is_item } = self;
        if is_item {
            return Err(seldom());
        }
        while items.next_element_seed(Many { list, read, scalars, is_item: true })?.is_some() {}
        Ok(())
    }
}

impl<T, F: Fn(&str) -> Result<T, PolicyError> + Copy> Many<'_, T, F> {
    fn scalar<E: Error>(self, text: &str) -> Result<(), E> {
        if self.scalars { self.visit_str(text) } else { Err(seldom()) }
    }
}
