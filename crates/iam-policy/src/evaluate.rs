//! A request against all policies that apply to it. Source: `reference_policies_evaluation-logic`.

use crate::decide::{Evaluation, Look};
use crate::layers::Layers;
use crate::narrow;
use crate::request::Request;

/// Evaluates a request. Whatever is not open holds for every value that the unknown keys could take.
///
/// Unknown keys that are compared as text, booleans or for presence are told apart exactly, unless there are so
/// many that their combinations exceed a fixed number; other unknown keys may be named though they cancel out.
pub fn evaluate(layers: &Layers<'_>, request: &Request) -> Evaluation {
    let look = Look::new(layers, request);
    let first = look.evaluation();
    if look.is_final() { first } else { narrow::narrow(layers, request, first) }
}
