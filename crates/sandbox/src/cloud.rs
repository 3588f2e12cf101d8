//! The services without a network: a request in, a reply out. Simulations call it; [`crate::Sandbox`] serves it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::Request;

use crate::access::Roles;
use crate::dispatch;
use crate::limit::{Clock, Limit};
use crate::reply::Reply;
use crate::state::State;
use crate::world::World;

/// The services and what happened to them. Clones are the same services.
#[derive(Clone, Debug)]
pub struct Cloud {
    state: Arc<Mutex<State>>,
}

impl Cloud {
    /// Services that hold this world.
    pub fn new(world: World) -> Cloud {
        Cloud { state: Arc::new(Mutex::new(State::new(world))) }
    }

    /// Answers a request, whatever its service.
    pub fn answer(&self, request: &Request<Vec<u8>>) -> Reply {
        dispatch::reply(&mut self.state(), request)
    }

    /// The world as it stands.
    pub fn world(&self) -> World {
        self.state().world.clone()
    }

    /// Looks at the world.
    pub fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.state().world)
    }

    /// Changes the world, as somebody else would.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.state().world);
    }

    /// Every call so far, in order, as `service:Operation`.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// The most provisioning requests that were under way at once.
    pub fn most_provisioning_at_once(&self) -> usize {
        self.state().most_provisioning
    }

    /// Answers that were given from the past.
    pub fn stale_answers(&self) -> usize {
        self.state().stale_answers
    }

    /// From now on, a call is made by the role that its access key id names, and may do what its policies allow.
    pub fn enforce(&self, roles: Roles) {
        self.state().access.roles = Some(roles);
    }

    /// Roles with the actions and resources that they were allowed and used, while roles were enforced.
    pub fn used(&self) -> BTreeSet<(String, String, String)> {
        self.state().access.used.clone()
    }

    /// From now on AWS's quotas of calls a second are in force, on this clock.
    pub fn limit(&self, clock: Box<dyn Clock>) {
        self.state().limit = Some(Limit::new(clock));
    }

    /// From now on S3's answers have the time of the world's clock.
    pub(crate) fn tell_its_time(&self) {
        self.state().tells_its_time = true;
    }

    /// The most calls in any second, by budget (`sso`, `identitystore:ListUsers`), where they are limited.
    pub fn busiest(&self) -> BTreeMap<String, usize> {
        self.state().limit.as_ref().map(|limit| limit.busiest.clone()).unwrap_or_default()
    }

    /// Calls that were throttled.
    pub fn throttled(&self) -> usize {
        self.state().limit.as_ref().map_or(0, |limit| limit.refused)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
