//! Tables that fit the screen: columns as wide as they need, no break within a word. Where even that is too wide, each row
//! is a paragraph instead, with a line a cell.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use console::measure_text_width;

use crate::screen::{Mark, Screen, legend};

/// A table before it has a width.
#[derive(Debug)]
pub(crate) struct Grid {
    header: Vec<&'static str>,
    rows: Vec<(Mark, Vec<String>)>,
}

impl Grid {
    pub(crate) fn new(header: impl Into<Vec<&'static str>>) -> Grid {
        Grid { header: header.into(), rows: Vec::new() }
    }

    /// A row has a cell a column.
    pub(crate) fn add(&mut self, mark: Mark, cells: impl Into<Vec<String>>) {
        self.rows.push((mark, cells.into()));
    }

    /// The table with its legend, and the end of its last line.
    pub(crate) fn shown(&self, screen: Screen) -> String {
        let marks = legend(self.rows.iter().map(|(mark, _)| *mark));
        let has_marks = !marks.is_empty();
        let narrowest = self.narrowest(has_marks);
        // A line before, between and after, and a space on either side.
        let frame = 3 * narrowest.len() + 1;
        let shown = match fitted(narrowest, usize::from(screen.width()).saturating_sub(frame)) {
            Some(widths) => self.table(&widths, has_marks, screen),
            None => self.paragraphs(has_marks, screen),
        };
        format!("{shown}{marks}")
    }

    /// The longest word of each column.
    fn narrowest(&self, has_marks: bool) -> Vec<usize> {
        let longest = |text: &str| text.split_whitespace().map(measure_text_width).max().unwrap_or(0);
        let of_column = |(index, header): (usize, &&str)| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(index));
            cells.map(|cell| longest(cell)).chain([longest(header)]).max().unwrap_or(0)
        };
        let columns = self.header.iter().enumerate().map(of_column);
        has_marks.then_some(1).into_iter().chain(columns).collect()
    }

    fn table(&self, narrowest: &[usize], has_marks: bool, screen: Screen) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(screen.width());
        let sign = |mark: Mark| has_marks.then(|| mark.sign().to_owned()).into_iter();
        table.set_header(sign(Mark::None).chain(self.header.iter().map(|name| (*name).to_owned())));
        for (mark, cells) in &self.rows {
            table.add_row(sign(*mark).chain(cells.iter().cloned()));
        }
        for (column, narrowest) in table.column_iter_mut().zip(narrowest) {
            let width = u16::try_from(narrowest + 2).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
        let mut marks = self.rows.iter().map(|(mark, _)| *mark).filter(|mark| *mark != Mark::None);
        let mut next = marks.next();
        let coloured = |line: &str| match next {
            // A row's sign is on its first line, and the rows are in their order.
            Some(mark) if line.starts_with(&format!("│ {} ┆", mark.sign())) => {
                next = marks.next();
                line.replacen(mark.sign(), &screen.marked(mark, mark.sign()), 1) + "\n"
            }
            _ => format!("{line}\n"),
        };
        table.to_string().lines().map(coloured).collect()
    }

    fn paragraphs(&self, has_marks: bool, screen: Screen) -> String {
        let names = self.header.iter().skip(1).map(|name| measure_text_width(name)).max().unwrap_or(0);
        let mut text = String::new();
        for (mark, cells) in &self.rows {
            let mut cells = self.header.iter().zip(cells);
            if let Some((_, first)) = cells.next() {
                let sign = if has_marks { screen.marked(*mark, mark.sign()) + " " } else { String::new() };
                let indent = if has_marks { 2 } else { 0 };
                text.push_str(&(sign + &screen.bold(&broken(first, screen.width(), indent)) + "\n"));
            }
            for (name, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
                let cell = broken(cell, screen.width(), names + 6);
                text.push_str(&format!("    {name:<names$}  {cell}\n"));
            }
            text.push('\n');
        }
        text
    }
}

