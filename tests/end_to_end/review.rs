//! `tagmend review` on histories that the functions themselves made.

mod command;
mod long;
mod on_call;
mod rights;
mod sample;
