//! A user was changed: their denials of the last hour are looked at again, at once and not at the next call.
//!
//! Nothing is written on it: the denial that comes next shows whether anything is missing still. Who is changed and was not
//! denied costs no call to Identity Center, however many users an IdP writes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::{AccessControl, Baseline, Tags, User, UserReference};

use super::keep::Ledger;
use super::looked_again::{LookedAgain, NewTag};
use super::name::RunName;
use super::run::{Denials, Run};
use crate::aws::aws_error::AwsError;
use crate::read::{observe, user};
use crate::related::related_record;
use crate::report::Treated;

/// How far back.
const BACK: SignedDuration = SignedDuration::from_hours(1);

/// The most runs that are read: the newest ones.
const MOST_RUNS: usize = 100;

/// The most users that are read in one batch.
const MOST_USERS: usize = 20;

impl Ledger {
    /// Looks again at the denials of users whom a batch's records change. Where something cannot be read, the hourly look stays.
    pub(super) async fn look_again(
        &self,
        treated: &[Treated],
        baseline: &Baseline,
        now: Timestamp,
    ) -> Result<Vec<LookedAgain>, AwsError> {
        let mut changed: BTreeMap<&str, &Related> = BTreeMap::new();
        for related in treated.iter().filter_map(related_record) {
            if let Some(user) = related.changed_user() {
                let latest = changed.entry(user).or_insert(related);
                if latest.time < related.time {
                    *latest = related;
                }
            }
        }
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let runs = self.last_runs(now).await?;
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let Some(key) = self.clients.users_key.get(&self.journal).await else {
            return Ok(Vec::new());
        };
        let denied = |user: &str| -> Vec<&Denials> {
            let hash = key.hash(user);
            let rows = runs.iter().flat_map(|run| &run.denials);
            rows.filter(|row| hash.is_some() && row.user_id == hash && row.last >= now - BACK).collect()
        };
        let denied = changed.into_iter().map(|(user, related)| (user, related, denied(user)));
        let denied: Vec<_> = denied.filter(|(_, _, rows)| !rows.is_empty()).take(MOST_USERS).collect();
        if denied.is_empty() {
            return Ok(Vec::new());
        }
        let live = observe::access_control(&self.clients, &baseline.instance_arn).await?;
        let mut looked = Vec::new();
        for (id, related, rows) in denied {
            let reference = UserReference::Id(id.to_owned());
            let user = user::read(&self.clients, &baseline.identity_store_id, &reference).await?;
            looked.extend(looked_again(related, &rows, user.as_ref(), &live, baseline));
        }
        Ok(looked)
    }

    async fn last_runs(&self, now: Timestamp) -> Result<Vec<Run>, AwsError> {
        let mut names = self.journal.names_since(RunName::PREFIX, now - BACK).await?;
        names.drain(..names.len().saturating_sub(MOST_RUNS));
        Ok(self.read(names).await?.all)
    }
}

fn looked_again(
    related: &Related,
    rows: &[&Denials],
    user: Option<&User>,
    live: &AccessControl,
    baseline: &Baseline,
) -> Option<LookedAgain> {
    let live = match live {
        AccessControl::Enabled(live) => live.as_slice(),
        AccessControl::Disabled | AccessControl::Pending => &[],
    };
    let tags = user.map(|user| Tags::of_a_new_session(live, baseline, user));
    let keys = rows.iter().flat_map(|row| &row.keys);
    Some(LookedAgain {
        event_id: related.event_id.clone(),
        // A call whose record came again is one call.
        calls: rows.iter().flat_map(|row| &row.calls).collect::<std::collections::BTreeSet<_>>().len(),
        first: rows.iter().map(|row| row.first).min()?,
        last: rows.iter().map(|row| row.last).max()?,
        now: tags.map(|tags| keys.map(|key| (key.clone(), NewTag::from(tags.get(key)))).collect()),
    })
}
