//! Looks at one member of a record without building the others.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use tagmend_diagnosis::related::{Member, Test};

/// Whether the member at this JSON pointer, that leads through objects, passes the test.
pub(crate) fn member(bytes: &[u8], path: &str, test: Test) -> bool {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match At(path).deserialize(&mut deserializer) {
        Ok(Held::Absent) => test(Member::Absent),
        Ok(Held::Text(text)) => test(Member::of_text(&text)),
        Ok(Held::List { is_empty }) => test(Member::List { is_empty }),
        Ok(Held::Other) => test(Member::Other),
        // Whoever reads all of it says what is wrong.
        Err(_) => true,
    }
}

enum Held<'a> {
    Absent,
    Text(Cow<'a, str>),
    List { is_empty: bool },
    Other,
}

/// What is at the end of this path.
#[derive(Clone, Copy)]
struct At<'p>(&'p str);

impl<'p> At<'p> {
    /// The first name, and the path from there; none at the end.
    fn step(self) -> Option<(&'p str, At<'p>)> {
        let rest = self.0.strip_prefix('/')?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (name, rest) = rest.split_at_checked(end)?;
        Some((name, At(rest)))
    }

    /// What lies here is no object.
    fn of<'de>(self, held: Held<'de>) -> Held<'de> {
        if self.0.is_empty() { held } else { Held::Absent }
    }
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Held<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Held<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Held<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Held<'de>, A::Error> {
        let Some((name, rest)) = self.step() else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Held::Other);
        };
        // Of members of one name the last one counts, as in a tree.
        let mut held = Held::Absent;
        while let Some(is_it) = map.next_key_seed(Is(name))? {
            if is_it {
                held = map.next_value_seed(rest)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(held)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Held<'de>, A::Error> {
        let is_empty = items.next_element::<IgnoredAny>()?.is_none();
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.of(Held::List { is_empty }))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Held<'de>, E> {
        Ok(self.of(Held::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Held<'de>, E> {
        Ok(self.of(Held::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Held<'de>, E> {
        Ok(Held::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Held<'de>, E> {
        Ok(self.of(Held::Other))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Held<'de>, E> {
        Ok(self.of(Held::Other))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Held<'de>, E> {
        Ok(self.of(Held::Other))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Held<'de>, E> {
        Ok(self.of(Held::Other))
    }
}

/// Whether a name is this one. As bytes: nobody has to know whether others are UTF-8.
struct Is<'p>(&'p str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<bool, E> {
        Ok(name == self.0.as_bytes())
    }
}
