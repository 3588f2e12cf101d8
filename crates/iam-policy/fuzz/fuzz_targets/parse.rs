//! Any text as a policy.

#![no_main]

#[path = "../../tests/properties/properties.rs"]
#[allow(dead_code, reason = "each target uses some properties")]
mod properties;
#[path = "../../tests/properties/scenario.rs"]
#[allow(dead_code, reason = "each target uses some properties")]
mod scenario;

libfuzzer_sys::fuzz_target!(|text: &str| properties::parsing_is_total(text));
