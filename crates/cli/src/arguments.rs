//! The command line.

mod baseline;

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand};
use jiff::{SignedDuration, Timestamp};
use tagmend_review::on_call::TemplateAlarm;
use tagmend_sandbox::Organization;

pub use self::baseline::{Approve, Baseline, Check, Grants, Init, Publish};
use crate::only::Only;
use crate::screen::Screen;

/// Self-healing ABAC for AWS IAM Identity Center.
#[derive(Debug, Parser)]
#[command(name = "tagmend", version)]
pub struct Arguments {
    /// When to print in colour: auto is on a terminal, as NO_COLOR and CLICOLOR_FORCE say
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// What is printed on.
    #[arg(skip)]
    pub screen: Screen,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Events to diagnosis to plan; a dry run unless --apply
    Replay(Box<Replay>),
    /// The same for one record, in depth
    Explain(Explain),
    /// Decide requests by policies: what would session tag X=Y change?
    Simulate(Simulate),
    /// Records without what tells of people and their organization, to send to somebody
    Redact(Redact),
    /// Stop all writing now, or that of one mapping
    Hold(Hold),
    /// Let writing go on
    Resume(Resume),
    /// Undo one fix, if what it made is there and nobody else's; a dry run unless --apply
    Rollback(Rollback),
    /// What Tagmend did, what it means, and what to do first
    Review(Review),
    /// Drift and ABAC gaps of a whole instance, before users meet them
    Scan(Scan),
    /// The approved state: write a first one, compare it, approve policies
    #[command(subcommand)]
    Baseline(Baseline),
    /// The journal: begin it, once, before anything is written
    #[command(subcommand)]
    Journal(Journal),
    /// Look at a whole installation, change nothing, and say what is missing
    Doctor(Doctor),
    /// Serve the sandbox for the AWS CLI, cargo lambda, or anything else
    Sandbox(Sandbox),
    /// Print what a shell has to be told to complete this command
    Completions(Completions),
    /// Write man pages
    Man(Man),
}

/// `tagmend completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `tagmend man`
#[derive(Debug, Args)]
pub struct Man {
    /// The folder to write them to
    pub folder: PathBuf,
}

/// Where AWS is.
#[derive(Clone, Debug, Args)]
pub struct Where {
    /// Use the caller's AWS credentials instead of the embedded sandbox
    #[arg(long, requires_all = ["region", "journal_bucket"], conflicts_with_all = ["world", "state"])]
    pub live: bool,
    /// The primary Region of the instance, with --live
    #[arg(long, requires = "live")]
    pub region: Option<String>,
    /// The bucket of the journal, with --live
    #[arg(long, requires = "live")]
    pub journal_bucket: Option<String>,
    /// A role that reads in member accounts (infra/member.yaml), with --live; without it less is seen
    #[arg(long, requires = "live")]
    pub reader_role: Option<String>,
    /// The external id that the reader role asks for
    #[arg(long, requires = "reader_role")]
    pub reader_external_id: Option<String>,
    /// Read what AWS keeps of denied calls that have an authorization id (iam:GetRequestAuthorizationDetails), with --live
    #[arg(long, requires = "live")]
    pub authorization_details: bool,
    /// Calls a second to Identity Center, and to each API of the Identity Store, with --live; all of the instance's callers
    /// share 20, of which commands have 2
    #[arg(long, default_value_t = 2.0)]
    pub calls_per_second: f64,
    /// The baseline: a file, or the digest of one that `baseline publish` uploaded; with --live infra/baseline.json, else
    /// the baseline.json nearest above the world
    #[arg(long, value_name = "FILE|SHA256")]
    pub baseline: Option<PathBuf>,
    /// The sandbox's world; else the world.json nearest above each event, or the one that is built in
    #[arg(long)]
    pub world: Option<PathBuf>,
    /// Keep what the sandbox becomes in this folder, and go on from there
    #[arg(long)]
    pub state: Option<PathBuf>,
}

