//! `tagmend baseline init`: a first baseline, from an instance as it stands.

use std::fs::OpenOptions;
use std::io::Write;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value as Json;
use tagmend_diagnosis::{AccessControl, AttributeSource, Baseline};
use tagmend_remedy::{
    Pace, configuration,
    first_baseline::{self, Standing},
    sandbox_configuration,
};
use tagmend_sandbox::Sandbox;

use crate::arguments::Init;
use crate::exit::Exit;
use crate::world::{read_baseline, read_world};

/// The example that is deployed with: its limits are the first ones.
const EXAMPLE: &str = include_str!("../../../../infra/baseline.json");

/// A baseline, in the order in which people read it.
#[derive(Serialize)]
struct Document {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: u32,
    instance: Instance,
    attribute_mappings: Vec<Mapping>,
    permission_sets: Vec<PermissionSet>,
    accounts: Vec<String>,
    own_roles: Vec<String>,
    limits: Json,
}

#[derive(Serialize)]
struct Instance {
    arn: String,
    identity_store_id: String,
    region: String,
    management_account: String,
}

#[derive(Serialize)]
struct Mapping {
    key: String,
    owner: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct PermissionSet {
    name: String,
    arn: String,
    /// Nothing is healed before somebody says so.
    heal: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_digest: Option<String>,
}

pub(crate) async fn run(arguments: Init, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let (standing, region) = match &arguments.region {
        Some(region) if arguments.live => {
            (first_baseline::read(&configuration(region).await, Pace::AWS).await?, region.clone())
        }
        _ => {
            let region = read_baseline(None, arguments.world.as_deref())?.region;
            let sandbox = Sandbox::start(read_world(arguments.world.as_deref())?).await?;
            let configuration = sandbox_configuration(&sandbox.endpoint(), &region);
            (first_baseline::read(&configuration, Pace::NONE).await?, region)
        }
    };
    let (document, left_out) = document(standing, region, &arguments)?;
    let text = serde_json::to_string_pretty(&document)? + "\n";
    // What was written has to be what can be read.
    Baseline::parse(&text).context("the instance cannot be written down")?;
    for key in left_out {
        eprintln!("left out: the mapping of {key} has a source that Identity Center does not document");
    }
    match &arguments.output {
        None => out.write_all(text.as_bytes())?,
        Some(path) => {
            let describe = || path.display().to_string();
            let mut file =
                OpenOptions::new().write(true).create_new(true).open(path).with_context(describe)?;
            file.write_all(text.as_bytes()).with_context(describe)?;
            writeln!(out, "written: {}; nothing is healed before `heal` says what", path.display())?;
        }
    }
    Ok(Exit::Done)
}

/// The document, and keys of mappings that a baseline cannot hold.
fn document(standing: Standing, region: String, arguments: &Init) -> Result<(Document, Vec<String>)> {
    let live = match standing.access_control {
        AccessControl::Enabled(live) => live,
        AccessControl::Disabled | AccessControl::Pending => Vec::new(),
    };
    let mut attribute_mappings = Vec::new();
    let mut left_out = Vec::new();
    for mapping in live {
        match AttributeSource::parse(&mapping.source) {
            Some(source) => {
                let source = source.expression();
                attribute_mappings.push(Mapping { key: mapping.key, owner: "identity-store", source });
            }
            None => left_out.push(mapping.key),
        }
    }
    let permission_sets = standing.permission_sets.into_iter().map(|(name, arn, digest)| {
        let policy_digest = digest.map(|digest| digest.to_string());
        PermissionSet { name, arn, heal: [], policy_digest }
    });
    let accounts = standing.accounts.into_iter().filter(|account| *account != arguments.management_account);
    let example: Json = serde_json::from_str(EXAMPLE)?;
    let document = Document {
        schema: "./baseline.schema.json",
        version: 1,
        instance: Instance {
            arn: standing.instance_arn,
            identity_store_id: standing.identity_store_id,
            region,
            management_account: arguments.management_account.clone(),
        },
        attribute_mappings,
        permission_sets: permission_sets.collect(),
        accounts: accounts.collect(),
        own_roles: ["heal", "watch"].map(|function| format!("{}-{function}", arguments.stack)).into(),
        limits: example.get("limits").cloned().unwrap_or_default(),
    };
    Ok((document, left_out))
}
