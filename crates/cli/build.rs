//! Which commit this is built from, for `tagmend --version`.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=TAGMEND_COMMIT");
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = std::env::var("TAGMEND_COMMIT").ok().or_else(|| git(&["rev-parse", "--short=12", "HEAD"]));
    let said = match commit {
        None => "built outside of git".to_owned(),
        Some(commit) if is_release => {
            // Each commit builds anew; a debug build, which the tests link, would cost minutes.
            for name in ["HEAD", "logs/HEAD"] {
                if let Some(path) = git(&["rev-parse", "--path-format=absolute", "--git-path", name]) {
                    println!("cargo:rerun-if-changed={path}");
                }
            }
            format!("commit {commit}")
        }
        Some(commit) => format!("commit {commit} or later, debug build"),
    };
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=TAGMEND_COMMIT={said}");
}

fn git(arguments: &[&str]) -> Option<String> {
    let done = Command::new("git").args(arguments).output().ok().filter(|done| done.status.success())?;
    let text = String::from_utf8(done.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