/// `tagmend replay`
#[derive(Debug, Args)]
pub struct Replay {
    /// CloudTrail records in anything that holds them (docs/replay.md lists the forms), folders of it, s3://BUCKET/PREFIX; - is standard input. Without any, the folder `events` of a checkout
    pub paths: Vec<PathBuf>,
    /// Write: make the changes that are planned
    #[arg(long, conflicts_with_all = ["only", "as_of_each_record"])]
    pub apply: bool,
    /// One JSON object a record; with --summary one in all
    #[arg(long)]
    pub json: bool,
    /// Only the answer: what was denied, by cause, permission set, account, service and day, and who has to do what
    #[arg(long)]
    pub summary: bool,
    /// Only these failures: cause=NAME,permission-set=NAME,user=NAME,account=ID, each once or more
    #[arg(long, value_name = "NAME=VALUE,...", default_value = "", hide_default_value = true)]
    pub only: Only,
    /// Read the event history of the caller's account and Region: management events of the last 90 days
    #[arg(long, conflicts_with_all = ["paths", "dead_letters", "athena"])]
    pub lookup: bool,
    /// Look at the messages of this queue, and leave them there; others do not see them for 30 seconds
    #[arg(long, value_name = "QUEUE_URL", conflicts_with_all = ["paths", "athena"])]
    pub dead_letters: Option<String>,
    /// Send the dead letters to this queue that its function would now treat; a dry run unless --apply, which heals nothing here
    #[arg(long, value_name = "QUEUE_URL", requires = "dead_letters",
          conflicts_with_all = ["summary", "only", "from", "to", "accounts", "as_of_each_record"])]
    pub redrive: Option<String>,
    /// Read the result of this query of Athena
    #[arg(long, value_name = "QUERY_ID", conflicts_with = "paths")]
    pub athena: Option<String>,
    /// Only failures since then: 2026-11-22 or 2026-11-22T10:00:00Z; of log files in S3, only those are read
    #[arg(long, value_parser = crate::time::read)]
    pub from: Option<Timestamp>,
    /// Only failures before then
    #[arg(long, value_parser = crate::time::read)]
    pub to: Option<Timestamp>,
    /// Only log files of these accounts, in S3
    #[arg(long, value_delimiter = ',', value_name = "ACCOUNT,...")]
    pub accounts: Vec<String>,
    /// See each record as of its own time, and say how many fixes would have been made against the limits
    #[arg(long)]
    pub as_of_each_record: bool,
    /// Draw what would have been, as a page for a browser: calls and fixes by time and cause
    #[arg(long, value_name = "FILE", requires = "as_of_each_record")]
    pub html: Option<PathBuf>,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// What holds exactly one record, or a place as replay prints it (FILE.gz#52, s3://BUCKET/KEY#52); - is standard input
    pub path: PathBuf,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Show the values of attributes and tags
    #[arg(long)]
    pub show_values: bool,
    /// Show every rule that was tried, in order, and what spoke against it
    #[arg(long, conflicts_with = "json")]
    pub rules: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend redact`
#[derive(Debug, Args)]
pub struct Redact {
    /// One JSON document: an EventBridge event, a CloudTrail record, a log file, lookup-events output; - is standard input
    pub path: PathBuf,
}

/// `tagmend hold`
#[derive(Debug, Args)]
pub struct Hold {
    /// Hold only the mapping of this session tag
    #[arg(long)]
    pub key: Option<String>,
    /// Hold the mapping of a key that neither the baseline nor the instance has: one that is gone on purpose
    #[arg(long, requires = "key")]
    pub force: bool,
    /// Only say what is held: who, why, since when, and what that stops
    #[arg(long, conflicts_with_all = ["key", "reason", "by"])]
    pub show: bool,
    /// Why, for those who find it
    #[arg(long)]
    pub reason: Option<String>,
    /// Who holds, for those who find it; else what USER says
    #[arg(long)]
    pub by: Option<String>,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend resume`
