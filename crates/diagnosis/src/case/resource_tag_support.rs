//! Which actions are never authorized by tags of a resource.
//!
//! Source: the Service Authorization Reference (`reference_policies_actions-resources-contextkeys`), as
//! `data/resource_tags.txt` has it.

use crate::words::tables::RESOURCE_TAGS;

/// Whether the reference lists the action, and no tag key for it. Says no of what the table does not know.
pub(crate) fn ignores_resource_tags(action: &str) -> bool {
    RESOURCE_TAGS.find(action) == Some("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_not_tagged_and_things_are() {
        for action in ["ec2:DescribeInstances", "S3:listallmybuckets", "lambda:ListFunctions"] {
            assert!(ignores_resource_tags(action), "{action}");
        }
        for action in [
            "ec2:StartInstances",
            "secretsmanager:GetSecretValue",
            "s3:GetObject",
            // What an older edition of the reference had no tags for.
            "cloudwatch:GetDashboard",
            "dynamodb:DescribeStream",
            "cloudfront:UpdateFunction",
            "no:Such",
            "nothing",
            ":",
            "",
        ] {
            assert!(!ignores_resource_tags(action), "{action}");
        }
    }
}
