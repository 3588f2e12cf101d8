//! What an evaluation comes to, whatever its split keys are. Parts of it that share no split key are looked at one by
//! one: their combinations need not be tried, as each outcome of one part meets each of another.

use std::collections::BTreeSet;

use crate::outcome::{Doubt, Doubts, Outcome};
use crate::policy::Effect;
use crate::state::{Join, Logic, STATES, State, StateSet};

/// A part of an evaluation.
pub(crate) struct Node<'p> {
    keys: KeySet,
    kind: Kind<'p>,
}

enum Kind<'p> {
    Test(Table<'p>),
    All(Vec<Node<'p>>),
    Any(Vec<Node<'p>>),
}

/// Split keys, a bit each. There are at most ten, as each has two values or more, and there are 1,024 combinations.
type KeySet = u16;

/// Which value each split key has.
type Row = [usize; KeySet::BITS as usize];

/// The outcomes of one test for all values of its split keys.
pub(crate) struct Table<'p> {
    /// The keys, by their place, and how far apart the outcomes for two values are that follow each other.
    pub(crate) strides: Vec<(usize, usize)>,
    pub(crate) outcomes: Vec<(Outcome, Vec<Doubt<'p>>)>,
}

impl<'p> Node<'p> {
    pub(crate) fn test(table: Table<'p>) -> Node<'p> {
        let keys = table.strides.iter().fold(0, |keys, (key, _)| keys | 1 << key);
        Node { keys, kind: Kind::Test(table) }
    }

    pub(crate) fn all(mut nodes: Vec<Node<'p>>) -> Node<'p> {
        if nodes.len() > 1 {
            nodes.retain(|node| !node.is_true());
        }
        Node { keys: nodes.iter().fold(0, |keys, node| keys | node.keys), kind: Kind::All(nodes) }
    }

    pub(crate) fn any(mut nodes: Vec<Node<'p>>) -> Node<'p> {
        if let Some(place) = nodes.iter().position(Node::is_true) {
            return nodes.swap_remove(place);
        }
        Node { keys: nodes.iter().fold(0, |keys, node| keys | node.keys), kind: Kind::Any(nodes) }
    }

    /// Whatever the keys are.
    fn is_true(&self) -> bool {
        match &self.kind {
            Kind::Test(table) => table.outcomes.iter().all(|(outcome, _)| *outcome == Outcome::True),
            Kind::All(nodes) => nodes.iter().all(Node::is_true),
            Kind::Any(nodes) => nodes.iter().any(Node::is_true),
        }
    }

    fn outcome(&self, row: &Row, doubts: &mut Doubts<'p>) -> Outcome {
        match &self.kind {
            Kind::Test(table) => table.outcome(row, doubts),
            Kind::All(nodes) => doubts.all(nodes, |node, doubts| node.outcome(row, doubts)),
            Kind::Any(nodes) => doubts.any(nodes, |node, doubts| node.outcome(row, doubts)),
        }
    }
}

impl<'p> Table<'p> {
    fn outcome(&self, row: &Row, doubts: &mut Doubts<'p>) -> Outcome {
        let steps = self.strides.iter().map(|(key, stride)| row.get(*key).map_or(0, |value| value * stride));
        match self.outcomes.get(steps.sum::<usize>()) {
            Some((outcome, open_on)) => {
                doubts.extend(open_on);
                *outcome
            }
            None => Outcome::False,
        }
    }
}

/// What parts of an evaluation come to.
pub(crate) struct Summary<'p> {
    /// The states that some values of the keys lead to.
    pub(crate) reached: StateSet,
    /// What whoever denies or allows in a state is open on.
    pub(crate) open: BTreeSet<(State, Effect, Doubt<'p>)>,
    pub(crate) turns: Vec<Turns>,
}

/// From each state, the states that another value of the key leads to.
pub(crate) struct Turns {
    /// By its place.
    pub(crate) key: usize,
    to: [StateSet; STATES as usize],
}

type Part<'n, 'p> = Vec<(Effect, &'n Node<'p>)>;

impl<'p> Summary<'p> {
    /// What denies, and the layers that have to allow. `values` says how many values each split key has.
    pub(crate) fn new(denying: &[Node<'p>], allowing: &[Node<'p>], values: &[usize]) -> Summary<'p> {
        let denying = denying.iter().map(|node| (Effect::Deny, node));
        let allowing = allowing.iter().map(|node| (Effect::Allow, node));
        Summary::of_nodes(denying.chain(allowing), Join::EVALUATION, values)
    }

    fn of_nodes<'n>(
        nodes: impl Iterator<Item = (Effect, &'n Node<'p>)>,
        join: Join,
        values: &[usize],
    ) -> Summary<'p>
    where
        'p: 'n,
    {
        let inside = |effect: Effect, nodes: &[Node<'p>], logic: Logic| {
            let nodes = nodes.iter().map(|node| (effect, node)).collect::<Vec<_>>();
            Summary::of_nodes(nodes.into_iter(), Join::inside(effect, logic), values)
        };
        let parts = independent(nodes).into_iter().map(|part| match part.as_slice() {
            [(effect, Node { kind: Kind::All(nodes), .. })] => inside(*effect, nodes, Logic::And),
            [(effect, Node { kind: Kind::Any(nodes), .. })] => inside(*effect, nodes, Logic::Or),
            part => Summary::tried_out(part, join, values),
        });
        let whole = parts.reduce(|whole, part| whole.joined(&part, join));
        whole.unwrap_or_else(|| Summary::tried_out(&[], join, values))
    }

    fn nothing() -> Summary<'p> {
        Summary { reached: StateSet::default(), open: BTreeSet::new(), turns: Vec::new() }
    }

    /// Every combination of the values of their keys.
    fn tried_out(nodes: &[(Effect, &Node<'p>)], join: Join, values: &[usize]) -> Summary<'p> {
        let set = nodes.iter().fold(0, |keys, (_, node)| keys | node.keys);
        let keys = values.iter().copied().enumerate().filter(|(key, _)| set & (1 << key) != 0);
        let keys: Vec<(usize, usize)> = keys.collect();
        let total = keys.iter().map(|(_, count)| count).product();
        let mut summary = Summary::nothing();
        let mut states = Vec::with_capacity(total);
        let mut row = Row::default();
        let (mut denying, mut allowing) = (Doubts::default(), Doubts::default());
        for _ in 0..total {
            let of = |effect, doubts: &mut Doubts<'p>| {
                let same = nodes.iter().filter(|(other, _)| *other == effect).map(|(_, node)| *node);
                let test = |node: &Node<'p>, doubts: &mut Doubts<'p>| node.outcome(&row, doubts);
                match join.of(effect) {
                    Logic::And => doubts.all(same, test),
                    Logic::Or => doubts.any(same, test),
                }
            };
            let state = State::new(of(Effect::Deny, &mut denying), of(Effect::Allow, &mut allowing));
            summary.reached.add(state);
            summary.open.extend(denying.take().map(|doubt| (state, Effect::Deny, doubt)));
            summary.open.extend(allowing.take().map(|doubt| (state, Effect::Allow, doubt)));
            states.push(state);
            advance(&mut row, &keys);
        }
        let mut stride = 1;
        for (key, count) in keys {
            summary.turns.push(Turns::new(key, count, stride, &states));
            stride *= count;
        }
        summary
    }

    /// Of two parts that share no key.
    fn joined(&self, other: &Summary<'p>, join: Join) -> Summary<'p> {
        let mut whole = Summary::nothing();
        for state in self.reached.iter() {
            other.reached.iter().for_each(|other| whole.reached.add(join.join(state, other)));
        }
        for (part, rest) in [(self, other.reached), (other, self.reached)] {
            for (state, effect, doubt) in &part.open {
                let joined = rest.iter().map(|rest| join.join(*state, rest));
                let open = joined.filter(|state| state.of(*effect) == Outcome::Open);
                whole.open.extend(open.map(|state| (state, *effect, *doubt)));
            }
            whole.turns.extend(part.turns.iter().map(|turns| turns.joined(rest, join)));
        }
        whole
    }
}

/// The next combination; the first key changes fastest.
fn advance(row: &mut Row, keys: &[(usize, usize)]) {
    for (key, count) in keys {
        if let Some(value) = row.get_mut(*key) {
            *value = (*value + 1) % count;
            if *value > 0 {
                return;
            }
        }
    }
}

/// Parts that share no key with each other.
fn independent<'n, 'p>(nodes: impl Iterator<Item = (Effect, &'n Node<'p>)>) -> Vec<Part<'n, 'p>> {
    let mut parts: Vec<(KeySet, Part<'n, 'p>)> = Vec::new();
    for (effect, node) in nodes {
        let mut keys = node.keys;
        let mut part = Vec::new();
        // What depends on no key is one part.
        let meets = |(other, _): &mut (KeySet, Part<'n, 'p>)| *other & node.keys != 0 || *other == node.keys;
        for (other, nodes) in parts.extract_if(.., meets) {
            keys |= other;
            part.extend(nodes);
        }
        part.push((effect, node));
        parts.push((keys, part));
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

impl Turns {
    fn new(key: usize, count: usize, stride: usize, states: &[State]) -> Turns {
        let mut turns = Turns { key, to: [StateSet::default(); STATES as usize] };
        for (index, state) in states.iter().enumerate() {
            // All values can be told from the first, or none can.
            let value = index / stride % count;
            if let Some(first) = states.get(index - value * stride) {
                turns.add(*first, *state);
            }
        }
        turns
    }

    fn add(&mut self, from: State, to: State) {
        if let Some(set) = self.to.get_mut(from.place()) {
            set.add(to);
        }
    }

    fn iter(&self) -> impl Iterator<Item = (State, State)> {
        State::all().zip(&self.to).flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
    }

    fn joined(&self, rest: StateSet, join: Join) -> Turns {
        let mut joined = Turns { key: self.key, to: [StateSet::default(); STATES as usize] };
        for (from, to) in self.iter() {
            rest.iter().for_each(|rest| joined.add(join.join(from, rest), join.join(to, rest)));
        }
        joined
    }

    /// Whether the key makes a difference to a question.
    pub(crate) fn differ<T: PartialEq>(&self, question: impl Fn(State) -> T) -> bool {
        self.iter().any(|(from, to)| question(from) != question(to))
    }
}
