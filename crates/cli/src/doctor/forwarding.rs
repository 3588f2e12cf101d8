//! What forwards to the bus of Tagmend, from other accounts and Regions.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::{Region, SdkConfig};
use aws_sdk_eventbridge::Client;
use tagmend_diagnosis::arn::partition;
use tagmend_diagnosis::{AccountRegion, Baseline};
use tagmend_doctor::expected::global_region;
use tagmend_doctor::facts::{ForwardingRule, Look};
use tagmend_remedy::{AwsError, Members};

use super::not_read;

/// The Regions that were named, and always the instance's and that of global services: everybody's calls to IAM are there.
pub(super) fn regions(named: &[String], baseline: &Baseline) -> BTreeSet<String> {
    let global = global_region(partition(&baseline.instance_arn)).map(str::to_owned);
    named.iter().cloned().chain([baseline.region.clone()]).chain(global).collect()
}

/// What sends to the bus, from each of these Regions, but the bus's own, of the caller's account and of those in which the
/// reader role can be taken.
pub(super) async fn rules(
    configuration: &SdkConfig,
    baseline: &Baseline,
    own: &str,
    reader: Option<(&Members, &BTreeMap<String, Look<()>>)>,
    regions: &BTreeSet<String>,
) -> BTreeMap<AccountRegion, Look<Vec<ForwardingRule>>> {
    let partition = partition(&baseline.instance_arn);
    let bus = format!("arn:{partition}:events:{}:{own}:event-bus/default", baseline.region);
    let mut found = BTreeMap::new();
    for region in regions.iter().filter(|region| **region != baseline.region) {
        let there = configuration.to_builder().region(Region::new(region.clone())).build();
        let place = AccountRegion { account: own.to_owned(), region: region.clone() };
        found.insert(place, rules_of(there, &bus).await);
    }
    let Some((reader, accounts)) = reader else {
        return found;
    };
    for account in accounts.iter().filter(|(_, session)| session.is_ok()).map(|(account, _)| account) {
        for region in regions {
            let place = AccountRegion { account: account.clone(), region: region.clone() };
            let rules = match reader.configuration(&place, partition).await {
                Ok(there) => rules_of(there, &bus).await,
                Err(error) => Err(error.to_string()),
            };
            found.insert(place, rules);
        }
    }
    found
}

async fn rules_of(there: SdkConfig, bus: &str) -> Look<Vec<ForwardingRule>> {
    sending_to(&Client::new(&there), bus).await.map_err(|error| not_read(&error))
}

async fn sending_to(client: &Client, bus: &str) -> Result<Vec<ForwardingRule>, AwsError> {
    let mut rules = Vec::new();
    let mut token = None;
    loop {
        let call = client.list_rule_names_by_target().target_arn(bus).set_next_token(token);
        let page =
            call.send().await.map_err(|error| AwsError::new("events:ListRuleNamesByTarget", &error))?;
        for name in page.rule_names.unwrap_or_default() {
            let rule = client.describe_rule().name(name).send().await;
            let rule = rule.map_err(|error| AwsError::new("events:DescribeRule", &error))?;
            let state = rule.state.ok_or_else(|| AwsError::incomplete("events:DescribeRule"))?;
            rules.push(ForwardingRule {
                description: rule.description.unwrap_or_default(),
                state: state.as_str().to_owned(),
            });
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(rules);
        }
    }
}
