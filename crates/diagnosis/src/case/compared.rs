//! What the statement that decides compared, with what the request has. Values do not print themselves.

use iam_policy::{ConditionTrace, Truth, Value};

use crate::case::tags::TagValue;

/// A condition key, or a variable of a policy's value, with what the request has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The key as the policy writes it.
    pub key: String,
    /// What the request has.
    pub given: Given,
}

/// What the request has for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing.
    Absent,
    /// What nobody here could read.
    Unknown,
    /// These values.
    Values(Vec<TagValue>),
}

impl Given {
    fn of(value: &Value) -> Given {
        match value {
            Value::Absent => Given::Absent,
            Value::Unknown => Given::Unknown,
            Value::One(value) => Given::Values(vec![TagValue::hidden(value)]),
            Value::Many(values) => {
                Given::Values(values.iter().map(|value| TagValue::hidden(value)).collect())
            }
        }
    }
}

/// The key of a condition and the variables of its values, each once.
pub(crate) fn compared(condition: &ConditionTrace) -> Vec<Compared> {
    let own = (&condition.key, &condition.given);
    let variables = condition.variables.iter().map(|(key, value)| (key, value));
    let mut all: Vec<Compared> = Vec::new();
    for (key, value) in std::iter::once(own).chain(variables) {
        if !all.iter().any(|known| known.key.eq_ignore_ascii_case(key)) {
            all.push(Compared { key: as_written(condition, key), given: Given::of(value) });
        }
    }
    all
}

/// A variable as the policy writes it: names of keys are read in lower case.
fn as_written(condition: &ConditionTrace, key: &str) -> String {
    let written = condition.values.iter().find_map(|value| {
        let start =
            value.to_ascii_lowercase().find(&format!("${{{}", key.to_ascii_lowercase()))? + "${".len();
        value.get(start..start + key.len())
    });
    written.unwrap_or(key).to_owned()
}

/// Whether a comparison that tells case apart fails for case alone.
pub(crate) fn differs_in_case_alone(condition: &ConditionTrace) -> bool {
    let operator = condition.operator.to_ascii_lowercase();
    let tells_case = operator.contains("stringequals") && !operator.contains("ignorecase")
        || operator.contains("stringlike");
    let Value::One(given) = &condition.given else {
        return false;
    };
    let variable = |written: &str| {
        let name = written.strip_prefix("${")?.strip_suffix('}')?;
        condition.variables.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let is_alike = |written: &String| {
        let wanted = match variable(written) {
            Some(Value::One(value)) => value,
            Some(_) => return false,
            None => written,
        };
        wanted != given && wanted.to_lowercase() == given.to_lowercase()
    };
    condition.holds == Truth::False && tells_case && condition.values.iter().any(is_alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: &str, given: Value, written: &str, variable: Option<&str>) -> ConditionTrace {
        ConditionTrace {
            operator: operator.to_owned(),
            key: "aws:ResourceTag/Team".to_owned(),
            values: vec![written.to_owned()],
            given,
            variables: variable
                .map(|value| ("aws:principaltag/team".to_owned(), Value::One(value.to_owned())))
                .into_iter()
                .collect(),
            holds: Truth::False,
        }
    }

    #[test]
    fn values_that_differ_in_case_alone_are_told_from_others() {
        let one = |text: &str| Value::One(text.to_owned());
        let variable = "${aws:PrincipalTag/Team}";
        for (operator, given, written, of_variable, differs) in [
            ("StringEquals", one("finance"), "Finance", None, true),
            ("ForAnyValue:StringLike", one("finance"), "Finance", None, true),
            ("StringEquals", one("finance"), variable, Some("Finance"), true),
            ("StringEquals", one("finance"), variable, Some("Sales"), false),
            ("StringEqualsIgnoreCase", one("finance"), "Finance", None, false),
            ("StringNotEquals", one("finance"), "Finance", None, false),
            ("NumericEquals", one("a"), "A", None, false),
            ("StringEquals", one("Finance"), "Finance", None, false),
            ("StringEquals", Value::Absent, "Finance", None, false),
            ("StringEquals", Value::Unknown, "Finance", None, false),
        ] {
            let condition = condition(operator, given, written, of_variable);
            assert_eq!(differs_in_case_alone(&condition), differs, "{condition:?}");
        }
    }

    #[test]
    fn each_key_is_named_once_and_no_value_prints_itself() {
        let of = condition(
            "StringEquals",
            Value::One("secret".to_owned()),
            "${aws:PrincipalTag/Team}",
            Some("sales"),
        );
        let compared = compared(&of);
        let keys: Vec<&str> = compared.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["aws:ResourceTag/Team", "aws:PrincipalTag/Team"]);
        assert!(!format!("{compared:?}").contains("sales") && !format!("{compared:?}").contains("secret"));
    }
}
