//! Charts as SVG. Each can be read without colour: bars carry the letter of their cause, spans the word of their state.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::figure::count;
use super::text::letters;
use crate::charts::{Bar, Charts, FunnelStep};
use crate::timeline::{State, Timeline};
use crate::window::Window;

/// A chart that could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chart cannot be drawn: {0}")]
pub struct DrawError(String);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error + 'static>>;

/// Colours of causes; the page's style gives each its darker or lighter sister. They differ in lightness too.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x1F, 0x4E, 0x8C),
    RGBColor(0xC4, 0x6A, 0x1B),
    RGBColor(0x2E, 0x7D, 0x5B),
    RGBColor(0x8A, 0x5A, 0xA8),
    RGBColor(0x9A, 0x8A, 0x1F),
    RGBColor(0xA8, 0x3A, 0x4A),
];
/// Of what is there, and of what is gone.
const THERE: RGBColor = RGBColor(0x2E, 0x7D, 0x5B);
const GONE: RGBColor = RGBColor(0xA8, 0x3A, 0x4A);
const WIDTH: u32 = 860;
/// Room of a row of a timeline.
const ROW: usize = 34;

fn drawn(height: u32, draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, DrawError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw(&area).and_then(|()| Ok(area.present()?)).map_err(|error| DrawError(error.to_string()))?;
    }
    Ok(svg)
}

fn colour(index: usize) -> RGBColor {
    COLOURS.get(index % COLOURS.len()).copied().unwrap_or(BLACK)
}

fn centred(colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", 12).into_font().color(&colour).pos(Pos::new(HPos::Center, VPos::Center))
}

