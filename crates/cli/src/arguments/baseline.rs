//! Those of `tagmend baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Where;

/// `tagmend baseline`
#[derive(Debug, Subcommand)]
pub enum Baseline {
    /// Write a first baseline from an instance as it stands; it heals nothing yet
    Init(Init),
    /// Compare the baseline with the instance
    Check(Check),
    /// Write the digest of a permission set's live policies; a dry run unless --apply
    Approve(Approve),
    /// Upload the baseline, and say how to put it in force; a dry run unless --apply
    Publish(Publish),
    /// Say what the stack has to be told so that heal may provision what the baseline approves
    Grants(Grants),
}

/// `tagmend baseline grants`
#[derive(Debug, Args)]
pub struct Grants {
    /// The baseline
    #[arg(long, default_value = "infra/baseline.json")]
    pub baseline: PathBuf,
    /// The name of Tagmend's stack: the role is STACK-heal
    #[arg(long, default_value = "tagmend")]
    pub stack: String,
    /// A file that is not there yet, for a template of managed policies where a list is too long for a parameter
    #[arg(long)]
    pub output: Option<PathBuf>,
}

/// `tagmend baseline publish`
#[derive(Debug, Args)]
#[command(after_help = PUBLISH_HELP)]
pub struct Publish {
    /// The digest that is in force: the stack's parameter BaselineSha256. Without it, the baseline that is built in is
    #[arg(long)]
    pub in_force: Option<String>,
    /// The name of Tagmend's stack, for the command that puts the baseline in force
    #[arg(long, default_value = "tagmend")]
    pub stack: String,
    /// Write: upload the baseline. Nothing is in force before the stack's parameter has its digest
    #[arg(long)]
    pub apply: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

const PUBLISH_HELP: &str = "What is in force: aws cloudformation describe-stacks --stack-name STACK --query \
    \"Stacks[0].Parameters[?ParameterKey=='BaselineSha256'].ParameterValue\" --output text";

/// `tagmend baseline init`
#[derive(Debug, Args)]
pub struct Init {
    /// The organization's management account, which is never in scope. Where AWS Organizations answers, it says which that
    /// is, and another is refused
    #[arg(long)]
    pub management_account: Option<String>,
    /// The name of Tagmend's stack: its roles are STACK-heal and STACK-watch
    #[arg(long, default_value = "tagmend")]
    pub stack: String,
    /// The account of Tagmend's stack, where it is another one than the caller's
    #[arg(long)]
    pub stack_account: Option<String>,
    /// A file that is not there yet; else standard output. With it, a run that was interrupted goes on where it was: what
    /// was read lies in FILE.part
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// What `terraform show -json` printed of a state or a plan: mappings and policies are taken from there, and with
    /// --live it is said in what the instance differs
    #[arg(long)]
    pub terraform: Option<PathBuf>,
    /// The identity store, with --terraform, where no data source names it
    #[arg(long, requires = "terraform")]
    pub identity_store_id: Option<String>,
    /// Calls a second to Identity Center, with --live: nearly half of what all of the instance's callers share, as nothing
    /// else of Tagmend runs before the first baseline. Where something does: 2
    #[arg(long, default_value_t = 9.5)]
    pub calls_per_second: f64,
    /// Use the caller's AWS credentials instead of the embedded sandbox
    #[arg(long, requires = "region", conflicts_with = "world")]
    pub live: bool,
    /// The primary Region of the instance, with --live
    #[arg(long, requires = "live")]
    pub region: Option<String>,
    /// The sandbox's world; else the one that is built in
    #[arg(long)]
    pub world: Option<PathBuf>,
}

/// `tagmend baseline check`
#[derive(Debug, Args)]
pub struct Check {
    /// One JSON object a finding
    #[arg(long)]
    pub json: bool,
    /// Exit with 2 where something is found
    #[arg(long)]
    pub exit_code: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}

/// `tagmend baseline approve`
#[derive(Clone, Debug, Args)]
pub struct Approve {
    /// The permission set's name, as the baseline has it; with * and ? for many
    #[arg(required_unless_present_any = ["all", "changed"], conflicts_with_all = ["all", "changed"], default_value = "*")]
    pub name: String,
    /// Every permission set of the baseline
    #[arg(long, conflicts_with = "changed")]
    pub all: bool,
    /// Those whose policies are not the approved ones in the index that watch builds
    #[arg(long)]
    pub changed: bool,
    /// Write: the digest into the baseline file, the policies into the journal
    #[arg(long)]
    pub apply: bool,
    /// Approve in spite of errors that Access Analyzer finds
    #[arg(long)]
    pub accept_errors: bool,
    /// Approve access that was not approved before
    #[arg(long)]
    pub accept_new_access: bool,
    /// Approve though what was approved last is not in the journal, and nothing can be compared
    #[arg(long)]
    pub accept_uncompared: bool,
    /// Approve what the lines that begin with LOOK say
    #[arg(long)]
    pub accept_look: bool,
    /// Where AWS is.
    #[command(flatten)]
    pub place: Where,
}
