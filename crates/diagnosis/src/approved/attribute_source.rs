//! The expressions that Identity Center documents as sources of a session tag.
//!
//! Source: `attributesforaccesscontrol` and `configure-abac-attributes` in the Identity Center user guide: the
//! list is complete, anything outside it has to come in the SAML assertion.

use std::fmt;

/// One documented expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeSource(&'static (&'static str, &'static str));

/// Expression, and the path of its value among a user's attributes.
const DOCUMENTED: [(&str, &str); 23] = [
    ("${path:userName}", "username"),
    ("${path:name.familyName}", "name.familyname"),
    ("${path:name.givenName}", "name.givenname"),
    ("${path:displayName}", "displayname"),
    ("${path:nickName}", "nickname"),
    ("${path:emails[primary eq true].value}", "emails[primary].value"),
    (r#"${path:addresses[type eq "work"].streetAddress}"#, "addresses[work].streetaddress"),
    (r#"${path:addresses[type eq "work"].locality}"#, "addresses[work].locality"),
    (r#"${path:addresses[type eq "work"].region}"#, "addresses[work].region"),
    (r#"${path:addresses[type eq "work"].postalCode}"#, "addresses[work].postalcode"),
    (r#"${path:addresses[type eq "work"].country}"#, "addresses[work].country"),
    (r#"${path:addresses[type eq "work"].formatted}"#, "addresses[work].formatted"),
    (r#"${path:phoneNumbers[type eq "work"].value}"#, "phonenumbers[work].value"),
    ("${path:userType}", "usertype"),
    ("${path:title}", "title"),
    ("${path:locale}", "locale"),
    ("${path:timezone}", "timezone"),
    ("${path:enterprise.employeeNumber}", "enterprise.employeenumber"),
    ("${path:enterprise.costCenter}", "enterprise.costcenter"),
    ("${path:enterprise.organization}", "enterprise.organization"),
    ("${path:enterprise.division}", "enterprise.division"),
    ("${path:enterprise.department}", "enterprise.department"),
    ("${path:enterprise.manager.value}", "enterprise.manager.value"),
];

impl AttributeSource {
    /// The documented expression of this text, byte for byte.
    pub fn parse(expression: &str) -> Option<AttributeSource> {
        DOCUMENTED.iter().find(|(documented, _)| *documented == expression).map(AttributeSource)
    }

    /// Every documented expression.
    pub fn all() -> impl Iterator<Item = AttributeSource> {
        DOCUMENTED.iter().map(AttributeSource)
    }

    /// The expression.
    pub fn expression(&self) -> &'static str {
        self.0.0
    }

    /// The path of its value among a user's attributes.
    pub fn attribute(&self) -> &'static str {
        self.0.1
    }
}

impl fmt::Display for AttributeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expression())
    }
}
