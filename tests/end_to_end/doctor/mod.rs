//! `tagmend doctor`: a whole installation is well, and every finding is made once.

mod beliefs;
mod findings;
pub(crate) mod healthy;
mod rows;

use serde_json::Value as Json;
use tagmend_cli::exit::Exit;
use tagmend_tests::tagmend;

use healthy::Healthy;

/// What the doctor says.
async fn doctor(healthy: &Healthy, more: &[&str]) -> (Exit, Json) {
    let folder = tempfile::tempdir().unwrap();
    let (world, baseline) = healthy.write(folder.path());
    let mut arguments = vec!["doctor", "--world", &world, "--baseline", &baseline, "--json"];
    arguments.extend(more);
    let (exit, text) = tagmend(&arguments).await;
    (exit, serde_json::from_str(&text).unwrap())
}

/// Checks with their states, of those that are not well.
fn not_well(report: &Json) -> Vec<(String, String, String)> {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["state"] != "well")
        .map(|finding| (text(&finding["check"]), text(&finding["state"]), text(&finding["what"])))
        .collect()
}
