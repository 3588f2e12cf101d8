//! `tagmend completions` and `tagmend man`: what shells and `man` are told, from the same definitions.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result};

use crate::arguments::{Completions, Man};
use crate::exit::Exit;
use crate::help;

pub(crate) fn completions(arguments: &Completions, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut help::command(), "tagmend", &mut text);
    Exit::Done.after(out.write_all(&text).map_err(Into::into))
}

/// A page a command, as `tagmend-baseline-init.1`.
pub(crate) fn man(arguments: &Man, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let folder = &arguments.folder;
    let describe = || folder.display().to_string();
    fs::create_dir_all(folder).with_context(describe)?;
    clap_mangen::generate_to(help::command(), folder).with_context(describe)?;
    Exit::Done.after(writeln!(out, "written: man pages in {}", folder.display()).map_err(Into::into))
}
