//! How past changes stand now, for a review.

use std::collections::BTreeSet;

use tagmend_diagnosis::{
    AccessControl, Baseline, PastChange, PastFix,
    arn::last_part,
    standing::{self, Standing},
};

use super::{Watcher, permission_sets};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::read::observe;

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
        let is_provisioned = |arn: &str| {
            changes.iter().any(|change| match change {
                PastChange::Reprovisioned { permission_set_id, .. } => last_part(arn) == permission_set_id,
                PastChange::RestoredMapping { .. } => false,
            })
        };
        let approved = baseline.permission_sets().map(|(_, approved)| approved.arn.as_str());
        let looked =
            permission_sets::look(self, baseline, approved.filter(|arn| is_provisioned(arn)).collect(), time)
                .await;
        let seen: Vec<_> = looked.seen.into_iter().map(|seen| seen.for_findings).collect();
        let now = time.clock.now();
        let standing = |change: &PastChange| {
            let fix = PastFix { time: now, change: change.clone() };
            (change.clone(), standing::standing(&fix, &access_control, &seen, baseline))
        };
        let changes = changes.iter().map(standing).collect();
        Ok(Standings { access_control, changes, errors: looked.errors })
    }
}
