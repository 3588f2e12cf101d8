//! What a change needs besides its diagnosis, asked for while the last question of the diagnosis is on its way.

use std::time::Duration;

use tokio::sync::OnceCell;

use crate::apply::{Permission, RequestedChange, Writer};
use crate::aws::clock::{Clock, within};
use crate::heal::memory::KeptIndex;
use crate::read::observe::Reader;

/// What a change needs besides its diagnosis. Nothing is asked for before a change is likely, and nothing twice.
pub(crate) struct Foresight<'a> {
    reader: &'a Reader,
    index: &'a KeptIndex,
    writer: Option<&'a Writer>,
    clock: Clock,
    permission: OnceCell<Option<Permission>>,
}

impl<'a> Foresight<'a> {
    pub(crate) fn new(
        reader: &'a Reader,
        index: &'a KeptIndex,
        writer: Option<&'a Writer>,
        clock: Clock,
    ) -> Foresight<'a> {
        Foresight { reader, index, writer, clock, permission: OnceCell::new() }
    }

    /// Asks for what a restored mapping needs: one is likely. What fails here is asked again by whoever needs it.
    pub(crate) async fn look(&self) {
        let (_, ()) =
            futures::join!(self.index.read(self.reader.journal(), self.clock), self.ask_permission());
    }

    /// The same, in this time.
    pub(crate) async fn look_within(&self, left: Option<Duration>) {
        match left {
            None => self.look().await,
            Some(left) => drop(within(self.reader.clients(), left, self.look()).await),
        }
    }

    /// Asks for what these changes need.
    pub(crate) async fn look_for(&self, requests: &[RequestedChange]) {
        if requests.iter().any(RequestedChange::is_restore) {
            self.look().await;
        } else if !requests.is_empty() {
            self.ask_permission().await;
        }
    }

    async fn ask_permission(&self) {
        let asking = async {
            match self.writer {
                Some(writer) => writer.look(self.clock).await.ok(),
                None => None,
            }
        };
        self.permission.get_or_init(|| asking).await;
    }

    /// Whether changes are made, and not only planned.
    pub(crate) fn has_writer(&self) -> bool {
        self.writer.is_some()
    }

    /// What is known of the permission to write.
    pub(crate) fn permission(self) -> Option<Permission> {
        self.permission.into_inner().flatten()
    }
}
