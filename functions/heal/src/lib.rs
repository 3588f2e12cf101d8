//! The Lambda function on failures. Wiring only: the order of steps is in `tagmend_remedy::heal`.

mod log;
mod payload;
pub mod settings;
pub mod work;
