//! What is known of where a command runs, for the commands that it names.

use serde_json::json;
use tagmend_diagnosis::{ApprovedMapping, Baseline, Owner, quoted};

/// What stands in for the words of a command that the record alone does not tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The place of the record.
    pub(crate) event: String,
    /// The primary Region of the instance.
    pub(crate) region: Option<String>,
    /// The bucket of the journal.
    pub(crate) bucket: Option<String>,
    /// The instance.
    pub(crate) instance: Option<String>,
    /// The identity store.
    pub(crate) store: Option<String>,
    /// The stack of the functions.
    pub(crate) stack: Option<String>,
    /// The file of the baseline.
    pub(crate) baseline: Option<String>,
    /// The mappings that the baseline approves, as Identity Center takes them.
    pub(crate) mappings: Option<String>,
    /// How a command is told that it is to look where this one did.
    pub(crate) options: String,
}

/// Services that are asked in the account of the call; the others where Identity Center or the organization is looked after.
const IN_THE_CALLERS_ACCOUNT: [&str; 11] = [
    "accessanalyzer",
    "account",
    "cloudtrail",
    "ec2",
    "iam",
    "iam-toolbox",
    "kms",
    "resourcegroupstaggingapi",
    "s3api",
    "service-quotas",
    "sts",
];

/// Whether a command has to be run in the account of the call.
fn is_of_the_callers_account(command: &str) -> bool {
    let mut words = command.split(' ');
    words.next() == Some("aws")
        && words.next().is_some_and(|service| IN_THE_CALLERS_ACCOUNT.contains(&service))
}

/// How a command of Tagmend's own is told where AWS is, as advice has it.
const PLACE: &str = "--live --region REGION --journal-bucket BUCKET";

/// How advice has the mappings.
const MAPPINGS: &str = "'AccessControlAttributes=[{Key=KEY,Value={Source=[SOURCE]}}]'";

impl Known {
    /// The command to begin with, and the account that it has to be run in, if not where Identity Center is looked after.
    pub(crate) fn begin_with(&self, command: &str, account: Option<&str>) -> String {
        let command = self.fill(command);
        let account = account.filter(|_| is_of_the_callers_account(&command));
        let place = account.map(|account| format!("  in account   {account}\n")).unwrap_or_default();
        format!("  begin with   {command}\n{place}")
    }

    /// The command with what is known in place of words in capitals.
    pub(crate) fn fill(&self, command: &str) -> String {
        let is_own = command.starts_with("tagmend ");
        let command = match command.split_once(PLACE) {
            Some((before, after)) => format!("{before}{}{after}", self.options),
            None if is_own => format!("{} {}", command.trim_end_matches(" --live"), self.options),
            None => command.to_owned(),
        };
        let word = |word: &str| {
            let value = match word {
                "EVENT" => Some(quoted(&self.event)),
                "REGION" | "INSTANCE_REGION" => self.region.clone(),
                "BUCKET" if is_own => self.bucket.clone(),
                "INSTANCE" => self.instance.clone(),
                "STORE" => self.store.clone(),
                "STACK" => self.stack.clone(),
                "BASELINE" | "BASELINE," => {
                    self.baseline.as_ref().map(|file| word.replace("BASELINE", &quoted(file)))
                }
                MAPPINGS => self.mappings.as_ref().map(|mappings| quoted(mappings)),
                _ => None,
            };
            value.unwrap_or_else(|| word.to_owned())
        };
        command.split(' ').map(word).collect::<Vec<_>>().join(" ").trim_end().to_owned()
    }
}

/// The mappings that the identity store is approved to give, as `CreateInstanceAccessControlAttributeConfiguration` takes
/// them.
pub(crate) fn approved_mappings(baseline: &Baseline) -> String {
    let mapping = |approved: &ApprovedMapping| match approved.owner {
        Owner::IdentityStore(source) => {
            Some(json!({"Key": approved.key, "Value": {"Source": [source.expression()]}}))
        }
        Owner::Idp => None,
    };
    json!({"AccessControlAttributes": baseline.mappings().filter_map(mapping).collect::<Vec<_>>()})
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_filled_in_and_the_rest_stays() {
        let known = Known {
            event: "log file.gz#52".to_owned(),
            region: Some("eu-west-1".to_owned()),
            bucket: Some("journal".to_owned()),
            instance: Some("arn:aws:sso:::instance/ssoins-1".to_owned()),
            store: None,
            stack: Some("tagmend".to_owned()),
            baseline: Some("my baseline.json".to_owned()),
            mappings: Some(r#"{"AccessControlAttributes":[]}"#.to_owned()),
            options: "--state .replay".to_owned(),
        };
        for (command, filled) in [
            (
                "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
                "tagmend replay 'log file.gz#52' --state .replay --apply",
            ),
            ("tagmend baseline check --live", "tagmend baseline check --state .replay"),
            (
                "aws sso-admin x --instance-arn INSTANCE",
                "aws sso-admin x --instance-arn arn:aws:sso:::instance/ssoins-1",
            ),
            ("aws s3api get-bucket-abac --bucket BUCKET", "aws s3api get-bucket-abac --bucket BUCKET"),
            (
                "aws identitystore x --identity-store-id STORE",
                "aws identitystore x --identity-store-id STORE",
            ),
            ("edit BASELINE, then make deploy", "edit 'my baseline.json', then make deploy"),
            (
                "aws cloudwatch describe-alarms --region INSTANCE_REGION --alarm-name-prefix STACK",
                "aws cloudwatch describe-alarms --region eu-west-1 --alarm-name-prefix tagmend",
            ),
            (
                "aws sso-admin x --y 'AccessControlAttributes=[{Key=KEY,Value={Source=[SOURCE]}}]'",
                r#"aws sso-admin x --y '{"AccessControlAttributes":[]}'"#,
            ),
        ] {
            assert_eq!(known.fill(command), filled);
        }
        assert!(
            is_of_the_callers_account("aws kms get-key-policy")
                && !is_of_the_callers_account("aws sso-admin x")
        );
        assert!(!is_of_the_callers_account("tagmend kms"));
    }
}
