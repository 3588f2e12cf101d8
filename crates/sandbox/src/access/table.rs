//! Which resources each operation is authorized on. Every one of them has to be allowed.
//!
//! Source: the Service Authorization Reference. An operation without a row is refused, so a new one needs a line.

/// An operation, by its IAM action.
pub(super) struct Row {
    pub(super) operation: &'static str,
    /// ARNs; `{Member}` stands for that member of the input.
    pub(super) resources: &'static [&'static str],
    /// Condition keys with their values, written in the same way.
    pub(super) context: &'static [(&'static str, &'static str)],
}

const fn row(operation: &'static str, resources: &'static [&'static str]) -> Row {
    Row { operation, resources, context: &[] }
}

const INSTANCE: &str = "{InstanceArn}";
const PERMISSION_SET: &str = "{PermissionSetArn}";
/// The store belongs to the management account.
const STORE: &str = "arn:aws:identitystore::999999999999:identitystore/{IdentityStoreId}";
const ALL_USERS: &str = "arn:aws:identitystore:::user/*";

pub(super) const ROWS: &[Row] = &[
    row("sso:DescribeInstanceAccessControlAttributeConfiguration", &[INSTANCE]),
    row("sso:UpdateInstanceAccessControlAttributeConfiguration", &[INSTANCE]),
    row("sso:ListPermissionSetsProvisionedToAccount", &[INSTANCE, "arn:aws:sso:::account/{AccountId}"]),
    row("sso:DescribePermissionSet", &[INSTANCE, PERMISSION_SET]),
    row("sso:GetInlinePolicyForPermissionSet", &[INSTANCE, PERMISSION_SET]),
    row("sso:ListManagedPoliciesInPermissionSet", &[INSTANCE, PERMISSION_SET]),
    row("sso:ListCustomerManagedPolicyReferencesInPermissionSet", &[INSTANCE, PERMISSION_SET]),
    row("sso:GetPermissionsBoundaryForPermissionSet", &[INSTANCE, PERMISSION_SET]),
    row("sso:ListPermissionSets", &[INSTANCE]),
    row("sso:ListAccountsForProvisionedPermissionSet", &[INSTANCE, PERMISSION_SET]),
    row("sso:ListTagsForResource", &[INSTANCE, "{ResourceArn}"]),
    row("sso:ListInstances", &["*"]),
    row("sso:ProvisionPermissionSet", &[INSTANCE, PERMISSION_SET, "arn:aws:sso:::account/{TargetId}"]),
    row("sso:DescribePermissionSetProvisioningStatus", &[INSTANCE]),
    row("sso:ListPermissionSetProvisioningStatus", &[INSTANCE]),
    row("identitystore:DescribeUser", &[STORE, "arn:aws:identitystore:::user/{UserId}"]),
    row("identitystore:GetUserId", &[STORE, ALL_USERS]),
    row("identitystore:ListUsers", &[STORE, ALL_USERS]),
    row("iam:GetPolicy", &["{PolicyArn}"]),
    row("iam:GetPolicyVersion", &["{PolicyArn}"]),
    row("iam:SimulatePrincipalPolicy", &["{PolicySourceArn}"]),
    row("iam:GetRequestAuthorizationDetails", &["*"]),
    row("sts:AssumeRole", &["{RoleArn}"]),
    row("sts:DecodeAuthorizationMessage", &["*"]),
    // The call names an id, IAM an ARN: `needed.rs` finds it.
    row("organizations:DescribeOrganization", &[]),
    row("sts:GetCallerIdentity", &[]),
    row("organizations:DescribePolicy", &[]),
    row("tag:GetResources", &["*"]),
    row("cloudformation:GetResource", &["*"]),
    row("servicequotas:ListServiceQuotas", &["*"]),
    row("servicequotas:ListAWSDefaultServiceQuotas", &["*"]),
    row("cloudtrail:LookupEvents", &["*"]),
    row("cloudtrail:DescribeTrails", &["*"]),
    row("cloudtrail:GetTrailStatus", &["{Name}"]),
    row("cloudtrail:GetEventSelectors", &["{TrailName}"]),
    row("events:DescribeRule", &["arn:aws:events:{Region}:{Account}:rule/{Name}"]),
    row("events:ListRuleNamesByTarget", &["*"]),
    row("events:ListTargetsByRule", &["arn:aws:events:eu-west-1:111122223333:rule/{Rule}"]),
    row("events:DescribeEventBus", &["arn:aws:events:eu-west-1:111122223333:event-bus/{Name}"]),
    row("organizations:ListAccounts", &["*"]),
    row("sqs:GetQueueUrl", &["arn:aws:sqs:eu-west-1:111122223333:{QueueName}"]),
    row("sqs:GetQueueAttributes", &["{QueueArn}"]),
    row("sqs:ReceiveMessage", &["{QueueArn}"]),
    row("sqs:DeleteMessage", &["{QueueArn}"]),
    row("sqs:SendMessage", &["{QueueArn}"]),
    // The call names no workgroup, on which IAM decides.
    row("athena:GetQueryExecution", &["*"]),
    row("cloudwatch:GetMetricData", &["*"]),
    row("cloudwatch:DescribeAlarms", &["*"]),
    row("access-analyzer:ValidatePolicy", &["*"]),
    row("access-analyzer:CheckNoNewAccess", &["*"]),
    Row {
        operation: "cloudwatch:PutMetricData",
        resources: &["*"],
        context: &[("cloudwatch:namespace", "{Namespace}")],
    },
    Row {
        operation: "events:PutEvents",
        resources: &["arn:aws:events:eu-west-1:111122223333:event-bus/default"],
        context: &[("events:source", "{Source}"), ("events:detail-type", "{DetailType}")],
    },
    row("s3:GetObject", &["arn:aws:s3:::{Bucket}/{Key}"]),
    row("s3:PutObject", &["arn:aws:s3:::{Bucket}/{Key}"]),
    row("s3:ListBucket", &["arn:aws:s3:::{Bucket}"]),
    row("s3:GetBucketAbac", &["arn:aws:s3:::{Bucket}"]),
    row("s3:GetBucketTagging", &["arn:aws:s3:::{Bucket}"]),
];
