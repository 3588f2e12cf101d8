//! Which policies apply to a request, and what each kind of them can do.

use std::fmt;

use crate::outcome::{Doubts, Outcome};
use crate::policy::{Policy, Statement};
use crate::request::Request;

/// The policies that apply: each layer but that of resource control policies has to allow, where it is there, and
/// any can deny.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layers<'a> {
    /// Identity policies; one of them has to allow.
    pub identity: &'a [Policy],
    /// The permissions boundary, where there is one.
    pub boundary: Option<&'a [Policy]>,
    /// The session policies, where the session was begun with some.
    pub session: Option<&'a [Policy]>,
    /// The policy of the VPC endpoint that the request came through, where it is known.
    pub endpoint: Option<&'a [Policy]>,
    /// Service control policies, from the root down; each level has to allow.
    pub service_control: &'a [Vec<Policy>],
    /// Resource control policies of all levels above the resource; they only deny.
    pub resource_control: &'a [Policy],
}

/// Where a policy applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The permission set's own policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// The policy of a VPC endpoint.
    Endpoint,
    /// A service control policy, at this level below the root.
    ServiceControl(usize),
    /// A resource control policy.
    ResourceControl,
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Identity => formatter.write_str("identity policy"),
            Layer::Boundary => formatter.write_str("permissions boundary"),
            Layer::Session => formatter.write_str("session policy"),
            Layer::Endpoint => formatter.write_str("VPC endpoint policy"),
            Layer::ServiceControl(level) => write!(formatter, "service control policy of level {level}"),
            Layer::ResourceControl => formatter.write_str("resource control policy"),
        }
    }
}

impl<'a> Layers<'a> {
    /// Every layer that is there.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Layer, &'a [Policy])> {
        let service_control = self.service_control.iter().enumerate();
        std::iter::once((Layer::Identity, self.identity))
            .chain(self.boundary.map(|policies| (Layer::Boundary, policies)))
            .chain(self.session.map(|policies| (Layer::Session, policies)))
            .chain(self.endpoint.map(|policies| (Layer::Endpoint, policies)))
            .chain(
                service_control.map(|(level, policies)| (Layer::ServiceControl(level), policies.as_slice())),
            )
            .chain(
                (!self.resource_control.is_empty())
                    .then_some((Layer::ResourceControl, self.resource_control)),
            )
    }

    /// The layers that have to allow.
    pub(crate) fn granting(&self) -> impl Iterator<Item = (Layer, &'a [Policy])> {
        self.iter().filter(|(layer, _)| *layer != Layer::ResourceControl)
    }

    /// The statements that are not ruled out.
    pub(crate) fn may_match(&self, request: &Request) -> Vec<(Layer, &'a Statement)> {
        let mut found = Vec::new();
        let mut doubts = Doubts::default();
        for (layer, policies) in self.iter() {
            for statement in policies.iter().flat_map(|policy| policy.statements.iter()) {
                let start = doubts.mark();
                if statement.test(request, &mut doubts) != Outcome::False {
                    found.push((layer, statement));
                }
                doubts.forget(start);
            }
        }
        found
    }

    pub(crate) fn statements(&self) -> impl Iterator<Item = &'a Statement> {
        self.iter().flat_map(|(_, policies)| policies).flat_map(|policy| policy.statements.iter())
    }
}
