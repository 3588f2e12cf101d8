//! How far the clocks of two machines may be apart. Nothing compares the times of two machines without this allowance.

use jiff::SignedDuration;

/// The most that the clocks of two machines are taken to be apart. Lambda's and S3's are kept by the Amazon Time Sync
/// Service; an operator's laptop is what this is for.
pub const APART: SignedDuration = SignedDuration::from_mins(1);

/// How long a change may take to be seen by every read. AWS names no time.
pub const SETTLES: SignedDuration = SignedDuration::from_mins(2);
