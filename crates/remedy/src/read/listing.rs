//! The list of permission sets, page by page: who was interrupted goes on with the page that was the next.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;

/// The list, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// ARNs.
    pub(crate) all: BTreeSet<String>,
    /// Where it goes on.
    next: Option<String>,
    pub(crate) is_whole: bool,
    /// Whether it was begun anew since this process has it.
    #[serde(skip)]
    was_begun_anew: bool,
}

/// A page, and where the list goes on; none where it was the last one.
pub(crate) type Page = (BTreeSet<String>, Option<String>);

impl Listing {
    /// Adds a page.
    pub(crate) fn add(&mut self, (some, next): Page) {
        self.all.extend(some);
        self.is_whole = next.is_none();
        self.next = next;
    }

    /// Reads the next page. AWS does not say how long a token lives: where one is not taken any more, the list begins anew,
    /// once.
    pub(crate) async fn read_page(&mut self, clients: &Clients, instance: &str) -> Result<Page, AwsError> {
        let page = match self.next.take() {
            None => page(clients, instance, None).await?,
            next => match page(clients, instance, next).await {
                Ok(page) => page,
                Err(error) if error.passes || self.was_begun_anew => return Err(error),
                Err(_) => {
                    *self = Listing { was_begun_anew: true, ..Listing::default() };
                    page(clients, instance, None).await?
                }
            },
        };
        self.add(page.clone());
        Ok(page)
    }
}

async fn page(clients: &Clients, instance: &str, next: Option<String>) -> Result<Page, AwsError> {
    let call = clients.sso.list_permission_sets().instance_arn(instance).set_next_token(next);
    let page = call.send().await.map_err(|error| AwsError::new("sso:ListPermissionSets", &error))?;
    Ok((page.permission_sets.unwrap_or_default().into_iter().collect(), page.next_token))
}
