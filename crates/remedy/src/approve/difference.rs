//! In what policies differ from those that were approved last, statement by statement, as a person reads it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// A line for each statement that came, went, or is another one, and for each managed policy that came or went.
pub(super) fn difference(before: &Json, after: &Json) -> Vec<String> {
    let (old, new) = (documents(before), documents(after));
    let mut lines = Vec::new();
    for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
        match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => lines.extend(of_document(name, old, new)),
            // A policy of AWS has hundreds of actions, and its name says which.
            (None, Some(_)) if name != INLINE => lines.push(format!("added: {name}")),
            (Some(_), None) if name != INLINE => lines.push(format!("removed: {name}")),
            (old, new) => {
                let none = Vec::new();
                lines.extend(of_document(name, old.unwrap_or(&none), new.unwrap_or(&none)));
            }
        }
    }
    lines
}

const INLINE: &str = "inline policy";

/// Statements by the policy that has them.
fn documents(kept: &Json) -> BTreeMap<String, Vec<Json>> {
    let inline = kept.get("inline_policy").filter(|policy| !policy.is_null());
    let managed = kept.get("managed_policies").and_then(Json::as_array).into_iter().flatten();
    let managed = managed.filter_map(|policy| {
        let name = format!("managed policy {}", policy.get("arn")?.as_str()?);
        Some((name, statements(policy.get("document")?)))
    });
    inline.map(|policy| (INLINE.to_owned(), statements(policy))).into_iter().chain(managed).collect()
}

fn statements(document: &Json) -> Vec<Json> {
    items(document.get("Statement")).cloned().collect()
}

fn items(value: Option<&Json>) -> impl Iterator<Item = &Json> {
    value.into_iter().flat_map(|value| match value {
        Json::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    })
}

fn of_document(name: &str, old: &[Json], new: &[Json]) -> Vec<String> {
    let (mut gone, mut lines) = (old.to_vec(), Vec::new());
    let mut came = Vec::new();
    for statement in new {
        match gone.iter().position(|other| other == statement) {
            Some(place) => drop(gone.remove(place)),
            None => came.push(statement),
        }
    }
    for statement in came {
        let is_named =
            |other: &Json| statement.get("Sid").is_some() && other.get("Sid") == statement.get("Sid");
        match gone.iter().position(is_named) {
            None => lines.push(format!("added to {name}: {}", said(statement))),
            Some(place) => {
                let other = gone.remove(place);
                let how = match (is_wider(&other, statement), is_wider(statement, &other)) {
                    (true, false) => "widened",
                    (false, true) => "narrowed",
                    _ => "changed",
                };
                lines.push(format!("{how} in {name}: {}; it was: {}", said(statement), said(&other)));
            }
        }
    }
    lines.extend(gone.iter().map(|statement| format!("removed from {name}: {}", said(statement))));
    lines
}

/// Whether the second allows for sure all that the first does.
fn is_wider(old: &Json, new: &Json) -> bool {
    let is =
        |effect: &str| [old, new].iter().all(|one| one.get("Effect").is_some_and(|found| found == effect));
    let (less, more) = match (is("Allow"), is("Deny")) {
        (true, _) => (old, new),
        (_, true) => (new, old),
        _ => return false,
    };
    let has_all = |element: &str, few: &Json, many: &Json| {
        items(few.get(element)).all(|item| items(many.get(element)).any(|other| covers(other, item)))
            && few.get(element).is_some() == many.get(element).is_some()
    };
    let same_or_none = |element: &str| more.get(element).is_none() || more.get(element) == less.get(element);
    has_all("Action", less, more)
        && has_all("Resource", less, more)
        && has_all("NotAction", more, less)
        && has_all("NotResource", more, less)
        && same_or_none("Condition")
}

/// Whether a pattern takes for sure all that another one takes.
fn covers(pattern: &Json, other: &Json) -> bool {
    let (Some(pattern), Some(other)) = (pattern.as_str(), other.as_str()) else {
        return pattern == other;
    };
    pattern == other
        || pattern
            .strip_suffix('*')
            .is_some_and(|prefix| !prefix.contains(['*', '?']) && other.starts_with(prefix))
}

