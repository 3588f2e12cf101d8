//! The command as a process: its arguments, its exit code, and what an error or Ctrl-C says.

use std::ffi::OsString;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use clap::FromArgMatches;

use crate::arguments::{Arguments, Command, Where};
use crate::exit::Exit;
use crate::screen::Screen;
use crate::way_out::{Aims, aws_error};
use crate::{help, interrupts, run};

/// Runs a command line, its first word the program's name.
pub async fn process(words: Vec<OsString>) -> Exit {
    choose_colour(&words);
    let mut arguments = match help::command().try_get_matches_from(words) {
        Ok(matches) => match Arguments::from_arg_matches(&matches) {
            Ok(arguments) => arguments,
            Err(error) => return refused(&error),
        },
        Err(error) => return refused(&error),
    };
    arguments.screen = Screen::of_standard_output();
    interrupts::end_the_process(&arguments.command);
    let aims = Aims::of(&arguments.command);
    let mut out = std::io::stdout();
    match run(arguments, &mut out).await {
        Ok(exit) => exit,
        Err(error) => {
            let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
            anstream::eprintln!("{red}error:{red:#} {error:#}");
            if let Some(way_out) = aws_error(&error).and_then(|error| aims.way_out(error)) {
                eprintln!("{way_out}");
            }
            Exit::of(&error)
        }
    }
}

/// `--help` and `--version` are no errors; everything else that the parser refuses is one.
fn refused(error: &clap::Error) -> Exit {
    // Whoever closed the screen sees nothing of it.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// Before anything is parsed, so that what the parser says has the colour that was asked for.
fn choose_colour(words: &[OsString]) {
    let mut words = words.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let choice = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => continue,
        };
        match choice {
            Some("always") => anstream::ColorChoice::Always.write_global(),
            Some("never") => anstream::ColorChoice::Never.write_global(),
            _ => {}
        }
    }
}

impl Command {
    /// Where AWS is, for commands that ask it.
    pub(crate) fn place(&self) -> Option<&Where> {
        use crate::arguments::{Baseline, Journal};
        match self {
            Command::Replay(arguments) => Some(&arguments.place),
            Command::Explain(arguments) => Some(&arguments.place),
            Command::Hold(arguments) => Some(&arguments.place),
            Command::Resume(arguments) => Some(&arguments.place),
            Command::Rollback(arguments) => Some(&arguments.place),
            Command::Review(arguments) => Some(&arguments.place),
            Command::Scan(arguments) => Some(&arguments.place),
            Command::Doctor(arguments) => Some(&arguments.place),
            Command::Baseline(Baseline::Check(arguments)) => Some(&arguments.place),
            Command::Baseline(Baseline::Approve(arguments)) => Some(&arguments.place),
            Command::Baseline(Baseline::Publish(arguments)) => Some(&arguments.place),
            Command::Journal(Journal::Begin(arguments)) => Some(&arguments.place),
            _ => None,
        }
    }
}

/// What a command line that is taken would do; for tests.
///
/// # Errors
/// Where it is not taken.
pub fn parsed(words: &[&str]) -> Result<Arguments, clap::Error> {
    Arguments::from_arg_matches(&help::command().try_get_matches_from(words)?)
}
