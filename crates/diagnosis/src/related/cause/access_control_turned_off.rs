//! Attributes for access control were switched off.

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "access_control_turned_off",
    title: "attributes for access control were turned off",
    class: Class::Notice,
    is_quiet: false,
    actor: "administrator of Identity Center",
    condition: "Somebody deleted the configuration of attributes for access control. It takes all mappings with it; no session that begins from then on has a tag of them.",
    evidence: "when, and who, where the record names them",
    advice: "turn attributes for access control on again and write the mappings of the baseline: Tagmend never turns them on; ask who did it whether it was wanted",
    command: "tagmend baseline check --live",
    page: "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeleteInstanceAccessControlAttributeConfiguration.html",
};

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    let is_it = event.is("sso.amazonaws.com", &["DeleteInstanceAccessControlAttributeConfiguration"]);
    (is_it && event.went_well())
        .then(|| Found::say("all attribute mappings of the instance were deleted, for everybody"))
}
