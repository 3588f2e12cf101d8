//! Any bytes as a document of records.

#![no_main]

#[path = "../../tests/properties/properties.rs"]
#[allow(dead_code, reason = "each target uses some properties")]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::records_are_read_or_refused(bytes));
