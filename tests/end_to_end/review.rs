//! `tagmend review` on histories that the functions themselves made.

mod command;
mod long;
mod rights;
mod sample;
