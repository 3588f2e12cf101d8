//! Every user's values, by the mappings that are live. The values themselves go nowhere.
//!
//! A run goes on where the last one stopped, so that each user is looked at, however many there are.

use jiff::SignedDuration;
use tagmend_diagnosis::{AttributeMapping, Baseline};

use super::{Coverage, Keeping, Memory, Seen, Watcher};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::read::user;

/// What has to be left for the journal and the metrics.
const RESERVE: SignedDuration = SignedDuration::from_secs(30);

pub(super) struct Looked {
    pub(super) extent: Coverage,
    pub(super) error: Option<AwsError>,
}

/// Looks at users, a page at a time, until the time is up or the walk has come to its end.
pub(super) async fn look(
    watcher: &Watcher,
    baseline: &Baseline,
    live: &[AttributeMapping],
    memory: &mut Memory,
    keeping: Keeping<'_>,
    time: RunTime,
) -> Looked {
    let mut looked = Looked { extent: Coverage { looked_at: 0, all: None }, error: None };
    let mut pages = 0;
    while time.has(RESERVE) {
        let call = watcher.clients.identity_store.list_users();
        let call = call.identity_store_id(&baseline.identity_store_id).extensions(user::ENTERPRISE);
        let page = match call.set_next_token(memory.users.next.clone()).send().await {
            Ok(page) => page,
            Err(error) => {
                looked.error = Some(AwsError::new("identitystore:ListUsers", &error));
                // No page says how long a token lasts.
                memory.users.begins();
                break;
            }
        };
        looked.extent.looked_at += page.users.len();
        memory.users.page(&page.users, live, time.clock.now());
        memory.users.next = page.next_token;
        if memory.users.next.is_none() {
            memory.users.ends();
            break;
        }
        pages += 1;
        keeping.after(pages, memory, Seen::Users { done: looked.extent.looked_at }).await;
    }
    looked.extent.all = memory.users.all;
    looked
}
