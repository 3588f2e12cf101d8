//! `tagmend explain`: one record, argued as a person would.

mod evaluated;
mod observed;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tagmend_diagnosis::{Cause, DeliveryError, Diagnosis, Failure, Plan, advice};
use tagmend_records::{Content, End};
use tagmend_remedy::{Step, Treated, Treatment};

use crate::arguments::Explain;
use crate::exit::Exit;
use crate::grid::broken;
use crate::input::files::LeftOut;
use crate::input::stream::{Next, Reading};
use crate::input::{self, From, Input};
use crate::known::Known;
use crate::place::{Depth, Intent, Scenes, Seen};
use crate::screen::{Mark, Screen};
use crate::text::{escaped, json_line};
use crate::way_out::Ways;
use crate::{json, related};
use evaluated::evaluated;
use observed::observed;

pub(crate) async fn run(arguments: Explain, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let input = one(&arguments.path).await?;
    let mut scenes = Scenes::new(&arguments.place, Intent::Plan, Depth::Full);
    let (seen, changes, _) = scenes.treat(vec![input], None).await?;
    scenes.say_where();
    let known = scenes.known(arguments.path.display().to_string());
    let text: String = seen
        .iter()
        .map(|seen| match arguments.json {
            true => json_line(&json::record(seen)),
            false => shown(&text(&seen.treated, &arguments, &known), screen),
        })
        .collect();
    let mut ways_out = Ways::default();
    for seen in &seen {
        if let Treated::Failure(_, Treatment::Unanswered(error)) = &seen.treated {
            ways_out.add(&arguments.place, error);
        }
    }
    ways_out.say();
    let is_undecided = |seen: &Seen| {
        matches!(seen.treated, Treated::Unreadable(_) | Treated::Failure(_, Treatment::Unanswered(_)))
    };
    let exit = match (seen.iter().any(is_undecided), changes.is_empty()) {
        (true, _) => Exit::Error,
        (false, true) => Exit::Done,
        (false, false) => Exit::Planned,
    };
    exit.after(out.write_all(text.as_bytes()).map_err(Into::into))
}

/// The one record of a file, or the one that a place names as `replay` prints it: `FILE#52`.
async fn one(path: &Path) -> Result<Input> {
    let (file, number) = match path.to_str().and_then(|text| text.rsplit_once('#')) {
        Some((file, number)) if !path.exists() => match number.parse::<u64>() {
            Ok(number) => (PathBuf::from(file), Some(number)),
            Err(_) => (path.to_owned(), None),
        },
        _ => (path.to_owned(), None),
    };
    let mut left_out = LeftOut::default();
    let from = From { paths: &[file], ..From::default() };
    let (sources, _) = input::sources(from, &mut left_out).await?;
    let mut reading = Reading::new(sources);
    let (mut count, mut found) = (0_u64, None);
    while let Some(next) = reading.next().await? {
        let inputs = match next {
            Next::Found(inputs) => inputs,
            Next::Ended(source, Ok(End::Unknown(reason))) if !source.is_found => {
                let content = Content::Unreadable(DeliveryError { place: "$".to_owned(), reason });
                vec![Input { source, number: None, content }]
            }
            Next::Ended(source, Err(error)) if !source.is_found => {
                return Err(error).with_context(|| source.name.clone());
            }
            Next::Ended(..) => continue,
        };
        for input in inputs {
            count += 1;
            if number.is_none_or(|number| number == count) {
                let is_asked_for = number.is_some();
                found = found.or(Some(input));
                if is_asked_for {
                    return found.context("a record");
                }
            }
        }
    }
    match (found, count, number) {
        (Some(input), 1, None) => Ok(input),
        (_, count, None) => {
            bail!("{} holds {count} records; explain takes exactly one: FILE#NUMBER", path.display())
        }
        (_, count, Some(_)) => bail!("{}: there are {count} records", path.display()),
    }
}

