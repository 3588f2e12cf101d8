//! What S3's clock says: the `Date` of its answers.
//!
//! "The date and time Amazon S3 responded" (`RESTCommonResponseHeaders` in the S3 API reference). Whoever answers without
//! one, as a proxy may, tells no time.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// The date of the last answer to a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Date(Arc<Mutex<Option<Timestamp>>>);

impl Date {
    /// What it said; none where it did not say.
    pub(super) fn said(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Date {
    fn name(&self) -> &'static str {
        "Date"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}
