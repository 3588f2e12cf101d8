//! Which permission sets `tagmend baseline approve` is about: one, a pattern of names, all, or those that changed.
//!
//! Each is approved for itself: one that needs a word stops no other, and what is approved is written at once, so that whoever
//! is interrupted goes on from there.

use std::io::Write;

use anyhow::{Context, Result, bail};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{Clients, Index};

use super::approve;
use crate::arguments::Approve;
use crate::connection::connect;
use crate::exit::Exit;
use crate::progress::Counter;

pub(crate) async fn run(arguments: Approve, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let is_pattern = arguments.name.contains(['*', '?']);
    if !(arguments.all || arguments.changed || is_pattern) {
        return approve::run(arguments, out).await;
    }
    let names = chosen(&arguments).await?;
    let (mut done, mut planned, mut refused, mut failed) = (0, 0, 0, 0);
    let counter = Counter::new("permission sets");
    for (count, name) in names.iter().enumerate() {
        counter.at(count, Some(names.len()));
        let mut said = Vec::new();
        writeln!(said, "== {name}")?;
        match approve::run(Approve { name: name.clone(), ..arguments.clone() }, &mut said).await {
            Ok(Exit::Done) => done += 1,
            Ok(Exit::Planned) => planned += 1,
            Ok(_) => refused += 1,
            Err(error) => {
                failed += 1;
                writeln!(said, "not approved: {error:#}")?;
            }
        }
        counter.suspend(|| out.write_all(&said))?;
    }
    counter.end();
    writeln!(
        out,
        "{} permission sets: {done} as approved, {planned} planned, {refused} that need a word, {failed} failed",
        names.len()
    )?;
    Ok(match (refused + failed, planned) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::Planned,
        _ => Exit::Error,
    })
}

/// Names of the baseline that are meant.
async fn chosen(arguments: &Approve) -> Result<Vec<String>> {
    let connection = connect(&arguments.place).await?;
    let baseline = &connection.baseline;
    let names: Vec<String> = if arguments.changed {
        let clients = Clients::new(&connection.configuration);
        let index = Index::fetch(&clients, &connection.journal_bucket).await?;
        let index = index.context("the journal has no index yet: the function watch builds it")?;
        changed(baseline, &index)
    } else {
        let is_meant = |name: &&str| arguments.all || matches(&arguments.name, name);
        baseline.permission_sets().map(|(name, _)| name).filter(is_meant).map(str::to_owned).collect()
    };
    if names.is_empty() && !arguments.changed {
        bail!("no permission set of the baseline is named like {}", arguments.name);
    }
    Ok(names)
}

/// Permission sets whose policies in the index, found by their ARN, are not those that were approved.
fn changed(baseline: &Baseline, index: &Index) -> Vec<String> {
    let is_changed = |(_, set): &(&str, &tagmend_diagnosis::ApprovedPermissionSet)| {
        let seen = index.permission_sets.get(&set.arn);
        seen.is_some_and(|seen| match &set.policy_digest {
            // What was not seen is looked at.
            Some(approved) => seen.has(approved) != Some(true),
            None => seen.policy_digest.is_some(),
        })
    };
    baseline.permission_sets().filter(is_changed).map(|(name, _)| name.to_owned()).collect()
}

/// Whether a name is of a pattern: `*` stands for any text, `?` for one character.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Whether the pattern so far takes the first so many characters of the name.
    let mut takes: Vec<bool> = (0..=name.len()).map(|length| length == 0).collect();
    for sign in pattern {
        let mut next = vec![false; takes.len()];
        let mut before = false;
        for (length, reached) in next.iter_mut().enumerate() {
            let one_less = length.checked_sub(1);
            let taken = one_less.and_then(|index| takes.get(index).copied()).unwrap_or_default();
            let character = one_less.and_then(|index| name.get(index));
            *reached = match sign {
                '*' => before || takes.get(length).copied().unwrap_or_default(),
                '?' => taken,
                sign => taken && character == Some(&sign),
            };
            before = *reached;
        }
        takes = next;
    }
    takes.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_what_its_stars_stand_for() {
        for (pattern, name, takes) in [
            ("*", "", true),
            ("Finance*", "FinanceAnalyst", true),
            ("Finance*", "RefundAnalyst", false),
            ("*Analyst", "FinanceAnalyst", true),
            ("F*n*t", "FinanceAnalyst", true),
            ("F?nance", "Finance", true),
            ("F?nance", "Fnance", false),
            ("Finance", "FinanceAnalyst", false),
            ("**a**", "a", true),
            ("?", "", false),
        ] {
            assert_eq!(matches(pattern, name), takes, "{pattern} {name}");
        }
    }
}
