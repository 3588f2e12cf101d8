//! How often the operator pressed Ctrl-C, and what that leaves.

use tokio::sync::watch;

use crate::arguments::{Baseline, Command, Journal};
use crate::exit::Exit;

/// Ctrl-C, counted. Where nobody listens it ends the process, as everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts(Option<watch::Receiver<u8>>);

impl Interrupts {
    /// None ever comes.
    pub(crate) fn ignored() -> Interrupts {
        Interrupts(None)
    }

    /// From now on it does not end the process, and the first one is answered in words. Two, for those who wait for
    /// different numbers.
    pub(crate) fn listen(say: impl Fn(&str) + Send + 'static) -> (Interrupts, Interrupts) {
        let (counted, count) = watch::channel(0_u8);
        let Ok(mut pressed) = ctrl_c() else {
            return (Interrupts(None), Interrupts(None));
        };
        tokio::spawn(async move {
            while pressed.recv().await.is_some() {
                counted.send_modify(|count| *count = count.saturating_add(1));
                if *counted.borrow() == 1 {
                    say("interrupted: what was read is still answered; Ctrl-C again ends at once");
                }
            }
        });
        let count = Interrupts(Some(count));
        (count.clone(), count)
    }

    /// Waits for that many.
    pub(crate) async fn nth(&mut self, number: u8) {
        let has_come = match &mut self.0 {
            Some(count) => count.wait_for(|count| *count >= number).await.is_ok(),
            None => false,
        };
        if !has_come {
            std::future::pending::<()>().await;
        }
    }
}

/// Heard from now on, and not only from when it is waited for.
#[cfg(unix)]
fn ctrl_c() -> std::io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn ctrl_c() -> std::io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}

/// Ends the process at Ctrl-C, and says how to go on. A command that writes to AWS ends its write first: it takes seconds,
/// and what is cut off has to be found by the next run. Files are replaced whole, so that none is half written.
pub(crate) fn end_the_process(command: &Command) {
    let Some(Ending { finishes_first, how_to_go_on }) = ending(command) else {
        return;
    };
    // Where nobody hears it, it ends the process as everywhere.
    let Ok(mut pressed) = ctrl_c() else {
        return;
    };
    tokio::spawn(async move {
        if finishes_first && pressed.recv().await.is_some() {
            eprintln!("interrupted: what is being written is finished first; Ctrl-C again ends at once");
        }
        if pressed.recv().await.is_some() {
            eprintln!("interrupted: {how_to_go_on}");
            std::process::exit(i32::from(Exit::Interrupted as u8));
        }
    });
}

struct Ending {
    finishes_first: bool,
    how_to_go_on: String,
}

/// None for a command that hears Ctrl-C itself.
fn ending(command: &Command) -> Option<Ending> {
    let writing = |how: &str| Some(Ending { finishes_first: true, how_to_go_on: how.to_owned() });
    let reading = |how: String| Some(Ending { finishes_first: false, how_to_go_on: how });
    let nothing = || reading("nothing was written".to_owned());
    match command {
        Command::Replay(replay) if !replay.apply => None,
        Command::Replay(_) => writing(
            "a change may be under way; the same command again makes what is left, and records what was made",
        ),
        Command::Hold(hold) if hold.show => nothing(),
        Command::Hold(_) | Command::Resume(_) => writing("`tagmend hold --show` says what is held now"),
        Command::Rollback(rollback) if rollback.apply => {
            writing("the mapping may be gone; `tagmend rollback` lists what can still be undone")
        }
        Command::Journal(Journal::Begin(begin)) if begin.apply => {
            writing("the same command without --apply says whether the journal is begun")
        }
        Command::Baseline(Baseline::Publish(publish)) if publish.apply => {
            writing("nothing is in force that was not before; the same command again uploads it")
        }
        Command::Baseline(Baseline::Approve(approve)) if approve.apply => reading(
            "what is said to be approved is written; the same command goes on with the rest".to_owned(),
        ),
        Command::Baseline(Baseline::Init(init)) => reading(match &init.output {
            Some(output) => format!("the same command goes on from {}.part", output.display()),
            None => {
                "nothing was written; with --output FILE the same command would go on where it was".to_owned()
            }
        }),
        Command::Scan(scan) => reading(match &scan.keep {
            Some(file) => format!("the same command goes on from {}", file.display()),
            None => {
                "nothing was written; with --keep FILE the same command would go on where it was".to_owned()
            }
        }),
        Command::Sandbox(_) => reading("the sandbox and what became of its world are gone".to_owned()),
        _ => nothing(),
    }
}
