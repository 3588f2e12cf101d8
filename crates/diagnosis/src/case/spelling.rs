//! The same key, written in another case.

use super::Case;
use crate::case::compared::Compared;
use crate::words::session_tag_key::is_same_key;
use crate::words::tag_condition_keys::is_resource_tag_key;

impl Case<'_> {
    /// Mappings that the policies ask for and that are on the instance in another case than the approved one. For AWS they
    /// are the same key. Source: `id_session-tags` in the IAM user guide, "not case sensitive, but case is preserved".
    pub(crate) fn mapped_in_another_case(&self) -> Vec<String> {
        let mentioned = self.baseline.mappings().filter(|approved| self.policies.mentions(&approved.key));
        mentioned
            .filter_map(|approved| {
                let live = self.live.iter().find(|live| is_same_key(&live.key, &approved.key))?;
                (live.key != approved.key).then(|| {
                    format!(
                        "the mapping `{}` is the approved `{}` in another case: for AWS it is the same key",
                        live.key, approved.key
                    )
                })
            })
            .collect()
    }

    /// A tag of the resource that a policy names in another case. For AWS it is the same key.
    /// Source: `reference_policies_condition-keys` in the IAM user guide, `aws:ResourceTag`.
    pub(super) fn names_in_another_case<'c>(&self, compared: &'c [Compared], tag: &str) -> Option<&'c str> {
        let of_resource = compared.iter().filter(|one| is_resource_tag_key(&one.key.to_ascii_lowercase()));
        let mut named = of_resource.filter_map(|one| one.key.split_once('/')).map(|(_, named)| named);
        named.find(|named| is_same_key(named, tag) && *named != tag)
    }
}
