//! `tagmend sandbox`: serves the sandbox until it is stopped.

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result};
use tagmend_sandbox::Sandbox;

use crate::arguments;
use crate::exit::Exit;
use crate::world::{read_baseline, read_world};

pub(crate) async fn run(arguments: arguments::Sandbox, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let (world, region) = match arguments.organization {
        // What is large is to be used at AWS's pace.
        Some(organization) => (organization.world(), "us-east-1".to_owned()),
        None => {
            let region = read_baseline(None, arguments.world.as_deref())?.region;
            (read_world(arguments.world.as_deref())?, region)
        }
    };
    let bucket = world.journal.bucket.clone();
    let sandbox = Sandbox::start_on(world, arguments.port)
        .await
        .with_context(|| format!("port {} of the loopback interface", arguments.port))?;
    if arguments.organization.is_some() {
        sandbox.limit(Box::new(Instant::now()));
    }
    let endpoint = sandbox.endpoint();
    writeln!(out, "export AWS_ENDPOINT_URL={endpoint}")?;
    writeln!(out, "export AWS_ACCESS_KEY_ID=sandbox")?;
    writeln!(out, "export AWS_SECRET_ACCESS_KEY=sandbox")?;
    writeln!(out, "export AWS_REGION={region}")?;
    writeln!(out, "export AWS_DEFAULT_REGION={region}")?;
    writeln!(out, "export JOURNAL_BUCKET={bucket}")?;
    writeln!(out, "# its world: GET {endpoint}/_sandbox/world; its calls: GET {endpoint}/_sandbox/calls")?;
    out.flush()?;
    sandbox.run().await?;
    Ok(Exit::Done)
}
