use super::*;

const JANE: &str = "c46824b8-f071-7009-c812-ad564a62b220";
const JOHN: &str = "c46824b8-f071-7009-c812-ad564a62b221";

fn related(cause: Cause, time: &str, user: Option<&str>) -> Related {
    let action = if cause == Cause::UserChanged { "identitystore:CreateUser" } else { "service:Call" };
    let mut related = Related::sample(cause, &format!("2026-11-23T{time}Z"));
    related.action = action.to_owned();
    related.user_id = user.map(str::to_owned);
    related
}

fn denial<'a>(cause: DeniedBy, time: &str, user: Option<&'a str>, has_keys: bool) -> Denial<'a> {
    let time = format!("2026-11-23T{time}Z").parse().unwrap();
    Denial { event_id: "denied", time, user_id: user, principal_arn: Some("arn:session"), cause, has_keys }
}

/// What is told of a change and of what came after.
fn told(before: &Related, after: Result<&Related, Denial<'_>>) -> Vec<(Kind, Link)> {
    let told = match after {
        Ok(after) => stories(&[after, before], &[]),
        Err(denial) => stories(&[before], &[denial]),
    };
    told.into_iter().map(|story| (story.kind, story.link)).collect()
}

/// Told within the hour, and not before the change, nor long after it.
#[track_caller]
fn only_shortly_after(kind: Kind, before: &Related, after: &dyn Fn(&str) -> Vec<(Kind, Link)>) {
    assert_eq!(after("10:00:00"), [(kind, Link::ShortlyBefore)], "at once: {before:?}");
    assert_eq!(after("11:00:00"), [(kind, Link::ShortlyBefore)], "within the hour");
    assert_eq!(after("11:00:01"), [], "long after");
    assert_eq!(after("09:59:59"), [], "before");
}

#[test]
fn a_change_of_the_identity_source_and_sign_ins_that_fail() {
    let before = related(Cause::IdentitySourceChanged, "10:00:00", None);
    only_shortly_after(Kind::SignInsAfterIdentitySource, &before, &|time| {
        told(&before, Ok(&related(Cause::ExternalSignInFailed, time, None)))
    });
    assert_eq!(
        told(&before, Ok(&related(Cause::SignInFailed, "10:01:00", None))),
        [],
        "a password is none of its"
    );
}

#[test]
fn a_change_of_the_identity_source_and_denials_for_what_the_idp_sends() {
    let before = related(Cause::IdentitySourceChanged, "10:00:00", None);
    let after = |cause: DeniedBy, time: &str| told(&before, Err(denial(cause, time, Some(JANE), true)));
    only_shortly_after(Kind::DenialsAfterIdentitySource, &before, &|time| {
        after(DeniedBy::IdpStoppedSending, time)
    });
    assert_eq!(after(DeniedBy::Intended, "10:01:00"), []);
}

#[test]
fn a_refused_write_of_a_user_and_what_that_user_lacks() {
    let before = related(Cause::ScimRefused, "10:00:00", Some(JANE));
    let denied =
        |time: &str, user, keys| told(&before, Err(denial(DeniedBy::UserHasNoValue, time, user, keys)));
    only_shortly_after(Kind::DenialAfterRefusal, &before, &|time| denied(time, Some(JANE), true));
    only_shortly_after(Kind::DenialAfterRefusal, &before, &|time| {
        told(&before, Ok(&related(Cause::NoAssignment, time, Some(JANE))))
    });
    assert_eq!(denied("10:01:00", Some(JOHN), true), [], "another person");
    for another in [Some(JOHN), None] {
        assert_eq!(told(&before, Ok(&related(Cause::NoAssignment, "10:01:00", another))), []);
    }
    assert_eq!(denied("10:01:00", None, true), [], "nobody that is named");
    assert_eq!(denied("10:01:00", Some(JANE), false), [], "tags do not decide");
    let nobody = related(Cause::ScimRefused, "10:00:00", None);
    assert_eq!(
        told(&nobody, Err(denial(DeniedBy::UserHasNoValue, "10:01:00", None, true))),
        [],
        "nobody twice is nobody"
    );
}

