//! One look: every read of it. A read that fails says so where its answer would stand.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::arn::partition;
use tagmend_doctor::facts::{Baseline, Facts, Function, Hold, Look};
use tagmend_doctor::{Setting, rights};
use tagmend_remedy::begun::Beginner;
use tagmend_remedy::hold::{self, Note};
use tagmend_remedy::ledger::{DayName, Ledger};
use tagmend_remedy::pinned::Pin;
use tagmend_remedy::{Clients, LookBack};

use super::{accounts, forwarding, not_read, roles, stack, told, trails};
use crate::connection::Connection;

/// Everything, one read after the other: nobody waits for it, and others need the same quotas.
///
/// `regions` are those that people work in, besides the instance's and that of global services.
pub(super) async fn look(connection: &Connection, stack_name: &str, regions: &[String]) -> Result<Facts> {
    let configuration = &connection.configuration;
    let baseline = &connection.baseline;
    let bucket = &connection.journal_bucket;
    let clients = Clients::new(configuration);
    let now = connection.time.clock.now();
    let bytes = connection.origin.bytes()?;

    let account = accounts::own(configuration).await;
    let resources = stack::resources(configuration, stack_name).await;
    let rules = stack::rules(configuration, &resources).await;
    let (queue, dead_letters) = stack::queues(configuration, &rules).await;
    let source_mapping = stack::source_mapping(configuration, &resources).await;
    let heal = stack::function(configuration, &resources, "Heal").await;
    let watch = stack::function(configuration, &resources, "Watch").await;
    let digest = digest(&heal);
    let rights = match (&account, &heal) {
        (Ok(account), Ok(Some(function))) => {
            let setting = Setting {
                partition: partition(&baseline.instance_arn),
                region: &baseline.region,
                account,
                instance: &baseline.instance_arn,
                bucket,
                is_applying: function.setting("MODE") == Some("apply"),
                digest: digest.as_deref(),
            };
            roles::simulated(configuration, &baseline.instance_arn, account, stack_name, rights(&setting))
                .await
        }
        _ => Vec::new(),
    };
    let in_scope = accounts::in_scope(configuration, baseline).await;
    let reader = accounts::reader(configuration, &heal);
    let readers = match (&reader, &account, &in_scope) {
        (Some(reader), Ok(own), Ok(accounts)) => accounts::readers(reader, baseline, own, accounts).await,
        _ => BTreeMap::new(),
    };
    let forwarding = match &account {
        Ok(own) => {
            let (regions, reader) = (forwarding::regions(regions, baseline), reader.as_ref());
            forwarding::rules(configuration, baseline, own, reader.map(|it| (it, &readers)), &regions).await
        }
        Err(_) => BTreeMap::new(),
    };
    Ok(Facts {
        stack: stack_name.to_owned(),
        region: baseline.region.clone(),
        command: env!("CARGO_PKG_VERSION").to_owned(),
        bucket: bucket.clone(),
        trails: trails::read(configuration).await,
        alarms: told::alarms(configuration, stack_name).await,
        heartbeats: told::heartbeats(configuration, stack_name, now).await,
        is_begun: is_begun(&clients, bucket).await,
        hold: held(LookBack::new(&clients, bucket).hold().await.map_err(|error| not_read(&error))),
        baseline: Baseline {
            digest: Pin::of(&bytes).to_string(),
            own_roles: baseline.own_roles().map(str::to_owned).collect(),
        },
        published: published(configuration, bucket, digest.as_deref()).await,
        mappings: accounts::sources(configuration, &baseline.instance_arn)
            .await
            .map(|sources| sources.map(|sources| sources.len())),
        bus: stack::bus(configuration).await,
        heard: heard(&Ledger::new(&clients, bucket), now).await,
        accounts: in_scope,
        account,
        resources,
        rules,
        queue,
        dead_letters,
        source_mapping,
        heal,
        watch,
        rights,
        readers,
        forwarding,
    })
}

fn digest(heal: &Look<Option<Function>>) -> Option<String> {
    heal.as_ref().ok()?.as_ref()?.setting("BASELINE_SHA256").map(str::to_owned)
}

async fn is_begun(clients: &Clients, bucket: &str) -> Look<bool> {
    let standing = Beginner::new(clients, bucket).look().await;
    standing.map(|standing| standing.is_begun).map_err(|error| not_read(&error))
}

fn held(hold: Look<hold::Hold>) -> Look<Hold> {
    let words = |note: &Note| {
        let by = note.by.as_deref().unwrap_or("somebody");
        let since = note.since.map(|since| format!(" since {since}")).unwrap_or_default();
        let reason = note.reason.as_deref().unwrap_or("no reason is given");
        format!("{by}{since}: {reason}")
    };
    let hold = hold?;
    Ok(Hold { all: hold.all.as_ref().map(words), keys: hold.keys.keys().cloned().collect() })
}

/// Whether the object of a digest is what its name says.
async fn published(
    configuration: &aws_config::SdkConfig,
    bucket: &str,
    digest: Option<&str>,
) -> Look<Option<bool>> {
    let Some(pin) = digest.and_then(Pin::parse) else {
        return Ok(digest.map(|_| false));
    };
    let got = tagmend_remedy::s3(configuration).get_object().bucket(bucket).key(pin.object()).send().await;
    let body = match got {
        Ok(object) => {
            object.body.collect().await.map_err(|_| "s3:GetObject: the answer broke off".to_owned())?
        }
        Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => {
            return Ok(Some(false));
        }
        Err(error) => return Err(not_read(&tagmend_remedy::AwsError::new("s3:GetObject", &error))),
    };
    Ok(Some(Pin::of(&body.into_bytes()) == pin))
}

/// How far back accounts are listened for, and how far back runs are read that no day tells of yet.
const LISTENED: SignedDuration = SignedDuration::from_hours(90 * 24);
const UNFOLDED: SignedDuration = SignedDuration::from_hours(48);

/// When each account was heard last: of a folded day its beginning, of a run the denial's own time.
async fn heard(ledger: &Ledger, now: Timestamp) -> Look<BTreeMap<String, Timestamp>> {
    let back = |length| now.checked_sub(length).unwrap_or(Timestamp::MIN);
    let end = now + SignedDuration::from_secs(1);
    let days = ledger.days(back(LISTENED), end).await.map_err(|error| not_read(&error))?;
    let runs = ledger.runs(back(UNFOLDED), end).await.map_err(|error| not_read(&error))?;
    let of_days = days.all.iter().filter_map(|day| {
        let begins = DayName(day.date).begins()?;
        let accounts: BTreeSet<&String> = day.denials.iter().filter_map(|row| row.account.as_ref()).collect();
        Some(accounts.into_iter().map(move |account| (account.clone(), begins)).collect::<Vec<_>>())
    });
    let of_runs = runs.all.iter().flat_map(|run| &run.denials);
    let of_runs = of_runs.filter_map(|row| Some((row.account.clone()?, row.last)));
    let mut heard = BTreeMap::new();
    for (account, time) in of_days.flatten().chain(of_runs) {
        let last = heard.entry(account).or_insert(time);
        *last = time.max(*last);
    }
    Ok(heard)
}
