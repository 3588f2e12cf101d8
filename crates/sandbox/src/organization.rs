//! A world of any size: accounts, permission sets and users in realistic mixes, the same for the same seed.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde_json::{Map, Value as Json, json};

use crate::world::{
    AccountStatus, AttributeMapping, Boundary, Journal, PermissionSet, PolicyReference, World,
};

/// How large an organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Member accounts.
    pub accounts: usize,
    /// Permission sets of the instance; AWS takes 3,500.
    pub permission_sets: usize,
    /// Users of the identity store.
    pub users: usize,
    /// What chance begins with.
    pub seed: u64,
}

/// Why a text does not say how large.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not say how large: as accounts=300,permission-sets=3500,users=50000,seed=1")]
pub struct NotAnOrganization(String);

impl FromStr for Organization {
    type Err = NotAnOrganization;

    fn from_str(text: &str) -> Result<Organization, NotAnOrganization> {
        let wrong = || NotAnOrganization(text.to_owned());
        let mut organization = Organization { accounts: 0, permission_sets: 0, users: 0, seed: 1 };
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            let number: u64 = value.parse().map_err(|_| wrong())?;
            let size = usize::try_from(number).map_err(|_| wrong())?;
            match name {
                "accounts" => organization.accounts = size,
                "permission-sets" => organization.permission_sets = size,
                "users" => organization.users = size,
                "seed" => organization.seed = number,
                _ => return Err(wrong()),
            }
        }
        if organization.accounts == 0 || organization.permission_sets == 0 {
            return Err(wrong());
        }
        Ok(organization)
    }
}

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";
const AWS_MANAGED: [&str; 3] = ["ReadOnlyAccess", "SecurityAudit", "job-function/ViewOnlyAccess"];
const DEPARTMENTS: [&str; 5] = ["Finance", "Claims", "Platform", "Research", "Sales"];
const KEYS: [(&str, &str); 4] = [
    ("Department", "${path:enterprise.department}"),
    ("CostCenter", "${path:enterprise.costCenter}"),
    ("Team", "${path:enterprise.division}"),
    ("Organization", "${path:enterprise.organization}"),
];

impl Organization {
    /// The world: the same for the same numbers.
    pub fn world(self) -> World {
        let mut chance = Chance(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1));
        let accounts: Vec<String> = (0..self.accounts).map(account).collect();
        let permission_sets: Vec<PermissionSet> =
            (0..self.permission_sets).map(|index| permission_set(index, &accounts, &mut chance)).collect();
        World {
            now: "2026-11-23T12:00:00Z".to_owned(),
            instance_arn: INSTANCE.to_owned(),
            identity_store_id: "d-1111222233".to_owned(),
            kms_key: None,
            caller_policies: None,
            attribute_mappings: Some(KEYS.map(mapping).to_vec()),
            permission_sets,
            users: (0..self.users).map(|index| user(index, &mut chance)).collect(),
            managed_policies: AWS_MANAGED.iter().map(|name| (managed(name), read_only())).collect(),
            organization_policies: BTreeMap::new(),
            member_accounts: BTreeMap::new(),
            reader_role: "tagmend-reader".to_owned(),
            reader_external_id: "tagmend".to_owned(),
            authorization_details: BTreeMap::new(),
            quotas: Vec::new(),
            journal: Journal {
                bucket: "tagmend-journal".to_owned(),
                begun: true,
                objects: BTreeMap::new(),
                texts: BTreeMap::new(),
            },
            metrics: Vec::new(),
            events: Vec::new(),
            event_history: Vec::new(),
            queues: BTreeMap::new(),
            queue_positions: BTreeMap::new(),
            query_results: BTreeMap::new(),
            installation: None,
            faults: Vec::new(),
            access_control_status: None,
            management_account: Some("999999999999".to_owned()),
            forgets_updates: false,
            foreign_write: None,
            // Provisioning one account takes several looks.
            provisioning_looks: 5,
            page_size: 100,
        }
    }
}

/// The member account of a number.
fn account(index: usize) -> String {
    format!("{:012}", 200_000_000_000 + index)
}

fn managed(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}

fn mapping((key, source): (&str, &str)) -> AttributeMapping {
    AttributeMapping { key: key.to_owned(), source: source.to_owned() }
}

fn read_only() -> Json {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}]})
}