#[derive(Debug, Args)]
pub struct Resume {
    /// Resume only the mapping of this session tag
    #[arg(long, conflicts_with = "replace")]
    pub key: Option<String>,
    /// Resume although hold.json is of no form that is understood: it is replaced
    #[arg(long)]
    pub replace: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend journal`
#[derive(Debug, Subcommand)]
pub enum Journal {
    /// Say that the journal begins here; a dry run unless --apply
    Begin(Begin),
}

/// `tagmend journal begin`
#[derive(Debug, Args)]
pub struct Begin {
    /// Write: put the mark into the bucket, and a lease where there is none
    #[arg(long)]
    pub apply: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend rollback`
#[derive(Debug, Args)]
pub struct Rollback {
    /// The fix, as `replay --apply`, the log and the journal name it; without one, what can be undone is listed
    pub fix: Option<String>,
    /// CloudTrail's records of who wrote the mappings since the fix, as `aws cloudtrail lookup-events` prints them
    #[arg(long, conflicts_with = "nobody_else")]
    pub writes: Vec<PathBuf>,
    /// You know that nobody else took the mapping away and put it back since the fix
    #[arg(long)]
    pub nobody_else: bool,
    /// Write: take the mapping away
    #[arg(long, requires = "fix")]
    pub apply: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend review`
#[derive(Debug, Args)]
#[command(after_help = REVIEW_HELP)]
pub struct Review {
    /// The window: so long until now, as 24h, 90m or 7d
    #[arg(long, default_value = "24h", value_parser = length, conflicts_with_all = ["from", "alarm"])]
    pub last: SignedDuration,
    /// The window's beginning, as 2026-11-23T00:00:00Z
    #[arg(long, conflicts_with = "alarm")]
    pub from: Option<Timestamp>,
    /// The window's end; else now
    #[arg(long)]
    pub to: Option<Timestamp>,
    /// An alarm: its EventBridge event, its message by SNS, or `aws cloudwatch describe-alarms` output; - is standard input
    #[arg(long)]
    pub alarm: Option<PathBuf>,
    /// The alarm that rings, by its name in the template or in CloudWatch: what to do about it comes first
    #[arg(long, value_name = "NAME", conflicts_with = "alarm")]
    pub alarm_name: Option<TemplateAlarm>,
    /// One JSON object
    #[arg(long, group = "form")]
    pub json: bool,
    /// A row a change
    #[arg(long, group = "form")]
    pub csv: bool,
    /// For a ticket
    #[arg(long, group = "form")]
    pub markdown: bool,
    /// Also as one HTML page that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Name users, for whoever may read the installation's key
    #[arg(long)]
    pub names: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// What could not be read is named, and a review is made of the rest.
const REVIEW_HELP: &str = "The first line is the verdict: limit, loop, wave, deployment, IdP, one caller, plan only or quiet; docs/review.md has the thresholds. A window of more than 16 days begins at midnight UTC.\n\nWhatever happened, the exit code is 0 where everything was read.";

fn length(text: &str) -> Result<SignedDuration, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1_440,
        _ => return Err("not a number with m, h or d".to_owned()),
    };
    let number: u32 = number.parse().map_err(|_| "not a number with m, h or d".to_owned())?;
    if number == 0 {
        Err("no time at all".to_owned())
    } else {
        Ok(SignedDuration::from_mins(i64::from(number) * minutes))
    }
}

/// `tagmend simulate`
#[derive(Debug, Args)]
#[command(after_help = SIMULATE_HELP)]
pub struct Simulate {
    /// JSON lines, plain or .gz; - is standard input
    pub path: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Give a context key this value in every request; again for several values
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<(String, String)>,
    /// Take a context key out of every request
    #[arg(long, value_name = "KEY")]
    pub unset: Vec<String>,
    /// Take a context key for unknown in every request
    #[arg(long, value_name = "KEY")]
    pub unknown: Vec<String>,
    /// Look for the smallest set of absent keys that would flip a denial, with values that the policies suggest
    #[arg(long)]
    pub what_if: bool,
}

/// What a line is, for `--help`.
const SIMULATE_HELP: &str = r#"A line: {"id"?, "policies": [...], "boundary"?: [...], "session"?: [...], "scps"?: [[...], ...], "rcps"?: [...],
  "request": {"action", "resource"?: {"arn"?, "accountId"?}, "principal"?, "context"?: {KEY: value or list}, "unknown"?: [KEY, ...]}}
Policies are objects, or strings that hold one. SCPs are levels, from the root down. Context keys that are not there are
absent; a resource that is not there is unknown. One object may also go over several lines. --what-if tries values that
conditions name, the other side of a comparison, and the part of the resource that a variable stands for; it says where
nothing it tried flips the denial, and where there was too much to try.
Whatever is decided, the exit code is 0 where every line could be read."#;

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("not KEY=VALUE".to_owned()),
    }
}

/// `tagmend scan`
#[derive(Debug, Args)]
pub struct Scan {
    /// One JSON object a finding
    #[arg(long)]
    pub json: bool,
    /// Exit with 2 where something is found
    #[arg(long)]
    pub exit_code: bool,
    /// A file for what was seen so far: who is interrupted starts the same scan again and goes on there. It is gone when the
    /// scan is whole
    #[arg(long)]
    pub keep: Option<PathBuf>,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend doctor`
#[derive(Debug, Args)]
#[command(after_help = "What was not seen is no pass: it ends with 2, as what is to be done.")]
pub struct Doctor {
    /// The name of Tagmend's stack; else what own_roles of the baseline say
    #[arg(long)]
    pub stack: Option<String>,
    /// One JSON object (docs/schemas/doctor.json)
    #[arg(long)]
    pub json: bool,
    /// Findings of these checks are told, and do not count for the exit code
    #[arg(long, value_delimiter = ',', value_name = "CHECK,...")]
    pub accept: Vec<String>,
    /// Regions that people work in, from which every account has to forward, besides the instance's and that of global services
    #[arg(long, value_delimiter = ',', value_name = "REGION,...")]
    pub regions: Vec<String>,
    /// Instead, whether what is there bears out what Tagmend believes of AWS and no page confirms
    #[arg(long)]
    pub assumptions: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend sandbox`
#[derive(Debug, Args)]
pub struct Sandbox {
    /// The world; else the one that is built in
    #[arg(long)]
    pub world: Option<PathBuf>,
    /// An organization of this size instead, with AWS's quotas of calls a second in force, as
    /// accounts=300,permission-sets=3500,users=50000,seed=1
    #[arg(long, conflicts_with = "world")]
    pub organization: Option<Organization>,
    /// The port on the loopback interface
    #[arg(long, default_value_t = 4567)]
    pub port: u16,
}