/// A column that has to be narrower than its longest word is at least as wide as this.
const LEAST: usize = 24;

/// Widths that fit the room: first of all the longest words, and where they do not fit, the widest columns narrower.
fn fitted(mut widths: Vec<usize>, room: usize) -> Option<Vec<usize>> {
    loop {
        let over = widths.iter().sum::<usize>().saturating_sub(room);
        if over == 0 {
            return Some(widths);
        }
        let widest = widths.iter_mut().max()?;
        let narrower = widest.saturating_sub(over.min(8)).max(LEAST);
        if narrower >= *widest {
            return None;
        }
        *widest = narrower;
    }
}

/// The text in lines that fit, each but the first with this indent. A word is broken only where it fits no line.
pub(crate) fn broken(text: &str, width: u16, indent: usize) -> String {
    let room = usize::from(width).saturating_sub(indent).max(1);
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in line.split(' ') {
            let is_first = current.is_empty();
            let length = measure_text_width(&current) + usize::from(!is_first) + measure_text_width(word);
            if length <= room {
                if !is_first {
                    current.push(' ');
                }
                current.push_str(word);
                continue;
            }
            if !is_first {
                lines.push(std::mem::take(&mut current));
            }
            for sign in word.chars() {
                if measure_text_width(&current) + measure_text_width(sign.encode_utf8(&mut [0; 4])) > room {
                    lines.push(std::mem::take(&mut current));
                }
                current.push(sign);
            }
        }
        lines.push(current);
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(["record", "why"]);
        grid.add(Mark::Planned, ["a/long-name-of-a-record".to_owned(), "because it was so".to_owned()]);
        grid.add(Mark::None, ["b".to_owned(), "no + reason".to_owned()]);
        grid
    }

    fn screen(columns: u16) -> Screen {
        Screen { columns: Some(columns), ..Screen::default() }
    }

    #[test]
    fn a_table_fits_and_breaks_no_word() {
        for columns in 44..80 {
            let shown = grid().shown(screen(columns));
            let widest = shown.lines().map(measure_text_width).max();
            assert!(widest <= Some(usize::from(columns)), "{columns}\n{shown}");
            assert!(shown.contains("a/long-name-of-a-record") && shown.contains('│'), "{shown}");
        }
    }

    #[test]
    fn an_id_is_broken_only_where_it_does_not_fit() {
        assert_eq!(fitted(vec![1, 30, 20], 51), Some(vec![1, 30, 20]));
        assert_eq!(fitted(vec![1, 100, 30], 71), Some(vec![1, 40, 30]));
        assert_eq!(fitted(vec![30, 30, 30], 71), None);
        let mut grid = grid();
        grid.add(Mark::None, ["an-id".repeat(20), "y".to_owned()]);
        let shown = grid.shown(screen(80));
        assert!(shown.contains('│') && shown.lines().all(|line| measure_text_width(line) <= 80), "{shown}");
    }

    #[test]
    fn what_does_not_fit_as_a_table_is_a_paragraph_a_row() {
        let mut grid = grid();
        grid.add(Mark::Undecided, ["c".to_owned(), "x".repeat(50)]);
        assert_eq!(
            grid.shown(screen(40)),
            format!(
                "+ a/long-name-of-a-record\n    why  because it was so\n\n  b\n    why  no + reason\n\n? c\n    why  {}\n         {}\n\n\
                 + planned   ? undecided\n",
                "x".repeat(31),
                "x".repeat(19)
            )
        );
    }

    #[test]
    fn colour_is_nothing_but_colour() {
        let plain = grid().shown(screen(60));
        let coloured = grid().shown(Screen { is_coloured: true, ..screen(60) });
        assert_ne!(plain, coloured);
        assert_eq!(plain, console::strip_ansi_codes(&coloured));
        assert_eq!(coloured.matches("\u{1b}[33m").count(), 1, "a sign within a cell is none: {coloured:?}");
    }
}