/// On a screen: headings stand out, and what does not fit goes on below its beginning.
fn shown(text: &str, screen: Screen) -> String {
    let line = |line: &str| {
        let before = line.len() - line.trim_start().len();
        let Some(label) = line.get(before..).filter(|_| before > 0) else {
            return if line.is_empty() { "\n".to_owned() } else { screen.bold(line) + "\n" };
        };
        // What is to be copied stays in one piece.
        if label.starts_with("begin with ") || label.starts_with("see  ") {
            return format!("{line}\n");
        }
        // A value stands below its own beginning, a sentence below its first word.
        let after = label.find("  ").and_then(|gap| label.get(gap..));
        let value = after.map(|after| label.len() - after.trim_start().len());
        let indent = before + value.filter(|value| *value < 24).unwrap_or(0);
        let (head, rest) = line.split_at_checked(indent).unwrap_or(("", line));
        let text = format!("{head}{}\n", broken(rest, screen.line(), indent));
        match line.trim_start().starts_with("Tagmend would") {
            true => screen.marked(Mark::Planned, &text),
            false => text,
        }
    };
    text.lines().map(line).collect()
}

fn text(treated: &Treated, arguments: &Explain, known: &Known) -> String {
    match treated {
        Treated::Unreadable(error) => format!("cannot be read: {error}\n"),
        Treated::Repeated { failure, of } => {
            format!("{}tells of the same call as record {}\n", observed(failure, &[]), escaped(of))
        }
        Treated::Related(related) => related::explanation(related, known),
        Treated::PassedOver => "neither denied nor throttled\n".to_owned(),
        Treated::Failure(failure, Treatment::Unanswered(error)) => {
            format!("{}AWS did not answer: {error}\n", observed(failure, &[]))
        }
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan }) => {
            let is_not_understood = diagnosis.cause == Cause::Undetermined
                && failure.message.residue.as_ref().is_some_and(|residue| !residue.is_cut());
            [
                observed(failure, &diagnosis.last_changes),
                evaluated(diagnosis, arguments.show_values),
                concluded(failure, diagnosis, plan, known),
                if is_not_understood { SEND.to_owned() } else { String::new() },
                if arguments.rules { tried(diagnosis) } else { String::new() },
                format!("\nRule\n  {}: {}\n", diagnosis.rule.id, diagnosis.rule.when),
            ]
            .concat()
        }
    }
}

/// How to send words that nobody here understands.
const SEND: &str = "  send the words  https://github.com/tagmend/tagmend/issues/new?template=unknown-message.md, as \
                    CONTRIBUTING.md says under `Send a message that Tagmend does not know`\n";

fn concluded(failure: &Failure, diagnosis: &Diagnosis, plan: &Plan<Step>, known: &Known) -> String {
    let mut text = format!("\nConcluded\n  {}", diagnosis.cause.title());
    if !diagnosis.keys.is_empty() {
        text.push_str(&format!(": {}", diagnosis.keys.join(", ")));
    }
    text.push('\n');
    for sentence in &diagnosis.evidence.sentences {
        text.push_str(&format!("  - {sentence}\n"));
    }
    let about = diagnosis.cause.about();
    text.push_str(&format!("\nWhat would change it\n  {}\n\nWhat to do\n", about.would_change));
    match plan {
        Plan::Changes(steps) => {
            for step in steps {
                text.push_str(&format!("  Tagmend would {}\n", step.change));
            }
            for radius in steps.iter().filter_map(|step| step.radius) {
                text.push_str(&format!("  {radius}\n"));
            }
        }
        Plan::Nothing(reason) => text.push_str(&format!("  Tagmend changes nothing: {reason}\n")),
    }
    let advice = advice(failure, diagnosis, plan);
    if !matches!(plan, Plan::Nothing(reason) if reason.to_string() == advice.text) {
        text.push_str(&format!("  {}\n", advice.text));
    }
    text.push_str(&format!("\nWhom to ask\n  {}\n", advice.actor));
    if let Some(command) = &advice.command {
        text.push_str(&known.begin_with(command, failure.account.as_deref()));
    }
    text.push_str(&format!("  see          {}\n", advice.page));
    harmless_lines(&text)
}

/// Every rule that was tried, in order, and what spoke against it.
fn tried(diagnosis: &Diagnosis) -> String {
    let lines = diagnosis.tried.iter().map(|tried| match tried.against {
        Some(against) => format!("  no   {}: {against}\n", tried.rule.id),
        None => format!("  no   {}: it is not so that {}\n", tried.rule.id, tried.rule.when),
    });
    format!("\nRules that were tried\n{}  yes  {}\n", lines.collect::<String>(), diagnosis.rule.id)
}

fn harmless_lines(text: &str) -> String {
    text.lines().map(|line| escaped(line) + "\n").collect()
}
