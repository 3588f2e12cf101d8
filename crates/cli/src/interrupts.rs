//! How often the operator pressed Ctrl-C.

use tokio::sync::watch;

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
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
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
