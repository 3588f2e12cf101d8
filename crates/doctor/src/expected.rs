//! What `infra/template.yaml` makes, as far as a look goes by it. A test holds these lists to the template.

/// The tag with the version, on both functions.
pub const VERSION_TAG: &str = "tagmend-version";
/// The tags with which CloudFormation marks what a stack made. Source: "Resource tag" in the CloudFormation user guide.
pub const STACK_TAG: &str = "aws:cloudformation:stack-name";
/// The name of the resource in its template.
pub const LOGICAL_ID_TAG: &str = "aws:cloudformation:logical-id";

/// The function that treats failures.
pub const HEAL: &str = "Heal";
/// The function that looks again.
pub const WATCH: &str = "Watch";
/// What brings the messages of the queue to `heal`, as SAM names it.
pub const SOURCE_MAPPING: &str = "HealFailures";

/// The state in which a rule also sees denied reads.
pub const ALL_EVENTS: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
/// The plain state.
pub const ENABLED: &str = "ENABLED";

/// Rules of every installation, with their states.
pub const RULES: [(&str, &str); 5] = [
    ("FailureRule", ALL_EVENTS),
    ("ThrottlingRule", ALL_EVENTS),
    ("SignInRule", ALL_EVENTS),
    ("ForeignWriteRule", ENABLED),
    ("PermissionSetRule", ENABLED),
];

/// Rules that are there with `RelatedEvents=on`.
pub const RELATED_RULES: [(&str, &str); 7] = [
    ("SignInFailureRule", ALL_EVENTS),
    ("ProvisioningRule", ALL_EVENTS),
    ("PortalRule", ALL_EVENTS),
    ("LifecycleRule", ENABLED),
    ("UserEventRule", ENABLED),
    ("TokenRule", ENABLED),
    ("InstanceKeyRule", ALL_EVENTS),
];

/// Rules of `infra/member.yaml`, by what they say of themselves, with their states.
pub const FORWARDING_RULES: [(&str, &str); 5] = [
    ("Denied calls of Identity Center sessions", ALL_EVENTS),
    ("Throttled calls of Identity Center sessions", ALL_EVENTS),
    ("Sign-ins to the roles of permission sets, with the session tags that they pass", ALL_EVENTS),
    ("Writes of somebody else to the attribute mappings", ENABLED),
    ("Writes of somebody else to permission sets", ENABLED),
];

/// The Region in which a partition's global services, as IAM, record their calls; none where no page says. Source: "Global
/// service events" in the CloudTrail user guide.
pub fn global_region(partition: &str) -> Option<&'static str> {
    match partition {
        "aws" => Some("us-east-1"),
        "aws-us-gov" => Some("us-gov-west-1"),
        "aws-cn" => Some("cn-north-1"),
        _ => None,
    }
}

/// Alarms of every installation.
pub const ALARMS: [&str; 22] = [
    "DeadLettersAlarm",
    "DriftAlarm",
    "EscalationsAlarm",
    "FailuresAlarm",
    "FixNotHeldAlarm",
    "HealBaselineAlarm",
    "HealErrorsAlarm",
    "HealThrottlesAlarm",
    "JournalNotBegunAlarm",
    "ManyFixesAlarm",
    "MappingsAlarm",
    "NoEventsAlarm",
    "NotUnderstoodAlarm",
    "OwnFailuresAlarm",
    "QueueAgeAlarm",
    "RacesAlarm",
    "RefusedAlarm",
    "RepeatedAlarm",
    "TurnedOffAlarm",
    "UnusualFixesAlarm",
    "WatchBaselineAlarm",
    "WatchSilentAlarm",
];

/// The one that is there in mode `apply` only.
pub const APPLY_ALARM: &str = "NotMadeAlarm";

/// Alarms that are there with `RelatedEvents=on`.
pub const RELATED_ALARMS: [&str; 4] =
    ["InstanceKeyAlarm", "ProvisioningRefusedAlarm", "SignInsFailAlarm", "TokenExpiresAlarm"];
