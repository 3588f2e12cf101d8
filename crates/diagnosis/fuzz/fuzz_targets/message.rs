//! Any text as the message of a denial.

#![no_main]

#[path = "../../tests/properties/properties.rs"]
#[allow(dead_code, reason = "each target uses some properties")]
mod properties;

libfuzzer_sys::fuzz_target!(|text: &str| properties::messages_say_only_what_stands_in_them(text));