/// Stacked bars with letters, over an axis that `label` names.
fn stacked(
    area: &Area<'_>,
    columns: &[Vec<usize>],
    line: Option<f64>,
    label: &dyn Fn(usize) -> String,
) -> Drawn {
    let most = columns.iter().map(|column| column.iter().sum::<usize>()).max().unwrap_or(0) as f64;
    let top = most.max(line.unwrap_or(0.0)).max(1.0) * 1.15;
    let length = columns.len().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .x_label_area_size(26)
        .y_label_area_size(40)
        .build_cartesian_2d(0.0..length, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(8)
        .y_labels(5)
        .x_label_formatter(&|x| if *x < length { label(*x as usize) } else { String::new() })
        .y_label_formatter(&|y| if y.fract() == 0.0 { format!("{y}") } else { String::new() })
        .draw()?;
    for (index, column) in columns.iter().enumerate() {
        let (left, right) = (index as f64 + 0.08, index as f64 + 0.92);
        let mut base = 0.0;
        for (cause, count) in column.iter().enumerate().filter(|(_, count)| **count > 0) {
            let upper = base + *count as f64;
            chart.draw_series([Rectangle::new([(left, base), (right, upper)], colour(cause).filled())])?;
            let letter = letters().nth(cause).unwrap_or('?').to_string();
            let middle = (index as f64 + 0.5, (base + upper) / 2.0);
            chart.draw_series([Text::new(letter, middle, centred(WHITE))])?;
            base = upper;
        }
    }
    if let Some(line) = line {
        let points = [(0.0, line), (length, line)];
        chart.draw_series(DashedLineSeries::new(points, 6, 4, BLACK.stroke_width(2)))?;
        let style = ("sans-serif", 12).into_font().color(&BLACK).pos(Pos::new(HPos::Right, VPos::Bottom));
        chart.draw_series([Text::new(format!("the alarm's line: {line}"), (length, line), style)])?;
    }
    Ok(())
}

/// Fixes by time and cause, with the alarm's line.
pub(super) fn fixes_by_time(charts: &Charts, causes: &[&str]) -> Result<String, DrawError> {
    by_time(&charts.fixes_by_time, charts.bar_seconds, charts.alarm_line, causes)
}

/// Bars of causes, each from its time on.
pub(super) fn by_time(
    bars: &[Bar],
    bar_seconds: i64,
    line: Option<f64>,
    causes: &[&str],
) -> Result<String, DrawError> {
    let columns: Vec<Vec<usize>> = bars
        .iter()
        .map(|bar| causes.iter().map(|cause| bar.fixes.get(*cause).copied().unwrap_or_default()).collect())
        .collect();
    let format = if bar_seconds < 86_400 { "%m-%d %H:%M" } else { "%Y-%m-%d" };
    let label =
        |index: usize| bars.get(index).map(|bar| bar.from.strftime(format).to_string()).unwrap_or_default();
    drawn(240, |area| stacked(area, &columns, line, &label))
}

/// Fixes by hour of the day and cause.
pub(super) fn hours(hours: &[BTreeMap<String, usize>], causes: &[&str]) -> Result<String, DrawError> {
    let columns: Vec<Vec<usize>> = hours
        .iter()
        .map(|hour| causes.iter().map(|cause| hour.get(*cause).copied().unwrap_or_default()).collect())
        .collect();
    drawn(200, |area| stacked(area, &columns, None, &|hour| format!("{hour:02}")))
}

/// From denied to held. The bars are of the square root, so that a few fixes show beside many denials; numbers are beside.
pub(super) fn funnel(steps: &[FunnelStep]) -> Result<String, DrawError> {
    let length = steps.len().max(1) as f64;
    let most = steps.iter().filter_map(|step| step.count).max().unwrap_or(0).max(1) as f64;
    drawn(190, |area| {
        let mut chart = ChartBuilder::on(area).margin(6).build_cartesian_2d(-0.2..1.1_f64, 0.0..length)?;
        for (index, step) in steps.iter().enumerate() {
            let top = length - index as f64;
            let share = (step.count.unwrap_or_default() as f64 / most).sqrt();
            let bar = [(0.0, top - 0.88), (share, top - 0.12)];
            chart.draw_series([Rectangle::new(bar, colour(0).filled())])?;
            let right = ("sans-serif", 13).into_font().color(&BLACK).pos(Pos::new(HPos::Right, VPos::Center));
            let left = ("sans-serif", 13).into_font().color(&BLACK).pos(Pos::new(HPos::Left, VPos::Center));
            chart.draw_series([Text::new(step.step.clone(), (-0.01, top - 0.5), right)])?;
            chart.draw_series([Text::new(count(step.count), (share + 0.01, top - 0.5), left)])?;
        }
        Ok(())
    })
}

/// Minutes from the first denial until the fix was seen, a cross for each fix.
pub(super) fn minutes(charts: &Charts, window: Window) -> Result<String, DrawError> {
    let (from, to) = (window.from.as_second() as f64, window.to.as_second() as f64);
    let top = charts.minutes.iter().map(|one| one.minutes).fold(1.0_f64, f64::max) * 1.1;
    drawn(220, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(26)
            .y_label_area_size(48)
            .build_cartesian_2d(from..to, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(6)
            .y_labels(5)
            .x_label_formatter(&|second| day_and_hour(*second))
            .y_label_formatter(&|minutes| format!("{minutes:.1} min"))
            .draw()?;
        let crosses = charts
            .minutes
            .iter()
            .map(|one| Cross::new((one.time.as_second() as f64, one.minutes), 5, BLACK.stroke_width(2)));
        chart.draw_series(crosses)?;
        Ok(())
    })
}

fn day_and_hour(second: f64) -> String {
    Timestamp::from_second(second as i64)
        .map(|time| time.strftime("%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// Each mapping over time: a full bar where it was there, a hollow one where it was gone, a thin line where nothing tells.
pub(super) fn timelines(timelines: &[Timeline], window: Window) -> Result<String, DrawError> {
    let (from, to) = (window.from.as_second() as f64, window.to.as_second() as f64);
    let rows = timelines.len().max(1);
    let height = u32::try_from(rows * ROW + 44).unwrap_or(u32::MAX);
    drawn(height, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(26)
            .y_label_area_size(40)
            .build_cartesian_2d(from..to, 0.0..rows as f64)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(6)
            .y_labels(0)
            .x_label_formatter(&|second| day_and_hour(*second))
            .draw()?;
        for (index, timeline) in timelines.iter().enumerate() {
            let middle = (rows - index) as f64 - 0.5;
            let number = ("sans-serif", 12).into_font().color(&BLACK).pos(Pos::new(HPos::Left, VPos::Bottom));
            chart.draw_series([Text::new(format!("{}", index + 1), (from, middle + 0.28), number)])?;
            for span in &timeline.spans {
                let (left, right) = (span.from.as_second() as f64, span.to.as_second() as f64);
                let bar = [(left, middle - 0.25), (right, middle + 0.25)];
                match span.state {
                    State::There => chart.draw_series([Rectangle::new(bar, THERE.filled())])?,
                    State::Gone => chart.draw_series([Rectangle::new(bar, GONE.stroke_width(2))])?,
                    State::Unknown => chart.draw_series([Rectangle::new(
                        [(left, middle - 0.02), (right, middle + 0.02)],
                        BLACK.filled(),
                    )])?,
                };
                let (word, colour) = match span.state {
                    State::There => ("there", WHITE),
                    State::Gone => ("gone", GONE),
                    State::Unknown => continue,
                };
                // A word that does not fit says nothing.
                if (right - left) / (to - from) > 0.06 {
                    chart.draw_series([Text::new(word, ((left + right) / 2.0, middle), centred(colour))])?;
                }
            }
        }
        Ok(())
    })
}