/// A statement in one line.
fn said(statement: &Json) -> String {
    let text = |element: &str| {
        let values: Vec<String> = items(statement.get(element))
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect();
        values.join(", ")
    };
    let mut line = text("Effect");
    for (element, word) in [
        ("Action", ""),
        ("NotAction", "everything but "),
        ("Resource", "on "),
        ("NotResource", "on everything but "),
    ] {
        if statement.get(element).is_some() {
            line.push_str(&format!(" {word}{}", text(element)));
        }
    }
    if let Some(condition) = statement.get("Condition") {
        line.push_str(&format!(" if {condition}"));
    }
    match statement.get("Sid").and_then(Json::as_str) {
        Some(sid) => format!("{sid}, {line}"),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn between(old: Json, new: Json) -> Vec<String> {
        let kept =
            |statements: Json| json!({"inline_policy": {"Statement": statements}, "managed_policies": []});
        difference(&kept(old), &kept(new))
    }

    #[test]
    fn what_came_went_and_became_wider_is_said_by_statement() {
        let read = json!({"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"});
        let all = json!({"Sid": "Read", "Effect": "Allow", "Action": ["s3:*"], "Resource": "*"});
        let tagged = json!({"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "x"}}});
        let deny = json!({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"});
        let was = "it was: Read, Allow s3:Get* on *";
        assert_eq!(between(json!([read]), json!([read])), [""; 0]);
        assert_eq!(between(json!(read), json!([read])), [""; 0], "one statement is a list of one");
        assert_eq!(
            between(json!([]), json!([deny])),
            ["added to inline policy: Deny everything but iam:* on *"]
        );
        assert_eq!(
            between(json!([read]), json!([])),
            ["removed from inline policy: Read, Allow s3:Get* on *"]
        );
        let widened = format!("widened in inline policy: Read, Allow s3:* on *; {was}");
        assert_eq!(between(json!([read]), json!([all])), [widened]);
        let condition = "if {\"StringEquals\":{\"aws:PrincipalTag/Team\":\"x\"}}";
        let narrowed = format!("narrowed in inline policy: Read, Allow s3:Get* on * {condition}; {was}");
        assert_eq!(between(json!([read]), json!([tagged])), [narrowed]);
        let widened = format!("widened in inline policy: Read, Allow s3:Get* on *; {was} {condition}");
        assert_eq!(between(json!([tagged]), json!([read])), [widened]);
    }

    #[test]
    fn a_deny_that_takes_less_is_wider_and_what_is_not_sure_is_called_changed() {
        let deny =
            |actions: Json| json!([{"Sid": "No", "Effect": "Deny", "Action": actions, "Resource": "*"}]);
        let how = |old: Json, new: Json| between(old, new)[0].split(' ').next().unwrap().to_owned();
        assert_eq!(how(deny(json!(["iam:*", "sts:*"])), deny(json!(["iam:*"]))), "widened");
        assert_eq!(how(deny(json!(["iam:*"])), deny(json!(["iam:*", "sts:*"]))), "narrowed");
        assert_eq!(how(deny(json!(["iam:*"])), deny(json!(["sts:*"]))), "changed");
        let but = json!([{"Sid": "No", "Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}]);
        assert_eq!(how(deny(json!(["iam:*"])), but), "changed");
        let allow = json!([{"Sid": "No", "Effect": "Allow", "Action": ["iam:*"], "Resource": "*"}]);
        assert_eq!(how(deny(json!(["iam:*"])), allow), "changed");
    }

    #[test]
    fn a_managed_policy_is_named_and_one_that_aws_changed_is_compared() {
        let kept = |policies: Json| json!({"inline_policy": null, "managed_policies": policies});
        let policy = |action: &str| {
            json!({"arn": "arn:aws:iam::aws:policy/A", "document":
                {"Statement": {"Sid": "S", "Effect": "Allow", "Action": action, "Resource": "*"}}})
        };
        let name = "managed policy arn:aws:iam::aws:policy/A";
        assert_eq!(difference(&kept(json!([])), &kept(json!([policy("a:b")]))), [format!("added: {name}")]);
        assert_eq!(difference(&kept(json!([policy("a:b")])), &kept(json!([]))), [format!("removed: {name}")]);
        let lines = difference(&kept(json!([policy("a:b")])), &kept(json!([policy("a:*")])));
        assert_eq!(lines, [format!("widened in {name}: S, Allow a:* on *; it was: S, Allow a:b on *")]);
    }
}
