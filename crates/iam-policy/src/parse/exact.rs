//! With the path of whatever AWS would not accept, from a tree of the whole document.

use std::borrow::Cow;

use compact_str::CompactString;

use super::json::Json;
use super::texts::{self, Texts};
use crate::condition::Condition;
use crate::operator::Operator;
use crate::policy::{Listed, Policy, Statement, Version};
use crate::policy_error::{JsonPath, PolicyError, Problem};
use crate::policy_kind::PolicyKind;

type Object<'a> = [(Cow<'a, str>, Json<'a>)];

pub(super) fn policy(text: &str, kind: PolicyKind) -> Result<Policy, PolicyError> {
    let place = JsonPath::Document;
    let document: Json<'_> =
        serde_json::from_str(text).map_err(|reason| place.error(Problem::Syntax(reason.to_string())))?;
    let [version, id, statements] = fields(&document, &place, ["Version", "Id", "Statement"], kind)?;
    let version = match version {
        None => None,
        Some(json) => {
            let place = JsonPath::Key(&place, "Version");
            Some(texts::version(string(json, &place)?, &place)?)
        }
    };
    let id = id.map(|json| string(json, &JsonPath::Key(&place, "Id"))).transpose()?.map(CompactString::from);
    if kind == PolicyKind::ResourceControl && version != Some(Version::V2012) {
        return Err(place.error(Problem::Missing("`Version` 2012-10-17")));
    }
    let json = statements.ok_or_else(|| place.error(Problem::Missing("`Statement`")))?;
    let place = JsonPath::Key(&place, "Statement");
    let reader = Reader(Texts { kind, variables: version == Some(Version::V2012) });
    let statements = match json {
        Json::Array(items) => each(items, &place, |item, place| reader.statement(item, place))?,
        single => vec![reader.statement(single, &place)?],
    };
    Ok(Policy { kind, version, id, statements: statements.into() })
}

#[derive(Clone, Copy)]
struct Reader(Texts);

impl Reader {
    fn statement(self, json: &Json<'_>, place: &JsonPath<'_>) -> Result<Statement, PolicyError> {
        let elements =
            ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"];
        let [sid, effect, action, not_action, resource, not_resource, condition, principal] =
            fields(json, place, elements, self.0.kind)?;
        self.principal(principal, place)?;
        let effect = effect.ok_or_else(|| place.error(Problem::Missing("`Effect`")))?;
        let effect_place = JsonPath::Key(place, "Effect");
        let effect = texts::effect(string(effect, &effect_place)?, &effect_place)?;
        let actions = listed(("Action", action), ("NotAction", not_action), place, texts::action)?;
        let read = |text: &str, place: &JsonPath<'_>| self.0.resource(text, place);
        let resources = listed(("Resource", resource), ("NotResource", not_resource), place, read)?;
        let conditions = match condition {
            Some(json) => self.conditions(json, &JsonPath::Key(place, "Condition"))?,
            None => Vec::new(),
        };
        let sid_place = JsonPath::Key(place, "Sid");
        let sid = sid.map(|json| texts::sid(string(json, &sid_place)?, &sid_place)).transpose()?;
        let statement = Statement { sid, effect, actions, resources, conditions };
        if self.0.kind == PolicyKind::ResourceControl {
            texts::resource_control(&statement, place)?;
        }
        Ok(statement)
    }

    /// Who calls is not looked at: an identity policy applies to whom it is attached to, a resource control
    /// policy to everybody, and has to say so.
    fn principal(self, json: Option<&Json<'_>>, place: &JsonPath<'_>) -> Result<(), PolicyError> {
        let principal = JsonPath::Key(place, "Principal");
        match (self.0.kind, json) {
            (PolicyKind::Identity, None) => Ok(()),
            (PolicyKind::Identity, Some(_)) => {
                Err(principal.error(Problem::UnknownElement("Principal".to_owned(), self.0.kind)))
            }
            (PolicyKind::ResourceControl | PolicyKind::Endpoint, None) => {
                Err(place.error(Problem::Missing("`Principal`")))
            }
            // For endpoints both forms are the same (`vpc-endpoints-access` in the AWS PrivateLink guide).
            (PolicyKind::Endpoint, Some(Json::Object(entries))) => match entries.as_slice() {
                [(name, Json::String(everybody))] if name == "AWS" && everybody == "*" => Ok(()),
                _ => Err(principal.error(Problem::InvalidValue("{...}".to_owned(), "everybody: `*`"))),
            },
            (PolicyKind::ResourceControl | PolicyKind::Endpoint, Some(json)) => {
                match string(json, &principal)? {
                    "*" => Ok(()),
                    other => Err(principal.error(Problem::InvalidValue(other.to_owned(), "`*`"))),
                }
            }
        }
    }

    fn conditions(self, json: &Json<'_>, place: &JsonPath<'_>) -> Result<Vec<Condition>, PolicyError> {
        let operators = object(json, place)?;
        no_duplicates(operators, place, str::eq)?;
        let mut conditions = Vec::with_capacity(operators.len());
        for (name, keys) in operators {
            let place = JsonPath::Key(place, name);
            let operator = Operator::parse(name)
                .ok_or_else(|| place.error(Problem::UnknownOperator(name.clone().into_owned())))?;
            let keys = object(keys, &place)?;
            no_duplicates(keys, &place, str::eq_ignore_ascii_case)?;
            for (key, values) in keys {
                conditions.push(self.condition(operator, key, values, &JsonPath::Key(&place, key))?);
            }
        }
        Ok(conditions)
    }

