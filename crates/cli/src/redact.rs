//! `tagmend redact`: a record that can be sent to somebody.

use std::io::Write;

use anyhow::{Result, anyhow};
use serde_json::Value as Json;
use tagmend_diagnosis::redact::redact;
use tagmend_diagnosis::syntax;

use crate::arguments::Redact;
use crate::exit::Exit;
use crate::input;

pub(crate) fn run(arguments: &Redact, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let place = arguments.path.display();
    let text = input::text(&input::bytes(&arguments.path)?).map_err(|reason| anyhow!("{place}: {reason}"))?;
    let document: Json =
        serde_json::from_str(&text).map_err(|error| anyhow!("{place}: {}", syntax(&error)))?;
    let redacted = redact(&document).map_err(|error| anyhow!("{place}: {error}"))?;
    writeln!(out, "{redacted:#}")?;
    eprintln!("look it over before you send it: words that stand in no other member may be names, too");
    Ok(Exit::Done)
}
