//! What each role has to be allowed, and what it has to be kept from, as the simulator is asked.
//!
//! An action for each thing that a function does; that a role allows no more than that, the tests of the template show.

/// A question to the simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// The function whose role it is: `heal` or `watch`.
    pub function: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// The actions.
    pub actions: &'static [&'static str],
    /// The resource.
    pub resource: String,
    /// Keys of the request with their values.
    pub context: &'static [(&'static str, &'static str)],
    /// Whether they have to be allowed; else they have to be denied.
    pub has_to_be_allowed: bool,
}

/// Of what the rights are.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The partition.
    pub partition: &'a str,
    /// The Region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
    /// The instance.
    pub instance: &'a str,
    /// The bucket of the journal.
    pub bucket: &'a str,
    /// Whether `heal` may write.
    pub is_applying: bool,
    /// The digest of the baseline in force, where it is published.
    pub digest: Option<&'a str>,
}

const TAGMEND: &[(&str, &str)] = &[("cloudwatch:namespace", "Tagmend")];
const EVENTS: &[(&str, &str)] = &[("events:source", "Tagmend"), ("events:detail-type", "Change Undone")];

/// Every question.
pub fn rights(setting: &Setting<'_>) -> Vec<Right> {
    let &Setting { partition, region, account, instance, bucket, is_applying, digest } = setting;
    let right = |function, purpose, actions, resource: &str, has_to_be_allowed| Right {
        function,
        purpose,
        actions,
        resource: resource.to_owned(),
        context: &[],
        has_to_be_allowed,
    };
    let object = |name: &str| format!("arn:{partition}:s3:::{bucket}/{name}");
    let with_context = |right: Right, context| Right { context, ..right };
    let bus = format!("arn:{partition}:events:{region}:{account}:event-bus/default");
    let whole = object("");
    let journal = whole.trim_end_matches('/');
    let mut all = vec![
        right("heal", "read the mappings", READ_MAPPINGS, instance, true),
        right("heal", "keep what runs did", PUT, &object("runs/doctor.json"), true),
        right("heal", "read earlier fixes", GET, &object("fixes/doctor.json"), true),
        right("heal", "list the journal", LIST, journal, true),
        with_context(right("heal", "count", COUNT, "*", true), TAGMEND),
        right("heal", "restore a mapping", RESTORE, instance, is_applying),
        right("heal", "take a snapshot", PUT, &object("snapshots/doctor.json"), is_applying),
        right("heal", "hold the lease", PUT, &object("lease.json"), is_applying),
        right("heal", "turn attributes for access control off", TURN_OFF, instance, false),
        right("watch", "read the mappings and list permission sets", WATCH_READS, instance, true),
        right("watch", "keep what it saw", PUT, &object("watch/doctor.json"), true),
        right("watch", "read earlier fixes", GET, &object("fixes/doctor.json"), true),
        right("watch", "list the journal", LIST, journal, true),
        with_context(right("watch", "count", COUNT, "*", true), TAGMEND),
        with_context(right("watch", "announce what is undone", ANNOUNCE, &bus, true), EVENTS),
        right("watch", "change the mappings", RESTORE, instance, false),
        right("watch", "write a fix", PUT, &object("fixes/doctor.json"), false),
    ];
    if let Some(digest) = digest {
        let baseline = object(&format!("baselines/{digest}.json"));
        all.push(right("heal", "read the baseline in force", GET, &baseline, true));
        all.push(right("watch", "read the baseline in force", GET, &baseline, true));
    }
    all
}

const READ_MAPPINGS: &[&str] = &["sso:DescribeInstanceAccessControlAttributeConfiguration"];
const WATCH_READS: &[&str] =
    &["sso:DescribeInstanceAccessControlAttributeConfiguration", "sso:ListPermissionSets"];
const RESTORE: &[&str] = &["sso:UpdateInstanceAccessControlAttributeConfiguration"];
const TURN_OFF: &[&str] = &["sso:DeleteInstanceAccessControlAttributeConfiguration"];
const PUT: &[&str] = &["s3:PutObject"];
const GET: &[&str] = &["s3:GetObject"];
const LIST: &[&str] = &["s3:ListBucket"];
const COUNT: &[&str] = &["cloudwatch:PutMetricData"];
const ANNOUNCE: &[&str] = &["events:PutEvents"];
