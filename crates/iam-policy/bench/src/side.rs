// One build: included twice, where `policy` and `diagnosis` are the build's own crates, and a file of its own has its names and makes its facts.

use std::hint::black_box;

use policy::{Context, Decision, Layers, Policy, Request, Resource, Value};

use crate::guardrails::World;
use crate::rows::{Given, Question};

pub fn parse(texts: &[String]) -> Vec<Policy> {
    texts.iter().map(|text| Policy::parse(text).unwrap()).collect()
}

pub fn request(question: &Question) -> Request {
    let mut context = Context::closed();
    for (key, value) in &question.context {
        context.set(
            key,
            match value {
                Given::One(text) => Value::One(text.clone()),
                Given::Many(texts) => Value::Many(texts.clone()),
                Given::Unknown => Value::Unknown,
            },
        );
    }
    Request { action: question.action.clone(), resource: Resource::Named(question.resource.clone()), context }
}

fn layers(identity: &[Policy]) -> Layers<'_> {
    Layers { identity, ..Layers::default() }
}

pub fn decide(policies: &[Policy], request: &Request) -> Decision {
    policy::evaluate(&layers(policies), request).decision
}

pub fn explain(policies: &[Policy], request: &Request) {
    black_box(policy::explain(&layers(policies), request));
}

/// All denials: what is worth reading besides, none of which can be read, and the diagnosis. Of the evidence only what
/// both builds can say: the later one takes more from the message.
pub fn diagnose(world: &World) -> Vec<String> {
    let baseline = Baseline::parse(&world.baseline).unwrap();
    let mut facts = facts(world);
    let diagnoses = world.events.iter().map(|event| {
        let delivery = deliveries(event).pop().unwrap().unwrap();
        let failure = Failure::read(delivery).unwrap();
        forget(&mut facts);
        loop {
            let wants = next_lookups(&failure, &facts, &baseline);
            if wants.is_empty() {
                break;
            }
            leave_unseen(&mut facts, wants);
        }
        let diagnosis = tell(&failure, &facts, &baseline);
        format!("{:?} {:?} {:?}", diagnosis.cause, diagnosis.keys, diagnosis.evidence.unseen)
    });
    diagnoses.collect()
}
