//! How past changes stand now, for a review.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tagmend_diagnosis::{
    AccessControl, Baseline, Owner, PastChange, PastFix,
    arn::last_part,
    standing::{self, Made, Standing, Told, View},
};

use super::{Keeping, Memory, Watcher, permission_sets};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::read::observe;

/// Longer than a change takes to be seen.
const A_WHILE: SignedDuration = SignedDuration::from_hours(1);

/// How past changes stand now.
#[derive(Clone, Debug)]
pub struct Standings {
    /// The mappings.
    pub access_control: AccessControl,
    /// Each change.
    pub changes: Vec<(PastChange, Standing)>,
    /// Reads that failed; what they would tell is unknown.
    pub errors: Vec<AwsError>,
}

impl Watcher {
    /// Looks how these changes stand. Only permission sets that were provisioned are read.
    ///
    /// # Errors
    /// Where the mappings cannot be read.
    pub async fn standings(
        &self,
        baseline: &Baseline,
        changes: &BTreeSet<PastChange>,
        time: RunTime,
    ) -> Result<Standings, AwsError> {
        let access_control = observe::access_control(&self.clients, &baseline.instance_arn).await?;
        let provisioned: BTreeSet<&str> = changes
            .iter()
            .filter_map(|change| match change {
                PastChange::Reprovisioned { permission_set_id, .. } => Some(permission_set_id.as_str()),
                PastChange::RestoredMapping { .. } => None,
            })
            .collect();
        let approved: BTreeSet<String> = baseline.permission_sets().map(|(_, set)| set.arn.clone()).collect();
        let arns = approved.iter().map(String::as_str).filter(|arn| provisioned.contains(last_part(arn)));
        let now = time.clock.now();
        let mut memory = Memory::begun_at(now);
        let (nowhere, arns) = (Keeping::Nowhere, arns.collect());
        let tried =
            permission_sets::look(self, baseline, arns, &provisioned, &mut memory, nowhere, time).await;
        let seen = memory.seen();
        let view = View { access_control: &access_control, time: now, all: &approved, seen: &seen };
        // As if it had been made a while ago, as it is approved now: the question is whether that is there.
        let made = |change: &PastChange| Made {
            fix: PastFix { time: now - A_WHILE, change: change.clone() },
            told: now_approved(change, baseline),
            is_rolled_back: false,
        };
        let standing =
            |change: &PastChange| (change.clone(), standing::standing(&made(change), &view, baseline));
        let changes = changes.iter().map(standing).collect();
        Ok(Standings { access_control, changes, errors: tried.errors })
    }
}

/// What would be made now, where the baseline still approves it.
fn now_approved(change: &PastChange, baseline: &Baseline) -> Option<Told> {
    let approved = match change {
        PastChange::RestoredMapping { key } => match baseline.mapping(key)?.owner {
            Owner::IdentityStore(source) => source.expression().to_owned(),
            Owner::Idp => String::new(),
        },
        PastChange::Reprovisioned { permission_set_id, .. } => {
            let mut sets = baseline.permission_sets();
            let (_, set) = sets.find(|(_, set)| last_part(&set.arn) == permission_set_id)?;
            set.may_provision.as_ref()?.as_str().to_owned()
        }
    };
    Some(Told { approved, verified: true, ended_in_failure: false })
}
