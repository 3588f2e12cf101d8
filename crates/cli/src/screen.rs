//! What is printed on: how wide, and whether in colour.

use std::io::IsTerminal;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// The width where nobody says one, as in a file.
const WIDTH: u16 = 170;
/// Narrower than this, nothing is laid out any more.
const NARROWEST: u16 = 40;

/// What standard output is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    /// Columns, where somebody says them.
    pub columns: Option<u16>,
    /// Rows, where it is a terminal.
    pub rows: Option<usize>,
    /// Whether it takes colour.
    pub is_coloured: bool,
    /// Whether it is a terminal.
    pub is_terminal: bool,
}

/// What stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Nothing is to be done about it.
    None,
    /// It would be changed.
    Planned,
    /// It was changed.
    Made,
    /// It failed.
    Failed,
    /// Nobody knows.
    Undecided,
}

impl Mark {
    /// A sign for screens without colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Mark::None => " ",
            Mark::Planned => "+",
            Mark::Made => "*",
            Mark::Failed => "!",
            Mark::Undecided => "?",
        }
    }

    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Mark::None => "",
            Mark::Planned => "planned",
            Mark::Made => "made",
            Mark::Failed => "failed",
            Mark::Undecided => "undecided",
        }
    }

    fn style(self) -> Style {
        let colour = match self {
            Mark::None => return Style::new(),
            Mark::Planned => AnsiColor::Yellow,
            Mark::Made => AnsiColor::Green,
            Mark::Failed => AnsiColor::Red,
            Mark::Undecided => AnsiColor::Magenta,
        };
        Style::new().fg_color(Some(colour.into())).bold()
    }
}

impl Screen {
    /// Standard output. On a terminal its own width counts, elsewhere that of `COLUMNS`.
    pub fn of_standard_output() -> Screen {
        let out = std::io::stdout();
        let is_terminal = out.is_terminal();
        let (rows, columns) = console::Term::stdout().size();
        let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        Screen {
            columns: if is_terminal { Some(columns) } else { said },
            rows: is_terminal.then_some(usize::from(rows)),
            is_coloured: AutoStream::choice(&out) != ColorChoice::Never,
            is_terminal,
        }
    }

    pub(crate) fn width(self) -> u16 {
        self.columns.unwrap_or(WIDTH).max(NARROWEST)
    }

    /// The width of text that is no table. Where nobody says one, a line stays whole, for programs that look for it.
    pub(crate) fn line(self) -> u16 {
        self.columns.map_or(u16::MAX, |columns| columns.max(NARROWEST))
    }

    /// In the colour of a mark.
    pub(crate) fn marked(self, mark: Mark, text: &str) -> String {
        self.styled(mark.style(), text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    fn styled(self, style: Style, text: &str) -> String {
        if self.is_coloured { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// What marks mean, as far as they occur; nothing where none does.
pub(crate) fn legend(marks: impl IntoIterator<Item = Mark>) -> String {
    let marks: std::collections::BTreeSet<Mark> = marks.into_iter().collect();
    let said = marks.iter().filter(|mark| **mark != Mark::None);
    let said: Vec<String> = said.map(|mark| format!("{} {}", mark.sign(), mark.meaning())).collect();
    if said.is_empty() { String::new() } else { format!("{}\n", said.join("   ")) }
}
