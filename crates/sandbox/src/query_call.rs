//! The query protocol of IAM and STS: parameters of a form, answers in XML.

use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;

use crate::answer::ServiceError;

/// The parameters of a form body.
pub(crate) fn parameters(body: &[u8]) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    String::from_utf8_lossy(body)
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

pub(crate) fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

/// An answer of the query protocol.
pub(crate) fn respond(namespace: &str, action: &str, body: &str) -> String {
    format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{body}</{action}Result>\
         <ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></{action}Response>"
    )
}

pub(crate) fn error(error: &ServiceError) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>",
        escape(&error.code),
        escape(&error.message)
    )
}
