//! Who acts: functions that heal, an operator, and somebody who holds no lease.

use fastrand::Rng;
use tagmend_sandbox::{AttributeMapping, Cloud};

/// What the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Hold,
    HoldKey,
    Resume,
    RollBack,
}

impl Order {
    pub(crate) fn any(random: &mut Rng) -> Order {
        let orders = [Order::Hold, Order::HoldKey, Order::Resume, Order::RollBack];
        // Most of the time something is rolled back: it needs a fix that is there already.
        orders.get(random.usize(..8)).copied().unwrap_or(Order::RollBack)
    }
}

/// Reads the list, thinks, and writes it whole, as Terraform and the console do.
#[derive(Debug)]
pub(crate) struct Stranger {
    intent: Intent,
    read: Option<Vec<AttributeMapping>>,
}

#[derive(Clone, Debug)]
enum Intent {
    Add(AttributeMapping),
    Remove(&'static str),
    /// What Tagmend would restore, a person does.
    Restore,
}

/// What a stranger's write did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    pub(crate) added: Vec<AttributeMapping>,
    pub(crate) removed: Vec<AttributeMapping>,
    /// The whole list.
    pub(crate) list: Vec<AttributeMapping>,
}

impl Stranger {
    pub(crate) fn new(number: usize, random: &mut Rng) -> Stranger {
        let key = format!("Stranger{number}");
        let intent = match random.u8(..4) {
            0 => Intent::Remove("Department"),
            1 => Intent::Restore,
            _ => Intent::Add(AttributeMapping { key, source: "${path:locale}".to_owned() }),
        };
        Stranger { intent, read: None }
    }

    /// The next step; what the write did, once it is made.
    pub(crate) fn step(&mut self, cloud: &Cloud) -> Option<Effect> {
        let Some(mut list) = self.read.take() else {
            self.read = Some(cloud.look(|world| world.attribute_mappings.clone().unwrap()));
            return None;
        };
        match &self.intent {
            Intent::Add(mapping) => list.push(mapping.clone()),
            Intent::Remove(key) => list.retain(|mapping| mapping.key != *key),
            Intent::Restore if list.iter().any(|mapping| mapping.key == "Department") => {}
            Intent::Restore => {
                let source = "${path:enterprise.department}".to_owned();
                list.push(AttributeMapping { key: "Department".to_owned(), source });
            }
        }
        let mut effect = Effect::default();
        cloud.change(|world| {
            let live = world.attribute_mappings.replace(list.clone()).unwrap();
            effect.added = list.iter().filter(|mapping| !live.contains(mapping)).cloned().collect();
            effect.removed = live.into_iter().filter(|mapping| !list.contains(mapping)).collect();
        });
        effect.list = list;
        Some(effect)
    }
}
