//! What an operator's command leaves: a run, as a function's does.

use jiff::Timestamp;

use super::rollback::{Rollback, RollbackResult};
use super::run::Run;
use super::words::{Function, Limit};
use crate::apply::{RolledBack, WhyNot};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::Clock;
use crate::aws::random;
use crate::journal::{FixId, SCHEMA};

/// What stands for the id of a request in an operator's run.
pub fn request_of_operator() -> String {
    let id = random::bytes::<8>().map(|bytes| random::hex(&bytes)).unwrap_or_default();
    format!("operator-{id}")
}

impl Rollback {
    fn new(fix: &FixId, time: Timestamp, went: &Result<RolledBack, AwsError>) -> Rollback {
        let (result, rollback) = match went {
            Ok(RolledBack::Done(id)) => (RollbackResult::Done, Some(id)),
            Ok(RolledBack::Unverified(id)) => (RollbackResult::Unverified, Some(id)),
            Ok(RolledBack::Not(_)) => (RollbackResult::NotDone, None),
            Err(_) => (RollbackResult::Failed, None),
        };
        Rollback {
            time,
            fix: fix.as_str().to_owned(),
            result,
            rollback: rollback.map(|id| id.as_str().to_owned()),
            limit: match went {
                Ok(RolledBack::Not(WhyNot::Refused(refusal))) => Some(Limit::from(refusal)),
                _ => None,
            },
            error: went.as_ref().err().map(|error| error.code.clone()),
        }
    }
}

impl Run {
    /// What became of an operator's rollback.
    pub fn of_rollback(
        fix: &FixId,
        went: &Result<RolledBack, AwsError>,
        began: Timestamp,
        clock: Clock,
    ) -> Run {
        Run {
            schema: SCHEMA,
            request: request_of_operator(),
            function: Function::Rollback,
            mode: None,
            by_operator: true,
            began,
            ended: clock.now(),
            denials: Vec::new(),
            unanswered: Vec::new(),
            changes: Vec::new(),
            look: None,
            rollback: Some(Rollback::new(fix, began, went)),
        }
    }
}
