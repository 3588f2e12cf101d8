//! What Tagmend did in a window, and what it means: verdicts with what shows them, figures against the window before, and
//! what to do first. Everything is a value: nothing here reads, waits or asks for the time.
//!
//! [`review::review`] is the whole of it; [`print`] has its forms.

pub mod advice;
pub mod alarm;
pub mod backtest;
pub mod charts;
pub mod figures;
pub mod history;
pub mod list_write;
pub mod next_time;
pub mod on_call;
pub mod place;
pub mod print;
pub mod related;
pub mod review;
mod rows;
mod seen;
pub mod timeline;
pub mod tool;
pub mod verdict;
pub mod window;
