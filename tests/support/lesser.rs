//! Policies from which one right was taken.

use serde_json::{Value as Json, json};

/// Each policy that lacks one action or one resource: what it lacks, the statement that had it, and the rest.
pub fn lesser_policies(policy: &Json) -> Vec<(String, Json, Json)> {
    let list = |value: &Json| match value {
        Json::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    let mut lesser = Vec::new();
    for (index, statement) in policy["Statement"].as_array().unwrap().iter().enumerate() {
        for element in ["Action", "Resource"] {
            let all = list(&statement[element]);
            for one in &all {
                let left: Vec<&Json> = all.iter().filter(|other| *other != one).collect();
                let mut less = policy.clone();
                match left.is_empty() {
                    true => drop(less["Statement"].as_array_mut().unwrap().remove(index)),
                    false => less["Statement"][index][element] = json!(left),
                }
                lesser.push((format!("{one} of {}", statement["Action"]), statement.clone(), less));
            }
        }
    }
    lesser
}
