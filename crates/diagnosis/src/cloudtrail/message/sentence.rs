//! Whole sentences of services that name neither caller nor policy. What is not here is not understood.

use std::sync::LazyLock;

use regex::Regex;

use super::{Remark, regex};

/// What a sentence says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// That the call was denied, and nothing else.
    Nothing,
    /// The action that was denied, and nothing else.
    Action(String),
    /// What refused it.
    Remark(Remark),
    /// What the service asked for on its own, and was refused, behind the call that it had allowed.
    Behind { remark: Remark, actions: Vec<String> },
}

/// Sentences that say that a call was denied, and nothing else.
///
/// Sources: `ErrorResponses` in the S3 API reference (the first two), public records of EC2, `common-errors` of the
/// AWS APIs (the last two).
const NOTHING: [&str; 5] = [
    "Access Denied",
    "Access denied",
    "You are not authorized to perform this operation",
    "You do not have sufficient access to perform this action",
    "You do not have permission to perform this action",
];

/// SQS names the queue's URL, with or without the queue. Source: public records and issues.
static QUEUE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^Access to the resource https://sqs\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/(?:[0-9]{12}/[A-Za-z0-9._-]+)? is denied$",
    )
});

/// Sentences that name the action alone. Athena: <https://github.com/dbeaver/dbeaver/issues/21424>; STS: public records
/// of `AssumeRoleWithSAML`.
static ACTION: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        regex(
            r"^You are not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+) on the resource(?:\. After your AWS administrator or you have updated your permissions, please try again)?$",
        ),
        regex(r"^Not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z0-9]+)$"),
    ]
});

/// Sentences that say what refused the call. Sources: public records and issues, the error pages of the services;
/// KMS behind Secrets Manager: <https://github.com/aws/aws-cdk/issues/7677>; object lock:
/// <https://github.com/versity/versitygw/issues/1330>; Cost Explorer:
/// <https://github.com/aws-samples/aws-cost-explorer-report/issues/15>.
static REMARKS: LazyLock<[(Regex, Remark); 7]> = LazyLock::new(|| {
    [
        (
            regex(
                r"^The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access$",
            ),
            Remark::KeyNotFound,
        ),
        (regex(r"^Access to KMS is not allowed$"), Remark::KeyRefused),
        (
            regex(
                r"^Lambda was unable to decrypt the environment variables because KMS access was denied\. Please check the function's KMS key settings$",
            ),
            Remark::KeyRefused,
        ),
        (regex(r"^Access Denied because object protected by object lock$"), Remark::ObjectLock),
        (regex(r"^Request has expired$"), Remark::RequestExpired),
        (regex(r"^The request was denied due to a VPC endpoint policy$"), Remark::EndpointPolicy),
        (
            regex(
                r"(?x)^(?:
                    IAM\ user\ access\ not\ activated
                    | CallerValidation\ check\ failed
                    | You\ are\ not\ subscribed\ to\ this\ service(?:\.\ Please\ go\ to\ https?://aws\.amazon\.com\ to\ subscribe)?
                    | Account\ [0-9]{12}\ is\ not\ subscribed\ to\ AWS\ Security\ Hub
                    | The\ AWS\ Access\ Key\ Id\ needs\ a\ subscription\ for\ the\ service
                    | Amazon\ Web\ Services\ Premium\ Support\ Subscription\ is\ required\ to\ use\ this\ service
                    | STS\ is\ not\ activated\ in\ this\ region\ for\ account:[0-9]{12}\.
                      \ Your\ account\ administrator\ can\ activate\ STS\ in\ this\ region\ using\ the\ IAM\ Console
                    | User\ not\ enabled\ for\ cost\ explorer\ access
                    | You\ don['\u2019]t\ have\ access\ to\ the\ model\ with\ the\ specified\ model\ ID
                    | (?:[A-Z][A-Za-z0-9()-]*\ )+is\ not\ enabled(?:\ (?:for|in)\ this\ (?:account|Region))?
                )$",
            ),
            Remark::NotEnabled,
        ),
    ]
});

/// Bedrock subscribes to a model on its own when it is first called.
/// Source: <https://github.com/anthropics/claude-code/issues/9681>, `model-access` in the Bedrock user guide.
static MODEL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^Model access is denied due to (?:IAM user or service role is not authorized to perform the required AWS Marketplace actions \(([A-Za-z0-9:-]+(?:, [A-Za-z0-9:-]+)*)\) to enable access to this model|User: \S+ is not authorized to perform: ([A-Za-z0-9:-]+) on resource: \S+ because no [A-Za-z -]+ allows the [A-Za-z0-9:-]+ action)(?:\. Refer to the Amazon Bedrock documentation for further details)?(?:\. Your AWS Marketplace subscription for this model cannot be completed at this time)?(?:\. If you recently fixed this issue, try again after [0-9]+ minutes)?$",
    )
});