    fn condition(
        self,
        operator: Operator,
        key: &str,
        values: &Json<'_>,
        place: &JsonPath<'_>,
    ) -> Result<Condition, PolicyError> {
        let (key_name, key) = texts::condition_key(key, place)?;
        let wanted = |json: &Json<'_>, place: &JsonPath<'_>| {
            let text = match json {
                Json::String(text) => Cow::Borrowed(&**text),
                Json::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
                Json::Number(number) => Cow::Owned(number.to_string()),
                other => return Err(place.wrong_type("a string, number or boolean", other)),
            };
            self.0.wanted(operator.comparison(), &text, place)
        };
        let values = match values {
            Json::Array(items) => each(items, place, wanted)?,
            single => vec![wanted(single, place)?],
        };
        Ok(Condition { operator, key_name, key, values })
    }
}

/// The elements of an object, in the order of their names here.
fn fields<'j, 'a, const N: usize>(
    json: &'j Json<'a>,
    place: &JsonPath<'_>,
    names: [&str; N],
    kind: PolicyKind,
) -> Result<[Option<&'j Json<'a>>; N], PolicyError> {
    let mut found = [None; N];
    for (key, value) in object(json, place)? {
        let slot = names.iter().zip(&mut found).find(|(name, _)| *name == key);
        let Some((_, slot)) = slot else {
            let problem = Problem::UnknownElement(key.clone().into_owned(), kind);
            return Err(JsonPath::Key(place, key).error(problem));
        };
        if slot.replace(value).is_some() {
            return Err(place.error(Problem::Duplicate(key.clone().into_owned())));
        }
    }
    Ok(found)
}

fn object<'j, 'a>(json: &'j Json<'a>, place: &JsonPath<'_>) -> Result<&'j Object<'a>, PolicyError> {
    match json {
        Json::Object(entries) => Ok(entries),
        other => Err(place.wrong_type("an object", other)),
    }
}

fn string<'j>(json: &'j Json<'_>, place: &JsonPath<'_>) -> Result<&'j str, PolicyError> {
    match json {
        Json::String(text) => Ok(text),
        other => Err(place.wrong_type("a string", other)),
    }
}

/// In time proportional to the square of what a condition block holds only where that is short.
fn no_duplicates(
    entries: &Object<'_>,
    place: &JsonPath<'_>,
    same: fn(&str, &str) -> bool,
) -> Result<(), PolicyError> {
    const SHORT: usize = 16;
    let duplicate = if entries.len() <= SHORT {
        let earlier = |index: usize, key: &str| entries.iter().take(index).any(|(other, _)| same(other, key));
        entries.iter().enumerate().find(|(index, (key, _))| earlier(*index, key)).map(|(_, (key, _))| key)
    } else {
        let mut keys: Vec<(String, &Cow<'_, str>)> =
            entries.iter().map(|(key, _)| (key.to_ascii_lowercase(), key)).collect();
        keys.sort_unstable();
        let pairs = keys.windows(2);
        pairs.into_iter().find_map(|pair| match pair {
            [(_, first), (_, second)] if same(first, second) => Some(*second),
            _ => None,
        })
    };
    match duplicate {
        Some(key) => Err(place.error(Problem::Duplicate(key.clone().into_owned()))),
        None => Ok(()),
    }
}

/// Every item of a list.
fn each<'j, 'a, T>(
    items: &'j [Json<'a>],
    place: &JsonPath<'_>,
    read: impl Fn(&'j Json<'a>, &JsonPath<'_>) -> Result<T, PolicyError>,
) -> Result<Vec<T>, PolicyError> {
    let mut results = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        results.push(read(item, &JsonPath::Index(place, index))?);
    }
    Ok(results)
}

/// One of two elements that exclude each other: a string or a list of strings.
fn listed<T>(
    (only_name, only): (&'static str, Option<&Json<'_>>),
    (all_but_name, all_but): (&'static str, Option<&Json<'_>>),
    place: &JsonPath<'_>,
    read: impl Fn(&str, &JsonPath<'_>) -> Result<T, PolicyError>,
) -> Result<Listed<T>, PolicyError> {
    let texts = |json: &Json<'_>, place: &JsonPath<'_>| match json {
        Json::Array(items) => each(items, place, |item, place| read(string(item, place)?, place)),
        single => Ok(vec![read(string(single, place)?, place)?]),
    };
    match (only, all_but) {
        (Some(json), None) => Ok(Listed::Only(texts(json, &JsonPath::Key(place, only_name))?)),
        (None, Some(json)) => Ok(Listed::AllBut(texts(json, &JsonPath::Key(place, all_but_name))?)),
        (Some(_), Some(_)) => Err(place.error(Problem::Both(only_name, all_but_name))),
        (None, None) => Err(place.error(Problem::Missing(match only_name {
            "Action" => "`Action` or `NotAction`",
            _ => "`Resource` or `NotResource`",
        }))),
    }
}
