//! The texts in a policy, one by one.

use compact_str::CompactString;
use memchr::memchr;

use crate::comparison::{Comparison, Wanted};
use crate::policy::{Action, Effect, Listed, ResourcePattern, Statement, Version};
use crate::policy_error::{JsonPath, PolicyError, Problem};
use crate::policy_kind::PolicyKind;
use crate::template::{self, Template};

/// Reads the texts of one policy.
#[derive(Clone, Copy)]
pub(super) struct Texts {
    pub(super) kind: PolicyKind,
    /// Whether the Version has them.
    pub(super) variables: bool,
}

pub(super) fn version(text: &str, place: &JsonPath<'_>) -> Result<Version, PolicyError> {
    match text {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        other => Err(place.error(Problem::InvalidValue(other.to_owned(), "`2012-10-17` or `2008-10-17`"))),
    }
}

/// Source: `reference_policies_elements_sid`.
pub(super) fn sid(text: &str, place: &JsonPath<'_>) -> Result<CompactString, PolicyError> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(place.error(Problem::InvalidValue(text.to_owned(), "letters and digits")));
    }
    Ok(text.into())
}

pub(super) fn effect(text: &str, place: &JsonPath<'_>) -> Result<Effect, PolicyError> {
    match text {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => Err(place.error(Problem::InvalidValue(other.to_owned(), "`Allow` or `Deny`"))),
    }
}

pub(super) fn action(text: &str, place: &JsonPath<'_>) -> Result<Action, PolicyError> {
    if text != "*" && memchr(b':', text.as_bytes()).is_none() {
        return Err(place.error(Problem::InvalidValue(text.to_owned(), "`*` or `service:Action`")));
    }
    Ok(Action::new(text))
}

/// A condition key as written, and in lower case.
pub(super) fn condition_key(
    text: &str,
    place: &JsonPath<'_>,
) -> Result<(CompactString, CompactString), PolicyError> {
    if !memchr(b':', text.as_bytes()).is_some_and(|colon| colon > 0 && colon + 1 < text.len()) {
        let expected = "`prefix:name`, as every condition key is";
        return Err(place.error(Problem::InvalidValue(text.to_owned(), expected)));
    }
    let key_name = CompactString::from(text);
    let mut key = key_name.clone();
    key.make_ascii_lowercase();
    Ok((key_name, key))
}

/// What only resource control policies cannot say (`orgs_manage_policies_rcps_syntax`).
pub(super) fn resource_control(statement: &Statement, place: &JsonPath<'_>) -> Result<(), PolicyError> {
    if matches!(statement.actions, Listed::AllBut(_)) {
        let problem = Problem::UnknownElement("NotAction".to_owned(), PolicyKind::ResourceControl);
        return Err(JsonPath::Key(place, "NotAction").error(problem));
    }
    // The policy that AWS attaches itself, RCPFullAWSAccess.
    let is_everything = matches!(&statement.actions, Listed::Only(actions) if actions.iter().all(|action| action.text == "*"))
        && matches!(&statement.resources, Listed::Only(resources) if resources.iter().all(|resource| resource.template.text() == "*"))
        && statement.conditions.is_empty();
    if statement.effect == Effect::Allow && !is_everything {
        let problem = Problem::InvalidValue("Allow".to_owned(), "`Deny`, as in all but RCPFullAWSAccess");
        return Err(JsonPath::Key(place, "Effect").error(problem));
    }
    Ok(())
}

impl Texts {
    pub(super) fn resource(self, text: &str, place: &JsonPath<'_>) -> Result<ResourcePattern, PolicyError> {
        if text == "*" {
            return Ok(ResourcePattern::everything());
        }
        if !text.starts_with("arn:") {
            return Err(place.error(Problem::InvalidValue(text.to_owned(), "`*` or an ARN")));
        }
        let bytes = text.as_bytes();
        // Variables count only after the fifth colon (`reference_policies_variables`).
        let (mut colons, mut wildcard_in_service, mut head_ends) = (0, false, bytes.len());
        let mut wildcard_in_partition = false;
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b':' => colons += 1,
                b'*' | b'?' if colons == 1 => wildcard_in_partition = true,
                b'*' | b'?' if colons == 2 => wildcard_in_service = true,
                _ => {}
            }
            if colons == 5 {
                head_ends = index + 1;
                break;
            }
        }
        let variables =
            self.variables && template::first_variable(text).is_some_and(|(head, _)| head.len() >= head_ends);
        let template = self.template(text, variables, place)?;
        // An ARN that ends with the partition leaves the service to the partition's wildcard.
        wildcard_in_service |= wildcard_in_partition && colons == 1;
        Ok(ResourcePattern::new(template, 5 - colons, wildcard_in_service))
    }

    pub(super) fn wanted(
        self,
        comparison: Comparison,
        text: &str,
        place: &JsonPath<'_>,
    ) -> Result<Wanted, PolicyError> {
        let variables = self.variables && comparison.expands_variables();
        Ok(comparison.wanted(self.template(text, variables, place)?))
    }

    fn template(self, text: &str, variables: bool, place: &JsonPath<'_>) -> Result<Template, PolicyError> {
        if !variables {
            return Ok(Template::literal(text));
        }
        Template::with_variables(text)
            .map_err(|(variable, problem)| place.error(Problem::UnknownVariable(variable, problem)))
    }
}