/// Nine in ten have an inline policy, every fifth of which decides by a session tag; half have AWS managed policies, a
/// seventh customer managed ones, a tenth a boundary. Most are in a few accounts, some in very many.
fn permission_set(index: usize, accounts: &[String], chance: &mut Chance) -> PermissionSet {
    let key = KEYS.get(chance.below(KEYS.len())).map_or("Department", |(key, _)| key);
    let decides_by_tag = index.is_multiple_of(5);
    let name = if decides_by_tag { format!("Tagged{index:04}") } else { format!("Role{index:04}") };
    let inline_policy =
        (decides_by_tag || chance.below(10) > 0).then(|| inline(decides_by_tag.then_some(key), index));
    let managed_policies = match chance.below(2) {
        0 => Vec::new(),
        _ => AWS_MANAGED.iter().take(1 + chance.below(2)).map(|name| managed(name)).collect(),
    };
    let customer = PolicyReference { name: format!("team-{:02}", index % 40), path: "/".to_owned() };
    let boundary = match chance.below(20) {
        0 => Some(Boundary::Managed(managed("ReadOnlyAccess"))),
        1 => Some(Boundary::CustomerManaged(PolicyReference {
            name: "boundary".to_owned(),
            path: "/".to_owned(),
        })),
        _ => None,
    };
    let spread = match chance.below(20) {
        0 => accounts.len() / 2,
        1 | 2 => accounts.len() / 10,
        _ => 1 + chance.below(8),
    };
    let first = chance.below(accounts.len());
    let chosen = accounts.iter().cycle().skip(first).take(spread.clamp(1, accounts.len()));
    PermissionSet {
        arn: format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{index:016}"),
        name,
        session_duration: if chance.below(3) == 0 { "PT8H" } else { "PT1H" }.to_owned(),
        inline_policy,
        managed_policies,
        customer_managed_policies: if chance.below(7) == 0 { vec![customer] } else { Vec::new() },
        boundary,
        tags: BTreeMap::new(),
        accounts: chosen.map(|account| (account.clone(), AccountStatus::Provisioned)).collect(),
        provisioning_fails: None,
    }
}

fn inline(key: Option<&str>, index: usize) -> Json {
    let bucket = format!("arn:aws:s3:::data-{:03}/*", index % 500);
    let statement = match key {
        Some(key) => json!({
            "Sid": "ByTag", "Effect": "Allow", "Action": ["s3:GetObject", "glue:StartJobRun"], "Resource": "*",
            "Condition": {"StringLike": {format!("aws:PrincipalTag/{key}"): "*"}},
        }),
        None => json!({"Sid": "Bucket", "Effect": "Allow", "Action": "s3:*", "Resource": bucket}),
    };
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// One in twenty lacks the department, as people do whose manager forgot.
fn user(index: usize, chance: &mut Chance) -> Map<String, Json> {
    let department = DEPARTMENTS.get(chance.below(DEPARTMENTS.len())).copied().unwrap_or_default();
    let mut enterprise = Map::from_iter([
        ("costCenter".to_owned(), json!((100 + chance.below(900)).to_string())),
        ("division".to_owned(), json!(format!("Division{:02}", chance.below(30)))),
        ("organization".to_owned(), json!("Example")),
    ]);
    if chance.below(20) > 0 {
        enterprise.insert("department".to_owned(), json!(department));
    }
    Map::from_iter([
        ("UserId".to_owned(), json!(user_id(index))),
        ("UserName".to_owned(), json!(format!("user{index:05}@example.com"))),
        ("DisplayName".to_owned(), json!(format!("User {index}"))),
        ("Extensions".to_owned(), json!({"aws:identitystore:enterprise": enterprise})),
    ])
}

/// The id of a user of a number.
fn user_id(index: usize) -> String {
    format!("{index:08x}-1111-2222-3333-444455556666")
}

/// Numbers that look like chance: splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_are_the_same_world_and_a_fifth_decides_by_a_tag() {
        let organization: Organization = "accounts=30,permission-sets=350,users=100,seed=7".parse().unwrap();
        let world = organization.world();
        let same =
            serde_json::to_value(&world).unwrap() == serde_json::to_value(organization.world()).unwrap();
        assert!(same);
        let tagged = world.permission_sets.iter().filter(|set| {
            set.inline_policy.as_ref().is_some_and(|policy| policy.to_string().contains("aws:PrincipalTag"))
        });
        assert_eq!((world.permission_sets.len(), world.users.len(), tagged.count()), (350, 100, 70));
        let share =
            |is: fn(&PermissionSet) -> bool| world.permission_sets.iter().filter(|set| is(set)).count();
        assert!((20..90).contains(&share(|set| !set.customer_managed_policies.is_empty())));
        assert!((15..60).contains(&share(|set| set.boundary.is_some())));
        assert!((120..230).contains(&share(|set| !set.managed_policies.is_empty())));
        let other = Organization { seed: 8, ..organization }.world();
        assert!(serde_json::to_value(&world).unwrap() != serde_json::to_value(other).unwrap());
    }

    #[test]
    fn what_does_not_say_how_large_is_refused() {
        for text in
            ["", "accounts=1", "accounts=x,permission-sets=1", "accounts=1,permission-sets=1,cats=1", "300"]
        {
            assert_eq!(text.parse::<Organization>(), Err(NotAnOrganization(text.to_owned())));
        }
    }
}
