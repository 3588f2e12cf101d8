//! The command line as `--help`, completions and man pages show it: with examples and the table of exit codes.

use clap::{Command, CommandFactory};

use crate::arguments::Arguments;
use crate::exit::Exit;

/// Commands by their words, with what people type. What stands after `#` says what for.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "replay",
        &[
            "tagmend replay events                            # a folder, on the sandbox: a dry run",
            "zcat log.json.gz | tagmend replay - --summary    # the answer alone",
            "tagmend replay s3://my-trail/AWSLogs --from 2026-11-22 --accounts 111122223333",
            "tagmend replay event.json --live --region eu-west-1 --journal-bucket tagmend-journal-111122223333 --apply",
        ],
    ),
    (
        "explain",
        &[
            "tagmend explain events/mapping-missing/explicit-deny.json",
            "tagmend explain 'log.json.gz#52' --rules    # the 52nd record, as replay names it",
        ],
    ),
    (
        "simulate",
        &[
            "tagmend simulate docs/requests.jsonl --set aws:PrincipalTag/Department=Finance",
            "tagmend simulate docs/requests.jsonl --what-if --json",
        ],
    ),
    ("redact", &["tagmend redact record.json > redacted.json"]),
    (
        "hold",
        &[
            "tagmend hold --show --live --region eu-west-1 --journal-bucket tagmend-journal-111122223333",
            "tagmend hold --key Department --reason 'HR moves the field' --state .replay",
        ],
    ),
    ("resume", &["tagmend resume --key Department --state .replay"]),
    (
        "rollback",
        &[
            "tagmend rollback --state .replay    # what can be undone",
            "tagmend rollback 20261123T120000.000Z/restore_mapping/Department --nobody-else --apply --state .replay",
        ],
    ),
    (
        "review",
        &[
            "tagmend review --last 7d --live --region eu-west-1 --journal-bucket tagmend-journal-111122223333",
            "tagmend review --alarm alarm.json --html review.html",
        ],
    ),
    (
        "scan",
        &[
            "tagmend scan --exit-code    # for a pipeline: 2 where something is found",
            "tagmend scan --keep scan.json --live --region eu-west-1 --journal-bucket tagmend-journal-111122223333",
        ],
    ),
    ("baseline init", &["tagmend baseline init --live --region eu-west-1 --output infra/baseline.json"]),
    ("baseline check", &["tagmend baseline check --exit-code --baseline events/baseline.json"]),
    (
        "baseline approve",
        &[
            "tagmend baseline approve Deployer --baseline events/baseline.json",
            "tagmend baseline approve 'Finance*' --apply --baseline events/baseline.json",
        ],
    ),
    ("baseline publish", &["tagmend baseline publish --baseline events/baseline.json --apply"]),
    ("baseline grants", &["tagmend baseline grants --baseline infra/baseline.json --output grants.yaml"]),
    (
        "doctor",
        &[
            "tagmend doctor --live --region eu-west-1 --journal-bucket tagmend-journal-111122223333",
            "tagmend doctor --json --accept mode    # for a pipeline: 2 where something is to be done",
        ],
    ),
    ("journal begin", &["tagmend journal begin --state .replay --apply"]),
    ("sandbox", &["tagmend sandbox --port 4567    # prints what to export for the AWS CLI"]),
];

/// The whole command line.
pub fn command() -> Command {
    let command = Arguments::command().version(crate::version::long());
    with_help(command, "")
}

fn with_help(command: Command, above: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let mut command = command;
    for name in names {
        let path = format!("{above} {name}").trim_start().to_owned();
        command = command.mut_subcommand(name, |below| with_help(below, &path));
    }
    let said = command.get_after_help().map(ToString::to_string);
    let examples = EXAMPLES.iter().find(|(path, _)| *path == above).map(|(_, examples)| {
        let lines: String = examples.iter().map(|example| format!("\n  {example}")).collect();
        format!("Examples:{lines}")
    });
    let parts: Vec<String> = said.into_iter().chain(examples).chain([exit_codes()]).collect();
    command.after_help(parts.join("\n\n"))
}

fn exit_codes() -> String {
    let line = |exit: &Exit| format!("\n  {:>3}  {}", *exit as u8, exit.meaning());
    format!("Exit codes:{}", Exit::ALL.iter().map(line).collect::<String>())
}
