//! `tagmend baseline init`: a first baseline, from an instance as it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use serde::Serialize;
use serde_json::Value as Json;
use tagmend_diagnosis::{AccessControl, AttributeSource, Baseline, arn};
use tagmend_remedy::first_baseline::{self, SeenSet, Standing, Step};

use super::progress::Progress;
use super::terraform::{self, Said};
use crate::arguments::Init;
use crate::exit::{Exit, usage};
use crate::progress::Counter;
use crate::target::{Target, account};
use crate::text::escaped;
use crate::world::read_baseline;

/// The example that is deployed with: its limits are the first ones.
const EXAMPLE: &str = include_str!("../../../../infra/baseline.json");

/// The schema, wherever the file is written.
const SCHEMA: &str = "https://raw.githubusercontent.com/tagmend/tagmend/main/infra/baseline.schema.json";

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
    /// Seen, and not approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_digest: Option<String>,
}

pub(crate) async fn run(arguments: Init, out: &mut (dyn Write + Send)) -> Result<Exit> {
    // Half an hour of reading is not to end at a file that is there already.
    if let Some(path) = arguments.output.as_ref().filter(|path| path.exists()) {
        bail!(
            "{}: is there already, and is never written over; name another file, or move it away",
            path.display()
        );
    }
    let place = Place::of(&arguments).await?;
    let told = place.as_ref().map(|place| &place.configuration);
    let management_account = management_account(arguments.management_account.clone(), told).await?;
    let stack_account = match (&arguments.stack_account, told) {
        (Some(account), _) => Some(account.clone()),
        (None, Some(configuration)) => Some(first_baseline::caller_account(configuration).await?),
        (None, None) => None,
    };
    let (standing, region) = match &arguments.terraform {
        None => {
            let place = place.ok_or_else(|| usage("say where: --live, a world, or --terraform"))?;
            (place.read(&arguments).await?, place.region)
        }
        Some(path) => {
            (from_terraform(path, &arguments, place.as_ref(), out).await?, region_of(&arguments, place)?)
        }
    };
    if stack_account.is_none() {
        say(OWN_BY_NAME, &arguments, out)?;
    }
    let own_roles = own_roles(stack_account.as_deref(), &standing.instance_arn, &arguments.stack);
    if let Some(why) = why_no_mappings(&standing.access_control) {
        say(why, &arguments, out)?;
    }
    let (document, left_out) = document(standing, region, management_account, own_roles)?;
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
            Progress::of(path).end();
            writeln!(
                out,
                "written: {}; no policies are approved before `tagmend baseline approve`, and nothing is healed before \
                 `heal` says what",
                path.display()
            )?;
        }
    }
    Ok(Exit::Done)
}

const OWN_BY_NAME: &str = "`own_roles` are names, which means the roles of these names in every account: --stack-account says in which";

/// Tagmend's own roles: by ARN where the account is known.
fn own_roles(account: Option<&str>, instance: &str, stack: &str) -> Vec<String> {
    let partition = arn::partition(instance);
    let of = |account: &str| format!("arn:{partition}:iam::{account}:role/");
    let path = account.map(of).unwrap_or_default();
    ["heal", "watch"].map(|function| format!("{path}{stack}-{function}")).into()
}

/// To standard error where the baseline goes to standard output.
fn say(what: &str, arguments: &Init, out: &mut (dyn Write + Send)) -> Result<()> {
    match &arguments.output {
        Some(_) => writeln!(out, "{what}")?,
        None => eprintln!("{what}"),
    }
    Ok(())
}

/// The account that AWS names, or else the one that was given.
async fn management_account(given: Option<String>, told: Option<&SdkConfig>) -> Result<String> {
    let told = match told {
        None => None,
        Some(configuration) => Some(first_baseline::management_account(configuration).await),
    };
    match (given, told) {
        (Some(given), Some(Ok(told))) if given != told => {
            bail!("--management-account {given}: AWS Organizations says that it is {told}")
        }
        (_, Some(Ok(told))) => Ok(told),
        (Some(given), None) => Ok(given),
        (Some(given), Some(Err(error))) => {
            eprintln!("nobody checked that {given} is the management account: {error}");
            Ok(given)
        }
        (None, Some(Err(error))) => {
            Err(error).context("--management-account has to say which it is, as AWS Organizations does not")
        }
        (None, None) => {
            Err(usage("--management-account has to say which it is: only an instance can be asked"))
        }
    }
}

/// What an operator has to know where a baseline has no mappings.
fn why_no_mappings(access_control: &AccessControl) -> Option<&'static str> {
    match access_control {
        AccessControl::Enabled(_) => None,
        AccessControl::Disabled => Some(
            "attributes for access control are OFF: no mapping is written down, and Tagmend restores none before somebody \
             turns them on and the mappings are in the baseline",
        ),
        AccessControl::Pending => Some(
            "attributes for access control are being turned on or off: nobody can see the mappings yet, and none is written \
             down; begin again in a few minutes",
        ),
    }
}

/// An instance that can be read.
struct Place {
    configuration: SdkConfig,
    region: String,
    /// Stops when dropped.
    _sandbox: Option<Target>,
}

