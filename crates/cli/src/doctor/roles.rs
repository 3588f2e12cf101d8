//! What IAM's policy simulator says of each role.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use tagmend_diagnosis::arn::partition;
use tagmend_doctor::Right;
use tagmend_doctor::facts::Look;
use tagmend_remedy::AwsError;

use super::not_read;

/// A question with its answer, by action.
type Answered = (Right, Look<BTreeMap<String, bool>>);

pub(super) async fn simulated(
    configuration: &SdkConfig,
    instance: &str,
    account: &str,
    stack: &str,
    rights: Vec<Right>,
) -> Vec<Answered> {
    let client = Client::new(configuration);
    let mut answered = Vec::with_capacity(rights.len());
    for right in rights {
        let role = format!("arn:{}:iam::{account}:role/{stack}-{}", partition(instance), right.function);
        let answer = ask(&client, &role, &right).await.map_err(|error| not_read(&error));
        answered.push((right, answer));
    }
    answered
}

async fn ask(client: &Client, role: &str, right: &Right) -> Result<BTreeMap<String, bool>, AwsError> {
    let context = right.context.iter().map(|(key, value)| {
        ContextEntry::builder()
            .context_key_name(*key)
            .context_key_values(*value)
            .context_key_type(ContextKeyTypeEnum::String)
            .build()
    });
    let call = client
        .simulate_principal_policy()
        .policy_source_arn(role)
        .set_action_names(Some(right.actions.iter().map(|action| (*action).to_owned()).collect()))
        .resource_arns(&right.resource)
        .set_context_entries(Some(context.collect()));
    let answer = call.send().await.map_err(|error| AwsError::new("iam:SimulatePrincipalPolicy", &error))?;
    let decided = answer.evaluation_results().iter().map(|result| {
        let is_allowed = *result.eval_decision() == PolicyEvaluationDecisionType::Allowed;
        (result.eval_action_name().to_owned(), is_allowed)
    });
    Ok(decided.collect())
}
