//! Which tool made a call, by what CloudTrail's record says of the client. A tool does again what its file says.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

/// A tool that writes what a file says, each time it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// Terraform or OpenTofu.
    Terraform,
    /// CloudFormation, and what deploys through it.
    CloudFormation,
    /// Pulumi.
    Pulumi,
    /// A pipeline's role, with whatever it runs.
    Pipeline,
}

/// Parts of the names of roles and sessions that pipelines use. A guess by name; the review says so.
const PIPELINES: [&str; 12] = [
    "githubactions",
    "github-actions",
    "gitlab",
    "codebuild",
    "codepipeline",
    "jenkins",
    "bitbucket",
    "circleci",
    "buildkite",
    "pipeline",
    "deployer",
    "cicd",
];

impl Tool {
    /// The tool that made a call; none where the record names none.
    pub fn of(record: &Json) -> Option<Tool> {
        let text = |path: &str| record.pointer(path).and_then(Json::as_str).unwrap_or_default();
        let agent = text("/userAgent").to_lowercase();
        // The provider puts both names there: `APN/1.0 HashiCorp/1.0 Terraform/1.15.0 ... terraform-provider-aws/6.32.1`.
        // The one for Cloud Control says `terraform-provider-awscc`.
        if agent.contains("terraform") || agent.contains("opentofu") {
            return Some(Tool::Terraform);
        }
        if agent.contains("pulumi") {
            return Some(Tool::Pulumi);
        }
        // `invokedBy` is the service that made the call on somebody's behalf (CloudTrail's user guide, `userIdentity`).
        let cloudformation = "cloudformation.amazonaws.com";
        if [agent.as_str(), text("/userIdentity/invokedBy"), text("/sourceIPAddress")]
            .contains(&cloudformation)
        {
            return Some(Tool::CloudFormation);
        }
        let role = text("/userIdentity/sessionContext/sessionIssuer/userName");
        // A person's session of a permission set is one whatever the permission set is called.
        if role.starts_with("AWSReservedSSO_") {
            return None;
        }
        let session = text("/userIdentity/arn").rsplit('/').next().unwrap_or_default();
        let names = format!("{role} {session}").to_lowercase();
        PIPELINES.iter().any(|part| names.contains(part)).then_some(Tool::Pipeline)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Terraform => "Terraform",
            Tool::CloudFormation => "CloudFormation",
            Tool::Pulumi => "Pulumi",
            Tool::Pipeline => "a pipeline",
        }
    }

    /// How it is known.
    pub fn known_by(self) -> &'static str {
        match self {
            Tool::Terraform | Tool::Pulumi => "its user agent",
            Tool::CloudFormation => "the service that made the call",
            Tool::Pipeline => "the name of its role or session, a guess",
        }
    }

    /// The kind of file to mend.
    pub fn file(self) -> &'static str {
        match self {
            Tool::Terraform => {
                "the .tf file with the resource aws_ssoadmin_instance_access_control_attributes (block `attribute`)"
            }
            Tool::CloudFormation => {
                "the template with the resource AWS::SSO::InstanceAccessControlAttributeConfiguration (property \
                 AccessControlAttributes)"
            }
            Tool::Pulumi => {
                "the Pulumi program with the resource aws.ssoadmin.InstanceAccessControlAttributes (attributes)"
            }
            Tool::Pipeline => {
                "the file that the pipeline of this role applies: a .tf file, a template, or a script that calls \
                 update-instance-access-control-attribute-configuration"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(agent: &str, role: &str, session: &str) -> Json {
        json!({"userAgent": agent, "sourceIPAddress": "192.0.2.1", "userIdentity": {
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{session}"),
            "sessionContext": {"sessionIssuer": {"userName": role}}
        }})
    }

    #[test]
    fn tools_are_known_by_what_the_client_says_or_by_the_name_of_the_role() {
        let terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.15.0 (+https://www.terraform.io) terraform-provider-aws/6.32.1";
        let of = |agent, role, session| Tool::of(&record(agent, role, session));
        assert_eq!(of(terraform, "org-admin", "x"), Some(Tool::Terraform));
        assert_eq!(
            of("cloudformation.amazonaws.com", "org-admin", "AWSCloudFormation"),
            Some(Tool::CloudFormation)
        );
        assert_eq!(of("Boto3/1.40", "org-admin", "GitHubActions"), Some(Tool::Pipeline));
        assert_eq!(of("aws-cli/2.31", "identity-pipeline", "run-812"), Some(Tool::Pipeline));
        assert_eq!(of("pulumi-aws/7.0", "org-admin", "x"), Some(Tool::Pulumi));
    }

    #[test]
    fn a_person_is_no_tool_whatever_the_permission_set_is_called() {
        let of = |agent, role, session| Tool::of(&record(agent, role, session));
        assert_eq!(of("Mozilla/5.0", "AWSReservedSSO_PipelineAdmin_0123456789abcdef", "jane"), None);
        assert_eq!(of("aws-cli/2.31", "org-admin", "jane"), None);
        assert_eq!(Tool::of(&json!({})), None);
    }
}
