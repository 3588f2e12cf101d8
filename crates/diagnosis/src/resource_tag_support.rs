//! Which actions are never authorized by tags of a resource.
//!
//! Source: the Service Authorization Reference (`reference_policies_actions-resources-contextkeys`); `data/update.py`
//! writes the table.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Actions in lower case. A line of the file is a service with its actions.
static ACTIONS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lines = include_str!("../data/actions_without_resource_tags.txt").lines();
    let services = lines.filter_map(|line| line.split_once(": "));
    let actions =
        services.flat_map(|(service, names)| names.split(' ').map(move |name| format!("{service}:{name}")));
    actions.map(|action| action.to_ascii_lowercase()).collect()
});

/// Whether the reference lists the action, and no tag key for it. Says no of what the table does not know.
pub(crate) fn ignores_resource_tags(action: &str) -> bool {
    ACTIONS.contains(&action.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_not_tagged_and_things_are() {
        for action in ["ec2:DescribeInstances", "S3:listallmybuckets", "lambda:ListFunctions"] {
            assert!(ignores_resource_tags(action), "{action}");
        }
        for action in
            ["ec2:StartInstances", "secretsmanager:GetSecretValue", "s3:GetObject", "no:Such", "nothing", ":"]
        {
            assert!(!ignores_resource_tags(action), "{action}");
        }
    }
}
