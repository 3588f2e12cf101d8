//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::exit::HELP;

/// Self-healing ABAC for AWS IAM Identity Center.
#[derive(Debug, Parser)]
#[command(name = "tagmend", version, after_help = HELP)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Events to diagnosis to plan; a dry run unless --apply
    Replay(Replay),
    /// The same for one record, in depth
    Explain(Explain),
    /// Serve the sandbox for the AWS CLI, cargo lambda, or anything else
    Sandbox(Sandbox),
}

/// Where AWS is.
#[derive(Debug, Args)]
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
    /// The baseline; with --live infra/baseline.json, else the baseline.json nearest above the world
    #[arg(long)]
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
#[command(after_help = HELP)]
pub struct Replay {
    /// EventBridge events, CloudTrail records, log files (plain or .gz), lookup-events output, JSON lines, folders of these; - is standard input
    #[arg(default_value = "events")]
    pub paths: Vec<PathBuf>,
    /// Write: make the changes that are planned
    #[arg(long)]
    pub apply: bool,
    /// One JSON object a record
    #[arg(long)]
    pub json: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend explain`
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// What holds exactly one record; - is standard input
    pub path: PathBuf,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Show the values of attributes and tags
    #[arg(long)]
    pub show_values: bool,
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
    /// The port on the loopback interface
    #[arg(long, default_value_t = 4567)]
    pub port: u16,
}
