//! What the runs of the functions leave, for whoever reviews them later.
//!
//! | object | what | written by |
//! |---|---|---|
//! | `runs/TIME-REQUEST.json` | [`Run`]: what one run was told, planned, made and found | `heal`, where a denial cost a read; `watch`, always; `replay --apply` and `rollback --apply` |
//! | `related/TIME-REQUEST.json` | [`RelatedRun`]: what one run was told that is no denied call, and what it connected with it | `heal`, where there was some |
//! | `days/DATE.json` | [`Day`]: the runs of a day of UTC, put together by [`Day::fold`] | `watch`, once the day and [`SEEN_AGAIN`] are over |
//! | `fixes/ID.json`, `not_made/ID/WHY.json`, `snapshots/ID.json` | [`Fix`]: one change, with the state before and after it | the writer |
//!
//! None has an attribute's value or a session's name. Users are [`UserHash`]es: the same digits for the same user in
//! every object. `docs/journal.md` is for people.

mod day;
mod days;
mod fix;
mod fold;
mod keep;
mod look_again;
mod looked_again;
mod name;
mod operator;
mod read;
mod read_count;
mod related;
mod rollback;
mod run;
mod words;

pub use day::{ByHour, Day, DayChange, DayDenials, DayLooks, DayRuns, HOURS, NAMED_USERS, ROWS, UserHours};
pub use fix::{Denied, Diagnosed, Events, Fix, FixChange, NotMade};
pub use fold::SEEN_AGAIN;
pub(crate) use keep::permission_set;
pub use keep::{Invocation, Ledger};
pub use looked_again::{LookedAgain, NewTag};
pub use name::{DayName, RunName};
pub use operator::request_of_operator;
pub use read::Found;
pub use related::{RelatedRun, RelatedSeen, StoryTold};
pub use rollback::{Rollback, RollbackResult};
pub use run::{Attempt, CallHash, Denials, FixSeen, Look, Run, Unanswered, UserHash};
pub use words::{ChangeResult, Function, Limit, Mode, Thing};
