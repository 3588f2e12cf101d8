//! How much one run reads. How fast is the clients' own matter (`crate::rate`).

/// How much one run reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The most permission sets that one run looks at.
    permission_sets: usize,
}

impl Pace {
    /// For real AWS: at two calls a second so many permission sets take eleven minutes; those that are left wait for the
    /// next run.
    pub const AWS: Pace = Pace { permission_sets: 220 };
    /// For the sandbox: everything.
    pub const NONE: Pace = Pace { permission_sets: usize::MAX };

    /// The same, with so many permission sets a run.
    pub fn with_permission_sets(self, permission_sets: usize) -> Pace {
        Pace { permission_sets }
    }

    pub(crate) fn permission_sets(self) -> usize {
        self.permission_sets
    }
}