#[test]
fn a_change_of_a_user_and_their_denials() {
    let before = related(Cause::UserChanged, "10:00:00", Some(JANE));
    let denied = |time: &str, user| told(&before, Err(denial(DeniedBy::StaleSession, time, user, true)));
    only_shortly_after(Kind::DenialAfterChange, &before, &|time| denied(time, Some(JANE)));
    assert_eq!(denied("10:01:00", Some(JOHN)), []);
    only_shortly_after(Kind::NoAssignmentAfterCreation, &before, &|time| {
        told(&before, Ok(&related(Cause::NoAssignment, time, Some(JANE))))
    });
    for another in [Some(JOHN), None] {
        assert_eq!(told(&before, Ok(&related(Cause::NoAssignment, "10:01:00", another))), []);
    }
    let mut changed = before.clone();
    changed.action = "identitystore:UpdateUser".to_owned();
    assert_eq!(
        told(&changed, Ok(&related(Cause::NoAssignment, "10:01:00", Some(JANE)))),
        [],
        "the user was there before"
    );
}

#[test]
fn access_that_ended_and_refusals_of_that_user() {
    let before = related(Cause::AccessEnded, "10:00:00", Some(JANE));
    for cause in [Cause::NoAssignment, Cause::SignInFailed] {
        only_shortly_after(Kind::RefusalAfterEnd, &before, &|time| {
            told(&before, Ok(&related(cause, time, Some(JANE))))
        });
        assert_eq!(told(&before, Ok(&related(cause, "10:01:00", Some(JOHN)))), []);
    }
    only_shortly_after(Kind::RefusalAfterEnd, &before, &|time| {
        told(&before, Err(denial(DeniedBy::Undetermined, time, Some(JANE), false)))
    });
    for another in [Some(JOHN), None] {
        assert_eq!(told(&before, Err(denial(DeniedBy::Undetermined, "10:01:00", another, false))), []);
    }
}

#[test]
fn mappings_that_were_written_or_turned_off_and_denials_for_them() {
    for (cause, kind) in [
        (Cause::MappingsChanged, Kind::DenialsAfterMappings),
        (Cause::MappingKeysNumbered, Kind::DenialsAfterMappings),
        (Cause::AccessControlTurnedOff, Kind::DenialsAfterTurningOff),
    ] {
        let before = related(cause, "10:00:00", None);
        let after = |cause: DeniedBy, time: &str| told(&before, Err(denial(cause, time, Some(JANE), true)));
        only_shortly_after(kind, &before, &|time| after(DeniedBy::MappingMissing, time));
        assert_eq!(after(DeniedBy::ResourceTag, "10:01:00"), []);
    }
    // That it is off was read.
    let off = related(Cause::AccessControlTurnedOff, "10:00:00", None);
    let after = |time: &str| told(&off, Err(denial(DeniedBy::AccessControlOff, time, None, true)));
    assert_eq!(after("21:59:00"), [(Kind::DenialsAfterTurningOff, Link::Shown)]);
    assert_eq!(after("22:00:01"), []);
}

#[test]
fn a_role_that_was_taken_and_denials_of_that_session() {
    let mut before = related(Cause::RoleChained, "10:00:00", Some(JANE));
    let after =
        |before: &Related| told(before, Err(denial(DeniedBy::NotIdentityCenter, "10:01:00", None, false)));
    assert_eq!(after(&before), [], "the record does not name the session");
    before.session_arn = Some("arn:session".to_owned());
    assert_eq!(after(&before), [(Kind::DenialAfterRole, Link::Shown)]);
    before.session_arn = Some("arn:session-2".to_owned());
    assert_eq!(after(&before), [], "another session");
}

#[test]
fn many_that_came_after_are_one_story_of_the_latest_change() {
    let mut early = related(Cause::IdentitySourceChanged, "09:50:00", None);
    early.event_id = "early".to_owned();
    let late = related(Cause::IdentitySourceChanged, "10:00:00", None);
    let failed: Vec<Related> = ["10:01:02", "10:01:00", "10:01:01"]
        .iter()
        .map(|time| related(Cause::ExternalSignInFailed, time, None))
        .collect();
    let all: Vec<&Related> = failed.iter().chain([&early, &late]).collect();
    let told = stories(&all, &[]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].before.event_id, late.event_id);
    assert_eq!(
        told[0].to_string(),
        "identity source was changed at 2026-11-23T10:00:00Z, shortly before failed sign-ins through the identity \
         provider (3, 2026-11-23T10:01:00Z to 2026-11-23T10:01:02Z)"
    );
}
