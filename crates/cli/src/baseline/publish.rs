//! `tagmend baseline publish`: the baseline into the bucket, and the command that puts it in force.
//!
//! What is in the bucket is in force only where its digest stands in the stack's parameter.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tagmend_diagnosis::{Baseline, difference::Effect, difference::differences};
use tagmend_remedy::{pinned::NoBaseline, pinned::Pin, pinned::Shelf, pinned::Upload};

use crate::arguments::Publish;
use crate::connection::connect;
use crate::exit::{Exit, usage};
use crate::text::escaped;

/// What the functions have where nothing else was deployed.
const BUILT_IN: &str = include_str!("../../../../infra/baseline.json");
const TEMPLATE: &str = include_str!("../../../../infra/template.yaml");
const PARAMETER: &str = "BaselineSha256";

pub(crate) async fn run(arguments: Publish, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let connection = connect(&arguments.place).await?;
    let file = connection
        .origin
        .file()
        .map(Path::to_owned)
        .ok_or_else(|| usage("the baseline is built in; --baseline names the file to publish"))?;
    // What was validated is what is uploaded, byte for byte.
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let after = Baseline::parse(&text).with_context(|| file.display().to_string())?;
    let pin = Pin::of(text.as_bytes());
    let shelf = Shelf::new(&connection.configuration, &connection.journal_bucket);
    let in_force =
        match &arguments.in_force {
            None => None,
            Some(digest) => Some(Pin::parse(digest).ok_or_else(|| {
                usage(format!("--in-force {digest}: not 64 hexadecimal digits in lower case"))
            })?),
        };
    let before = match &in_force {
        None => Baseline::parse(BUILT_IN).context("the built-in baseline")?,
        // It may be gone from the bucket, and is put back.
        Some(in_force) if *in_force == pin => after.clone(),
        Some(in_force) => {
            shelf.baseline(in_force).await.context("what is in force cannot be compared with")?
        }
    };
    let instead = in_force.as_ref().map_or_else(|| "the built-in one".to_owned(), ToString::to_string);
    writeln!(out, "{}: {pin}, in place of {instead}", file.display())?;
    show(out, &before, &after)?;
    if in_force.as_ref() == Some(&pin) && shelf.text(&pin).await.is_ok() {
        writeln!(out, "nothing to do: it is in force")?;
        return Ok(Exit::Done);
    }
    let object = format!("s3://{}/{}", connection.journal_bucket, pin.object());
    if !arguments.apply {
        writeln!(out, "planned: upload {object}")?;
        writeln!(out, "dry run: nothing was written; --apply writes it")?;
        return Ok(Exit::Planned);
    }
    match shelf.put(&text).await? {
        Upload::New => writeln!(out, "uploaded: {object}")?,
        Upload::Same => writeln!(out, "there already: {object}")?,
        Upload::Replaced => writeln!(
            out,
            "uploaded: {object}; SOMETHING ELSE lay there, which was not what its name said: find out who put it there"
        )?,
    }
    // What was just written has to be what is read.
    match shelf.text(&pin).await {
        Ok(_) => {}
        Err(NoBaseline::Unanswered(error)) => {
            bail!("{object} was uploaded, and could not be read back: {error}")
        }
        Err(error) => {
            bail!("{object} is not what was uploaded: somebody changed it in the same moment: {error}")
        }
    }
    connection.close()?;
    writeln!(out, "it is in force when the stack's parameter has its digest:")?;
    writeln!(out, "{}", command(&arguments.stack, &pin))?;
    writeln!(out, "of a release (docs/operations.md): {}", command_of_a_release(&arguments.stack, &pin))?;
    Ok(Exit::Done)
}

fn show(out: &mut (dyn Write + Send), before: &Baseline, after: &Baseline) -> Result<()> {
    let differences = differences(before, after);
    for difference in &differences {
        writeln!(out, "{}", escaped(&difference.to_string()))?;
    }
    let allow = differences.iter().filter(|one| matches!(one.effect, Effect::AllowsMore(_))).count();
    match (differences.len(), allow) {
        (0, _) => writeln!(out, "no difference")?,
        (all, allow) => writeln!(out, "{all} differences, of which {allow} allow more")?,
    }
    Ok(())
}

/// Everything else of the stack stays.
fn command(stack: &str, pin: &Pin) -> String {
    let kept = parameters().filter(|name| *name != PARAMETER);
    let kept: Vec<String> = kept.map(|name| format!("ParameterKey={name},UsePreviousValue=true")).collect();
    format!(
        "aws cloudformation update-stack --stack-name {stack} --use-previous-template --capabilities \
         CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND --parameters ParameterKey={PARAMETER},ParameterValue={pin} {}",
        kept.join(" ")
    )
}

/// The template of a release has parameters that this one does not have, and `deploy` keeps those that it is not told.
fn command_of_a_release(stack: &str, pin: &Pin) -> String {
    format!(
        "aws cloudformation deploy --stack-name {stack} --template-file template.yaml --s3-bucket CODE_BUCKET \
         --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND --parameter-overrides {PARAMETER}={pin}"
    )
}

/// Names of the template's parameters: the keys of its section, two spaces from the left.
fn parameters() -> impl Iterator<Item = &'static str> {
    let section = TEMPLATE.lines().skip_while(|line| *line != "Parameters:").skip(1);
    section
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| name.chars().all(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_the_template_keeps_its_value_but_one() {
        let names: Vec<&str> = parameters().collect();
        assert!(
            names.contains(&PARAMETER) && names.contains(&"InstanceArn") && names.contains(&"Architecture")
        );
        let command = command("tagmend", &Pin::of(b""));
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(command.contains(&format!("ParameterKey={PARAMETER},ParameterValue={digest}")), "{command}");
        assert_eq!(command.matches(",UsePreviousValue=true").count(), names.len() - 1);
    }
}
