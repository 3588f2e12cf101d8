//! Bytes as policies and a request: every property of the evaluator.

#![no_main]

#[path = "../../tests/properties/properties.rs"]
#[allow(dead_code, reason = "each target uses some properties")]
mod properties;
#[path = "../../tests/properties/scenario.rs"]
#[allow(dead_code, reason = "each target uses some properties")]
mod scenario;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::evaluation_is_right(bytes));
