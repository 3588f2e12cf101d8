//! What AWS keeps of denied calls: REST with JSON. A world has the answers by their ids, without page tokens.

use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::world::World;

/// Its one operation, by the action that IAM decides on.
pub(crate) const OPERATION: &str = "iam:GetRequestAuthorizationDetails";

/// The id in a path; none where it is another path.
pub(crate) fn id<'a>(method: &Method, path: &'a str) -> Option<&'a str> {
    let id = path.strip_prefix("/authorization-details/")?;
    (method == Method::GET && !id.is_empty() && !id.contains('/')).then_some(id)
}

/// Evaluations come in pages; their context and policies come with each.
pub(crate) fn call(world: &World, id: &str, query: &str, region: Option<&str>) -> JsonAnswer {
    if !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return Err(ServiceError::validation("authorizationId has another form"));
    }
    let token = query.split('&').find_map(|part| part.strip_prefix("nextToken="));
    let start: usize = match token.map(str::parse) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return Err(ServiceError::validation("nextToken is none of ours")),
    };
    let kept = world.authorization_details.get(id).filter(|kept| Some(kept.region.as_str()) == region);
    let Some(kept) = kept else {
        let message = "The requested authorization details do not exist in this region or have expired.";
        return Err(ServiceError::new(404, "ResourceNotFoundException", message));
    };
    let page: Vec<&Json> = kept.evaluations.iter().skip(start).take(world.page_size).collect();
    let next = start + page.len();
    let mut answer =
        json!({"requestContext": kept.request_context, "evaluations": page, "policies": kept.policies});
    if next < kept.evaluations.len()
        && let Some(members) = answer.as_object_mut()
    {
        members.insert("nextToken".to_owned(), json!(next.to_string()));
    }
    Ok(answer)
}
