//! What becomes of a request.

use axum::http::Response;

/// What becomes of a request.
#[derive(Debug)]
pub enum Reply {
    /// It is answered.
    Answer(Response<Vec<u8>>),
    /// The connection is closed.
    Reset,
    /// Nothing comes.
    Silence,
}
