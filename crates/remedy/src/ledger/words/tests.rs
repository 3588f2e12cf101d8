use super::*;

#[test]
fn a_name_is_the_one_in_json() {
    for limit in Limit::ALL.iter().copied() {
        assert_eq!(serde_json::to_value(limit).unwrap(), limit.name());
    }
    use ChangeResult as R;
    for result in [
        R::Planned,
        R::Fixed,
        R::AlreadyInPlace,
        R::FoundInPlace,
        R::Unverified,
        R::Raced,
        R::Escalated,
        R::Refused,
        R::Failed,
        R::EndedInFailure,
    ] {
        assert_eq!(serde_json::to_value(result).unwrap(), result.name());
    }
}
