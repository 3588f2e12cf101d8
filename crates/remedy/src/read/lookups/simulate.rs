//! A second opinion, from IAM's policy simulator.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use tagmend_diagnosis::{Simulated, SimulatedCall, SimulatedPair, of_condition_key};

use super::NotRead;
use crate::aws::aws_error::AwsError;

/// Asks without and with what a fix would restore.
pub(super) async fn ask(iam: &Client, question: &SimulatedCall) -> Result<SimulatedPair, NotRead> {
    let (without, with) =
        futures::try_join!(once(iam, question, &question.without), once(iam, question, &question.with))?;
    Ok(SimulatedPair { without, with })
}

async fn once(
    iam: &Client,
    question: &SimulatedCall,
    context: &BTreeMap<String, Vec<String>>,
) -> Result<Simulated, AwsError> {
    let operation = "iam:SimulatePrincipalPolicy";
    let entries = context.iter().map(|(key, values)| {
        let kind = match values.as_slice() {
            [_] => ContextKeyTypeEnum::String,
            _ => ContextKeyTypeEnum::StringList,
        };
        ContextEntry::builder()
            .context_key_name(key)
            .set_context_key_values(Some(values.clone()))
            .context_key_type(kind)
            .build()
    });
    let call = iam
        .simulate_principal_policy()
        .policy_source_arn(&question.role_arn)
        .action_names(&question.action)
        .set_resource_arns(question.resource.clone().map(|arn| vec![arn]))
        .set_context_entries(Some(entries.collect()));
    let answer = call.send().await.map_err(|error| AwsError::new(operation, &error))?;
    let [result] = answer.evaluation_results() else {
        return Err(AwsError::incomplete(operation));
    };
    // Of a resource that is named, missing values stand in its own result.
    // Source: `API_EvaluationResult` in the IAM API reference.
    let of_resources = result.resource_specific_results().iter();
    let of_resources = of_resources.flat_map(|result| result.missing_context_values());
    let missing = result.missing_context_values().iter().chain(of_resources);
    Ok(match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => Simulated::Allowed,
        // The tag itself is among the missing ones: it is what is asked about.
        _ if missing.clone().any(|key| !is_session_tag(key)) => Simulated::Unsure,
        PolicyEvaluationDecisionType::ExplicitDeny | PolicyEvaluationDecisionType::ImplicitDeny => {
            Simulated::Denied
        }
        _ => return Err(AwsError::incomplete(operation)),
    })
}

fn is_session_tag(key: &str) -> bool {
    of_condition_key(&key.to_ascii_lowercase()).is_some()
}
