//! Where in a policy a finding of Access Analyzer is.

use aws_sdk_accessanalyzer::types::{Location, PathElement};

/// As `Statement[1].Resource`.
pub(super) fn place(location: &Location) -> Option<String> {
    let mut place = String::new();
    for element in &location.path {
        match element {
            PathElement::Index(index) => place.push_str(&format!("[{index}]")),
            PathElement::Key(name) | PathElement::Value(name) if place.is_empty() => place.push_str(name),
            PathElement::Key(name) | PathElement::Value(name) => place.push_str(&format!(".{name}")),
            // Which part of the text it is.
            _ => {}
        }
    }
    (!place.is_empty()).then_some(place)
}