/// Reads a sentence; none where it is of no known form.
pub(super) fn read(text: &str) -> Option<Meaning> {
    if NOTHING.contains(&text) || QUEUE.is_match(text) {
        return Some(Meaning::Nothing);
    }
    let group = |regex: &Regex, index: usize| Some(regex.captures(text)?.get(index)?.as_str().to_owned());
    if let Some(action) = ACTION.iter().find_map(|regex| group(regex, 1)) {
        return Some(Meaning::Action(action));
    }
    if let Some((_, remark)) = REMARKS.iter().find(|(regex, _)| regex.is_match(text)) {
        return Some(Meaning::Remark(*remark));
    }
    let actions = group(&MODEL, 1).or_else(|| group(&MODEL, 2))?;
    let actions = actions.split(", ").map(str::to_owned).collect();
    Some(Meaning::Behind { remark: Remark::NotEnabled, actions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_say_nothing_else() {
        for text in NOTHING {
            assert_eq!(read(text), Some(Meaning::Nothing), "{text}");
        }
        for queue in ["", "111122223333/ledger", "111122223333/ledger.fifo"] {
            let text =
                format!("Access to the resource https://sqs.eu-west-1.amazonaws.com/{queue} is denied");
            assert_eq!(read(&text), Some(Meaning::Nothing), "{text}");
        }
    }

    #[test]
    fn sentences_that_name_the_action() {
        let action = |name: &str| Some(Meaning::Action(name.to_owned()));
        let text = "You are not authorized to perform: athena:StartQueryExecution on the resource";
        assert_eq!(read(text), action("athena:StartQueryExecution"));
        let longer = format!(
            "{text}. After your AWS administrator or you have updated your permissions, please try again"
        );
        assert_eq!(read(&longer), action("athena:StartQueryExecution"));
        assert_eq!(
            read("Not authorized to perform sts:AssumeRoleWithSAML"),
            action("sts:AssumeRoleWithSAML")
        );
    }

    #[test]
    fn sentences_that_say_what_refused() {
        for (text, remark) in [
            ("Access to KMS is not allowed", Remark::KeyRefused),
            (
                "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's KMS key settings",
                Remark::KeyRefused,
            ),
            ("Access Denied because object protected by object lock", Remark::ObjectLock),
            ("Request has expired", Remark::RequestExpired),
            ("The request was denied due to a VPC endpoint policy", Remark::EndpointPolicy),
            ("User not enabled for cost explorer access", Remark::NotEnabled),
            ("IAM user access not activated", Remark::NotEnabled),
            ("CallerValidation check failed", Remark::NotEnabled),
            ("Account 111122223333 is not subscribed to AWS Security Hub", Remark::NotEnabled),
            (
                "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe",
                Remark::NotEnabled,
            ),
            ("Macie is not enabled", Remark::NotEnabled),
            ("Amazon Q is not enabled for this account", Remark::NotEnabled),
            ("You don't have access to the model with the specified model ID", Remark::NotEnabled),
        ] {
            assert_eq!(read(text), Some(Meaning::Remark(remark)), "{text}");
        }
    }

    #[test]
    fn a_model_that_takes_a_subscription() {
        let behind = |actions: &[&str]| {
            let actions = actions.iter().map(|action| (*action).to_owned()).collect();
            Some(Meaning::Behind { remark: Remark::NotEnabled, actions })
        };
        let two = ["aws-marketplace:ViewSubscriptions", "aws-marketplace:Subscribe"];
        let text = "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model";
        assert_eq!(read(text), behind(&two));
        let longer = format!(
            "{text}. Refer to the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be completed at this time. If you recently fixed this issue, try again after 2 minutes"
        );
        assert_eq!(read(&longer), behind(&two));
        let one = "Model access is denied due to User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: aws-marketplace:ViewSubscriptions on resource: * because no identity-based policy allows the aws-marketplace:ViewSubscriptions action. Your AWS Marketplace subscription for this model cannot be completed at this time. If you recently fixed this issue, try again after 15 minutes";
        assert_eq!(read(one), behind(&two[..1]));
    }

    #[test]
    fn what_only_resembles_a_sentence_is_unknown() {
        for text in [
            "",
            "access denied",
            "Access Denied because of the moon",
            "You don't have permissions to access this resource",
            "x because IAM user access not activated",
            "IAM user access not activated today",
            "macie is not enabled",
            "The key is not enabled for alice",
            "Access to the resource https://example.com/ is denied",
            "Rate exceeded",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
