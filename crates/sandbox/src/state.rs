//! The world, and what happened to it since.

use std::collections::BTreeMap;

use crate::access::Access;
use crate::fault::FaultKind;
use crate::limit::Limit;
use crate::world::{PermissionSet, World};

/// What the server holds.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    /// Every call, in order, as `service:Operation`.
    pub(crate) calls: Vec<String>,
    pub(crate) provisioning: Vec<ProvisioningRequest>,
    /// The most provisioning requests that were under way at once.
    pub(crate) most_provisioning: usize,
    /// How the answer to the call at hand goes wrong after it was made.
    pub(crate) breakage: Option<FaultKind>,
    /// The world before the last change, kept while a stale answer is to come.
    pub(crate) previous: BTreeMap<String, World>,
    /// Answers that were given from the past.
    pub(crate) stale_answers: usize,
    /// How many calls a second are let through; none where any number is.
    pub(crate) limit: Option<Limit>,
    /// Who may call what.
    pub(crate) access: Access,
    /// Whether S3 says the world's time, and not that of this machine.
    pub(crate) tells_its_time: bool,
}

/// A provisioning request, done or not.
#[derive(Clone, Debug)]
pub(crate) struct ProvisioningRequest {
    pub(crate) id: String,
    pub(crate) permission_set_arn: String,
    pub(crate) account: String,
    /// What is provisioned: the permission set as it was when the request was made.
    pub(crate) version: PermissionSet,
    pub(crate) looks_left: u32,
    pub(crate) ended: Option<Result<(), String>>,
}

impl State {
    pub(crate) fn new(world: World) -> State {
        let access = Access::of(&world);
        State {
            world,
            calls: Vec::new(),
            provisioning: Vec::new(),
            most_provisioning: 0,
            breakage: None,
            previous: BTreeMap::new(),
            stale_answers: 0,
            limit: None,
            access,
            tells_its_time: false,
        }
    }
}
