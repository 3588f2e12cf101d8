//! Which actions are never authorized by tags of a resource.
//!
//! Source: the Service Authorization Reference (`reference_policies_actions-resources-contextkeys`); `data/update.py`
//! writes the table.

const ACTIONS: &str = include_str!("../data/actions_without_resource_tags.txt");

/// Whether the reference lists the action, and no tag key for it. Says no of what the table does not know.
pub fn ignores_resource_tags(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else {
        return false;
    };
    let line = ACTIONS.lines().find_map(|line| {
        let (prefix, names) = line.split_once(": ")?;
        prefix.eq_ignore_ascii_case(service).then_some(names)
    });
    line.is_some_and(|names| names.split(' ').any(|known| known.eq_ignore_ascii_case(name)))
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
