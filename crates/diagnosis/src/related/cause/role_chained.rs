//! A session took another role without its tags.

use serde_json::Value as Json;

use super::super::event::Event;
use super::super::{About, Class, Found};
use crate::cloudtrail::principal::RoleArn;

pub(in super::super) const ABOUT: About = About {
    name: "role_chained",
    title: "another role was taken, without the session's tags",
    class: Class::Notice,
    is_quiet: true,
    actor: "the user, or the owner of the tool that takes the role",
    condition: "A session of a permission set took another role and passed no session tags. Tags that Identity Center sets are not transitive: the new session has none of them.",
    evidence: "that no tags were passed",
    advice: "pass the tags again with sts:TagSession, which the role's trust policy has to allow, or let the policies of that role do without them",
    command: "aws sts assume-role --role-arn ROLE --role-session-name NAME --tags Key=TAG_KEY,Value=VALUE",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html",
};

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    if !event.is("sts.amazonaws.com", &["AssumeRole"]) || !event.went_well() {
        return None;
    }
    let issuer = RoleArn::parse(event.text("/userIdentity/sessionContext/sessionIssuer/arn")?)?;
    let passed =
        event.json("/requestParameters/tags").and_then(Json::as_array).is_some_and(|tags| !tags.is_empty());
    let carried = ["/requestParameters/transitiveTagKeys", "/requestParameters/incomingTransitiveTags"]
        .into_iter()
        .any(|path| event.json(path).is_some_and(|tags| !tags.is_null()));
    // A role of a permission set cannot be taken by AssumeRole.
    if !issuer.is_reserved() || passed || carried {
        return None;
    }
    let session_arn =
        event.text("/responseElements/assumedRoleUser/arn").filter(|arn| arn.starts_with("arn:"));
    let found = Found::say("a session of a permission set took another role, and passed no session tags on");
    let found = found.about_user(event.user_id("/userIdentity/onBehalfOf/userId"));
    Some(Found { session_arn: session_arn.map(str::to_owned), ..found })
}
