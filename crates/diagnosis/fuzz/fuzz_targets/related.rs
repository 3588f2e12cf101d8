//! Any bytes as an event that is no denied call.

#![no_main]

#[path = "../../tests/properties/properties.rs"]
#[allow(dead_code, reason = "each target uses some properties")]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::related_events_name_nobody_else(bytes));
