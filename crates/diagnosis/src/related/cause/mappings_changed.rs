//! Somebody wrote the attribute mappings.

use serde_json::Value as Json;

use super::super::event::Event;
use super::super::{About, Class, Found};
use super::mapping_keys_numbered::{LIST, WRITES};

pub(in super::super) const ABOUT: About = About {
    name: "mappings_changed",
    title: "attribute mappings were written",
    class: Class::Notice,
    is_quiet: true,
    actor: "nobody, where it was wanted",
    condition: "Somebody wrote the list of attribute mappings. The write replaces the whole list: what it leaves out is gone.",
    evidence: "how many mappings the list has, where the record shows them",
    advice: "nothing has to be wrong; where calls are denied from then on, compare the list with the baseline",
    command: "tagmend baseline check --live",
    page: "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_UpdateInstanceAccessControlAttributeConfiguration.html",
};

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    if !event.is("sso.amazonaws.com", &WRITES) || !event.went_well() {
        return None;
    }
    Some(Found::say(match event.json(LIST).and_then(Json::as_array) {
        Some(list) => format!("the list of attribute mappings was written, with {} of them", list.len()),
        None => "the list of attribute mappings was written".to_owned(),
    }))
}