impl Place {
    /// None where there is only Terraform.
    async fn of(arguments: &Init) -> Result<Option<Place>> {
        if let (true, Some(region)) = (arguments.live, &arguments.region) {
            let configuration = account(arguments.calls_per_second)?.configuration(region).await;
            return Ok(Some(Place { configuration, region: region.clone(), _sandbox: None }));
        }
        if arguments.terraform.is_some() && arguments.world.is_none() {
            return Ok(None);
        }
        let region = read_baseline(None, arguments.world.as_deref())?.region;
        let sandbox = Target::of_world(None, arguments.world.as_deref()).await?;
        let configuration = sandbox.access.configuration(&region).await;
        Ok(Some(Place { configuration, region, _sandbox: Some(sandbox) }))
    }

    async fn read(&self, arguments: &Init) -> Result<Standing> {
        let mut progress = arguments.output.as_deref().map(Progress::of);
        let done = progress.as_mut().map_or_else(|| Ok(Vec::new()), Progress::begun)?;
        let counter = Counter::new("permission sets");
        let mut count = Count::default();
        done.iter().for_each(|step| count.add(step));
        let keep = |step: &Step| {
            count.add(step);
            counter.at(count.seen, count.all);
            progress.as_mut().map_or(Ok(()), |progress| progress.keep(step))
        };
        let standing = first_baseline::read(&self.configuration, done, keep).await;
        counter.end();
        standing
    }
}

fn region_of(arguments: &Init, place: Option<Place>) -> Result<String> {
    let region = arguments.region.clone().or_else(|| place.map(|place| place.region));
    region.ok_or_else(|| usage("--region names the primary Region of the instance"))
}

/// What Terraform says, and in what the instance differs, where it can be read.
async fn from_terraform(
    path: &Path,
    arguments: &Init,
    place: Option<&Place>,
    out: &mut (dyn Write + Send),
) -> Result<Standing> {
    let describe = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(describe)?;
    let Said { mut standing, left_out } =
        terraform::read(&text, arguments.identity_store_id.as_deref()).with_context(describe)?;
    for (name, reason) in left_out {
        eprintln!("left out: {}: {reason}", escaped(&name));
    }
    if let Some(place) = place {
        let live = place.read(arguments).await?;
        // To standard error where the baseline goes to standard output.
        let mut said = Vec::new();
        differences(&standing, &live, &mut said)?;
        match &arguments.output {
            Some(_) => out.write_all(&said)?,
            None => eprint!("{}", String::from_utf8_lossy(&said)),
        }
        standing.accounts.extend(live.accounts);
    }
    Ok(standing)
}

/// A line for each thing in which an instance is not what Terraform says.
fn differences(terraform: &Standing, live: &Standing, out: &mut dyn Write) -> Result<()> {
    if terraform.instance_arn != live.instance_arn {
        writeln!(
            out,
            "differs: the instance is {}, in Terraform {}",
            live.instance_arn, terraform.instance_arn
        )?;
    }
    let mappings = |standing: &Standing| -> BTreeMap<String, String> {
        let live = match &standing.access_control {
            AccessControl::Enabled(live) => live.as_slice(),
            AccessControl::Disabled | AccessControl::Pending => &[],
        };
        live.iter().map(|mapping| (mapping.key.clone(), mapping.source.clone())).collect()
    };
    let sets = |standing: &Standing| -> BTreeMap<String, String> {
        let said = |set: &SeenSet| {
            let name = set.name.clone().unwrap_or_default();
            (set.arn.clone(), format!("{name}, {}", set.policy_digest.as_deref().unwrap_or("no policies")))
        };
        standing.permission_sets.iter().map(said).collect()
    };
    for (what, terraform, live) in
        [("mapping", mappings(terraform), mappings(live)), ("permission set", sets(terraform), sets(live))]
    {
        let names: BTreeSet<&String> = terraform.keys().chain(live.keys()).collect();
        for name in names {
            let line = match (terraform.get(name), live.get(name)) {
                (Some(said), Some(is)) if said == is => continue,
                (Some(said), Some(is)) => format!("differs: {what} {name} is {is}, in Terraform {said}"),
                (Some(_), None) => format!("differs: {what} {name} is in Terraform and not in the instance"),
                (None, _) => format!("differs: {what} {name} is in the instance and not in Terraform"),
            };
            writeln!(out, "{}", escaped(&line))?;
        }
    }
    Ok(())
}

/// Of how many permission sets how many are read.
#[derive(Default)]
struct Count {
    all: Option<usize>,
    seen: usize,
}

impl Count {
    fn add(&mut self, step: &Step) {
        match step {
            Step::Listed { permission_sets, .. } => {
                *self.all.get_or_insert_default() += permission_sets.len();
            }
            Step::Seen(_) => self.seen += 1,
        }
    }
}

/// The document, and keys of mappings that a baseline cannot hold.
fn document(
    standing: Standing,
    region: String,
    management_account: String,
    own_roles: Vec<String>,
) -> Result<(Document, Vec<String>)> {
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
    let permission_sets = standing.permission_sets.into_iter().filter_map(|set| {
        let SeenSet { arn, name, policy_digest, accounts: _ } = set;
        Some(PermissionSet { name: name?, arn, heal: [], seen_digest: policy_digest })
    });
    let accounts: Vec<String> =
        standing.accounts.into_iter().filter(|account| *account != management_account).collect();
    let example: Json = serde_json::from_str(EXAMPLE)?;
    let document = Document {
        schema: SCHEMA,
        version: 1,
        instance: Instance {
            arn: standing.instance_arn,
            identity_store_id: standing.identity_store_id,
            region,
            management_account,
        },
        attribute_mappings,
        permission_sets: permission_sets.collect(),
        accounts,
        own_roles,
        limits: example.get("limits").cloned().unwrap_or_default(),
    };
    Ok((document, left_out))
}
