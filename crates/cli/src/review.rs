//! `tagmend review`: what Tagmend did, what it means, and what to do first.

mod convert;
mod list_writes;
mod progress;
mod read;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tagmend_review::alarm::Alarm;
use tagmend_review::place::Place;
use tagmend_review::print;
use tagmend_review::review::{Asked, Review, review};
use tagmend_review::window::Window;

use crate::arguments::{self, Where};
use crate::connection::{Connection, connect};
use crate::exit::Exit;
use crate::operate::world_path;
use crate::screen::Screen;
use crate::text::json_line;
use crate::way_out::Ways;
use crate::whereabouts::options;
use crate::whole;
use progress::Progress;

/// A longer window is of whole days: only those are kept for long.
pub(super) const LONGEST_OF_RUNS: SignedDuration = SignedDuration::from_hours(16 * 24);
/// The width where nobody says one.
const WIDTH: usize = 100;

pub(crate) async fn run(
    mut arguments: arguments::Review,
    screen: Screen,
    out: &mut (dyn Write + Send),
) -> Result<Exit> {
    let alarm = arguments.alarm.as_deref().map(read_alarm).transpose()?;
    if arguments.place.state.is_some() {
        arguments.place.world = world_path(&arguments.place);
    }
    let connection = connect(&arguments.place).await?;
    let window = window(&arguments, alarm.as_ref(), connection.time.clock.now())?;
    let place = place(&arguments.place, &connection);
    let progress = Progress::new(connection.rate());
    let history = Box::pin(read::history(&connection, window, arguments.names, &progress)).await;
    progress.end();
    connection.close()?;
    let review = review(&history, window, Asked { alarm, of_template: arguments.alarm_name }, &place);
    if let Some(file) = &arguments.html {
        whole::write(file, print::html(&review)?).with_context(|| file.display().to_string())?;
    }
    let mut ways_out = Ways::default();
    review.unread.iter().for_each(|unread| ways_out.add_text(&arguments.place, &unread.why));
    ways_out.say();
    let exit = if review.unread.is_empty() { Exit::Done } else { Exit::Error };
    exit.after(show(&arguments, &review, screen, out))
}

fn show(
    arguments: &arguments::Review,
    review: &Review,
    screen: Screen,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let text = if arguments.json {
        json_line(&print::json(review)?)
    } else if arguments.csv {
        print::csv(review)?
    } else if arguments.markdown {
        print::markdown(review)
    } else {
        print::text(review, screen.columns.map_or(WIDTH, usize::from))
    };
    out.write_all(text.as_bytes())?;
    Ok(())
}

fn read_alarm(path: &Path) -> Result<Alarm> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
    } else {
        text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    }
    Alarm::read(&text).with_context(|| path.display().to_string())
}

fn window(arguments: &arguments::Review, alarm: Option<&Alarm>, now: Timestamp) -> Result<Window> {
    let to = arguments.to.unwrap_or(now).min(now);
    if let Some(alarm) = alarm {
        return alarm
            .window(to)
            .with_context(|| format!("the alarm `{}` looked at nothing before {to}", alarm.name));
    }
    let from = match arguments.from {
        Some(from) => from,
        None => to.checked_sub(arguments.last)?,
    };
    let window = Window::new(from, to).with_context(|| format!("from {from} to {to}"))?;
    if window.length() <= LONGEST_OF_RUNS {
        return Ok(window);
    }
    let midnight = TimeZone::UTC.to_datetime(from).date().to_datetime(jiff::civil::Time::midnight());
    Ok(Window::new(TimeZone::UTC.to_timestamp(midnight)?, to)?)
}

/// How commands that a review names are told where to look.
fn place(of: &Where, connection: &Connection) -> Place {
    let options = options(of);
    Place {
        options,
        region: connection.baseline.region.clone(),
        bucket: connection.journal_bucket.clone(),
        instance: connection.baseline.instance_arn.clone(),
        stack: connection.baseline.stack().map(str::to_owned),
    }
}
