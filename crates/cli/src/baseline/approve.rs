//! `tagmend baseline approve`: the digest of live policies into the baseline, after a look at them.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use tagmend_remedy::approve::{Keeper, NewAccess, Review, Reviewer, Waiver};

use super::edit::with_digest;
use crate::arguments::Approve;
use crate::connection::connect;
use crate::exit::{Exit, usage};
use crate::text::escaped;
use crate::whole;

pub(crate) async fn run(arguments: Approve, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let connection = connect(&arguments.place).await?;
    let name = arguments.name.as_str();
    let reviewer = Reviewer::new(&connection.configuration, &connection.journal_bucket);
    let candidate = reviewer.candidate(&connection.baseline, name).await?;
    let approved = connection.baseline.permission_set(name).and_then(|set| set.policy_digest.clone());
    let review = reviewer.review(&candidate, approved.as_ref(), &connection.baseline).await?;
    show(out, &review)?;
    let seen = connection.baseline.permission_set(name).and_then(|set| set.seen_digest.as_ref());
    if seen.is_some_and(|digest| !candidate.has(digest)) {
        writeln!(out, "CHANGED: these are not the policies that `baseline init` saw")?;
    }
    let is_compared = matches!(review.new_access, NewAccess::None | NewAccess::Found(_));
    let is_approved = approved.as_ref().filter(|digest| candidate.has(digest));
    if let Some(digest) = is_approved.filter(|_| is_compared) {
        writeln!(out, "nothing to do: these policies are approved, {digest}")?;
        return Ok(Exit::Done);
    }
    let missing = review.waivers().into_iter().filter(|waiver| !arguments.accepts(*waiver));
    let missing: Vec<&str> = missing.map(Waiver::flag).collect();
    if !missing.is_empty() {
        writeln!(out, "not approved: {} would say that this is wanted", missing.join(" "))?;
        return Ok(Exit::Error);
    }
    let file = connection.origin.file().map(Path::to_owned);
    let file = file.ok_or_else(|| usage("the baseline is built in; --baseline names the file to write"))?;
    let describe = || file.display().to_string();
    let before = fs::read_to_string(&file).with_context(describe)?;
    let after = with_digest(&before, name, &candidate.digest)?;
    if !arguments.apply {
        writeln!(out, "planned: {name} gets {} in {}", candidate.digest, file.display())?;
        writeln!(out, "dry run: nothing was written; --apply writes it")?;
        return Ok(Exit::Planned);
    }
    // First what the digest stands for, so that the next approval has something to compare with.
    let keeper = Keeper::new(&connection.configuration, &connection.journal_bucket);
    keeper.keep(&candidate, connection.time.clock.now()).await?;
    whole::write(&file, after).with_context(describe)?;
    connection.close()?;
    writeln!(out, "approved: {name} has {} in {}", candidate.digest, file.display())?;
    Ok(Exit::Done)
}

impl Approve {
    fn accepts(&self, waiver: Waiver) -> bool {
        match waiver {
            Waiver::Errors => self.accept_errors,
            Waiver::NewAccess => self.accept_new_access,
            Waiver::Uncompared => self.accept_uncompared,
            Waiver::Look => self.accept_look,
        }
    }
}

fn show(out: &mut (dyn Write + Send), review: &Review) -> Result<()> {
    for finding in &review.findings {
        let place = finding.place.as_ref().map_or_else(String::new, |place| format!(" at {place}"));
        let (severity, code) = (&finding.severity, &finding.code);
        writeln!(out, "{severity} {code}{}: {}", escaped(&place), escaped(&finding.text))?;
    }
    if review.findings.is_empty() {
        writeln!(out, "Access Analyzer finds nothing wrong with the inline policy")?;
    }
    for line in &review.contents {
        writeln!(out, "approves {}", escaped(line))?;
    }
    for line in &review.difference {
        writeln!(out, "{}", escaped(line))?;
    }
    for reason in &review.by_name {
        writeln!(out, "LOOK {}", escaped(reason))?;
    }
    if review.is_in_management_account {
        writeln!(
            out,
            "the management account has this permission set too: only from there it can be provisioned, to any account; \
             a Tagmend in a delegated administrator account can diagnose it and not provision it"
        )?;
    }
    match &review.new_access {
        NewAccess::FirstApproval => writeln!(out, "nothing was approved before: nothing to compare with")?,
        NewAccess::NotKept => {
            writeln!(out, "NEW ACCESS unknown: what was approved last is not in the journal")?;
        }
        NewAccess::None => writeln!(out, "no access beyond what was approved last")?,
        NewAccess::Found(reasons) => {
            for reason in reasons {
                writeln!(out, "NEW ACCESS {}", escaped(reason))?;
            }
        }
    }
    Ok(())
}
