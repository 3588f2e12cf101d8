//! What a request was asked for and could not say.

use std::collections::BTreeSet;

use crate::context::{Keys, Value};
use crate::layers::Layers;
use crate::outcome::{Doubts, Outcome};
use crate::policy::Statement;
use crate::request::{Request, Resource};
use crate::truth::{Truth, rules_of};
use crate::undocumented::OpenRule;

/// What the statements that are about the request asked it for. The order of statements plays no part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consulted {
    /// Condition keys and variables, in lower case, that are absent. Variables in a resource count where the
    /// action is meant, conditions where the resource is meant too, and variables of a condition where its own key
    /// is there.
    pub missing: BTreeSet<String>,
    /// Rules that AWS leaves open and that were touched, also where something else decides.
    pub undocumented: BTreeSet<OpenRule>,
}

/// Goes through all statements; not needed for a decision.
pub fn consulted(layers: &Layers<'_>, request: &Request) -> Consulted {
    let mut missing = BTreeSet::new();
    let mut undocumented = BTreeSet::new();
    for statement in layers.statements() {
        statement.add_missing(request, &mut missing);
        statement.add_undocumented(request, &mut undocumented);
    }
    Consulted { missing: missing.into_iter().map(str::to_owned).collect(), undocumented }
}

impl Statement {
    fn add_missing<'a>(&'a self, request: &Request, missing: &mut BTreeSet<&'a str>) {
        if !self.is_about(&request.action) {
            return;
        }
        let keys = Keys::of(&request.context);
        let variables = self.resources.items().iter().flat_map(|pattern| pattern.template.variables());
        let absent = |key: &&str| *keys.get(key) == Value::Absent;
        missing.extend(variables.map(|variable| &*variable.key).filter(absent));
        if self.test_resource(&request.resource, keys, &mut Doubts::default()) == Outcome::False {
            return;
        }
        for condition in &self.conditions {
            condition.missing(keys, missing);
        }
    }

    fn add_undocumented(&self, request: &Request, rules: &mut BTreeSet<OpenRule>) {
        let mut add = |truth: Truth| rules.extend(rules_of(&truth));
        for action in self.actions.items() {
            add(Truth::of(|doubts| action.test(&request.action, doubts)));
        }
        if !self.is_about(&request.action) {
            return;
        }
        let keys = Keys::of(&request.context);
        if request.resource != Resource::Unknown {
            for pattern in self.resources.items() {
                add(Truth::of(|doubts| pattern.test(&request.resource, keys, doubts)));
            }
        }
        if self.test_resource(&request.resource, keys, &mut Doubts::default()) == Outcome::False {
            return;
        }
        for condition in &self.conditions {
            condition.undocumented(keys, rules);
        }
    }
}
