//! `tagmend baseline grants`: what the stack has to be told so that the role of `heal` may provision what the baseline
//! approves, and no more.
//!
//! A parameter of CloudFormation holds 4,096 bytes; a longer list goes into managed policies, as a template of its own.

use std::fs::OpenOptions;
use std::io::Write;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value as Json, json};
use tagmend_diagnosis::{Accounts, Baseline, arn::partition};

use crate::arguments::Grants;
use crate::exit::Exit;
use crate::world::read_baseline_file;

/// Bytes of a parameter. Source: `cloudformation-limits` in the CloudFormation user guide.
const LONGEST_PARAMETER: usize = 4_096;
/// Characters of a managed policy, white space not counted, and such policies of a role. Source: `reference_iam-quotas` in
/// the IAM user guide.
const LONGEST_POLICY: usize = 6_144;
const MOST_POLICIES: usize = 10;

const ACTION: &str = "sso:ProvisionPermissionSet";

pub(crate) fn run(arguments: &Grants, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let baseline = read_baseline_file(&arguments.baseline)?;
    let grants = Grant::of(&baseline);
    let long: Vec<&Grant> = grants.iter().filter(|grant| grant.is_long()).collect();
    for (name, value) in parameters(&baseline, &grants) {
        writeln!(out, "{name}={value}")?;
    }
    if long.is_empty() {
        return Ok(Exit::Done);
    }
    let template = template(&baseline, &long, &arguments.stack)?;
    let Some(path) = &arguments.output else {
        let names: Vec<&str> = long.iter().map(|grant| grant.parameter).collect();
        bail!(
            "{} would be too long for a parameter; --output writes a template of managed policies",
            names.join(", ")
        );
    };
    let describe = || path.display().to_string();
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).with_context(describe)?;
    writeln!(file, "{template:#}").with_context(describe)?;
    writeln!(out, "written: {}; deploy it beside the stack, as a stack of its own", path.display())?;
    Ok(Exit::Done)
}

/// A list of ARNs that may be provisioned, or to.
struct Grant {
    parameter: &'static str,
    sid: &'static str,
    arns: Vec<String>,
}

impl Grant {
    fn of(baseline: &Baseline) -> Vec<Grant> {
        let provisioned = baseline.permission_sets().filter(|(_, set)| set.may_provision.is_some());
        let sets: Vec<String> = provisioned.map(|(_, set)| set.arn.clone()).collect();
        let accounts = match baseline.accounts() {
            // Whoever may provision nothing needs no account.
            Accounts::Listed(listed) if !sets.is_empty() => account_arns(baseline, listed),
            Accounts::Listed(_) | Accounts::AllProvisionedExcept(_) => Vec::new(),
        };
        vec![
            Grant { parameter: "HealedAccountArns", sid: "Accounts", arns: accounts },
            Grant { parameter: "HealedPermissionSetArns", sid: "PermissionSets", arns: sets },
        ]
    }

    fn is_long(&self) -> bool {
        self.arns.join(",").len() > LONGEST_PARAMETER
    }
}

fn account_arns<'a>(baseline: &Baseline, accounts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let partition = partition(&baseline.instance_arn);
    accounts.into_iter().map(|account| format!("arn:{partition}:sso:::account/{account}")).collect()
}

fn parameters(baseline: &Baseline, grants: &[Grant]) -> Vec<(&'static str, String)> {
    let (form, excluded) = match baseline.accounts() {
        Accounts::Listed(_) => ("listed", Vec::new()),
        Accounts::AllProvisionedExcept(except) => ("all-but-excluded", account_arns(baseline, except)),
    };
    let mut parameters = vec![
        ("HealedAccounts", form.to_owned()),
        ("ManagementAccountId", baseline.management_account.clone()),
        ("ExcludedAccountArns", excluded.join(",")),
    ];
    let short = grants.iter().filter(|grant| !grant.is_long());
    parameters.extend(short.map(|grant| (grant.parameter, grant.arns.join(","))));
    let long = grants.iter().filter(|grant| grant.is_long());
    parameters.extend(long.map(|grant| (grant.parameter, String::new())));
    parameters
}

/// Managed policies that attach themselves to the role of `heal`. Where one list is in them, the other has to be, too: the
/// stack's own policy grants provisioning only where it has both.
fn template(baseline: &Baseline, long: &[&Grant], stack: &str) -> Result<Json> {
    let instance = json!({
        "Sid": "Instance", "Effect": "Allow", "Resource": baseline.instance_arn,
        "Action": ["sso:DescribePermissionSetProvisioningStatus", "sso:ListPermissionSetProvisioningStatus", ACTION],
    });
    let all = Grant::of(baseline);
    let mut documents = vec![vec![instance]];
    for grant in &all {
        let is_by_rule = grant.parameter == "HealedAccountArns"
            && matches!(baseline.accounts(), Accounts::AllProvisionedExcept(_));
        if is_by_rule {
            let any = format!("arn:{}:sso:::account/*", partition(&baseline.instance_arn));
            documents.push(vec![statement(grant.sid, &[any])]);
        } else {
            documents.extend(pages(grant).into_iter().map(|arns| vec![statement(grant.sid, arns)]));
        }
    }
    if documents.len() > MOST_POLICIES {
        let names: Vec<&str> = long.iter().map(|grant| grant.parameter).collect();
        bail!(
            "{} would take {} managed policies, and a role has {MOST_POLICIES}; deploy with HealedPermissionSets=all, or \
             HealedAccounts=all-but-excluded: the baseline still approves each permission set by its digest",
            names.join(" and "),
            documents.len()
        );
    }
    let mut resources = Map::new();
    for (index, statements) in documents.into_iter().enumerate() {
        let policy = json!({
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Roles": [format!("{stack}-heal")],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
            },
        });
        resources.insert(format!("Provision{:02}", index + 1), policy);
    }
    Ok(json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What the role of heal may provision, as the baseline says; too long for the stack's parameters",
        "Resources": resources,
    }))
}

fn statement(sid: &str, arns: &[String]) -> Json {
    json!({"Sid": sid, "Effect": "Allow", "Action": ACTION, "Resource": arns})
}

/// As many ARNs as a policy holds.
fn pages(grant: &Grant) -> Vec<&[String]> {
    let frame = json!({"Version": "2012-10-17", "Statement": [statement(grant.sid, &[])]}).to_string().len();
    let longest = grant.arns.iter().map(|arn| arn.len() + 3).max().unwrap_or(1);
    grant.arns.chunks(((LONGEST_POLICY - frame) / longest).max(1)).collect()
}
