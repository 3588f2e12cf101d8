//! Every user's values, by the mappings that are live. The values themselves go nowhere.

use aws_sdk_identitystore::types::User as Listed;
use jiff::SignedDuration;
use tagmend_diagnosis::{
    AttributeMapping, Baseline,
    drift::{self, Finding},
};

use super::{Coverage, Watcher};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::read::user;

/// What has to be left for the journal and the metrics.
const RESERVE: SignedDuration = SignedDuration::from_secs(30);

pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    pub(super) extent: Coverage,
    pub(super) error: Option<AwsError>,
}

/// Looks at users, a page at a time, until the time is up.
pub(super) async fn look(
    watcher: &Watcher,
    baseline: &Baseline,
    live: &[AttributeMapping],
    time: RunTime,
) -> Looked {
    let mut looked =
        Looked { findings: Vec::new(), extent: Coverage { looked_at: 0, all: None }, error: None };
    let call = watcher.clients.identity_store.list_users();
    let call = call.identity_store_id(&baseline.identity_store_id).extensions(user::ENTERPRISE);
    let mut pages = call.into_paginator().send();
    while time.has(RESERVE) {
        let users: Vec<Listed> = match pages.next().await {
            None => {
                looked.extent.all = Some(looked.extent.looked_at);
                break;
            }
            Some(Ok(page)) => page.users,
            Some(Err(error)) => {
                looked.error = Some(AwsError::new("identitystore:ListUsers", &error));
                break;
            }
        };
        looked.extent.looked_at += users.len();
        looked.findings.extend(users.iter().flat_map(|listed| drift::of_user(&user::listed(listed), live)));
    }
    looked
}
