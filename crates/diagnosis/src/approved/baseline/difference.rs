//! What one baseline has that another has not, and what that allows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Accounts, ApprovedMapping, ApprovedPermissionSet, Baseline, Limits, Owner, TagRule};

/// One thing in which two baselines differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How.
    pub kind: Kind,
    /// What, in words.
    pub what: String,
    /// What it does to what Tagmend may change.
    pub effect: Effect,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was not there before.
    Added,
    /// It is there no more.
    Removed,
    /// It is another one.
    Changed,
}

/// What a difference does to what Tagmend may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It may change this, which it may not change now.
    AllowsMore(String),
    /// It may change less.
    AllowsLess,
    /// It may change the same.
    AllowsTheSame,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
        };
        write!(formatter, "{kind}: {}", self.what)?;
        match &self.effect {
            Effect::AllowsMore(what) => write!(formatter, " -> ALLOWS {what}"),
            Effect::AllowsLess => formatter.write_str(" -> allows less"),
            Effect::AllowsTheSame => Ok(()),
        }
    }
}

/// Everything in which two baselines differ.
pub fn differences(before: &Baseline, after: &Baseline) -> Vec<Difference> {
    let mut found = instance(before, after);
    found.extend(mappings(&before.mappings, &after.mappings));
    found.extend(permission_sets(&before.permission_sets, &after.permission_sets));
    found.extend(accounts(&before.accounts, &after.accounts));
    found.extend(tag(before.only_tagged.as_ref(), after.only_tagged.as_ref()));
    found.extend(own_roles(&before.own_roles, &after.own_roles));
    found.extend(limits(&before.limits, &after.limits));
    found
}

fn changed(what: String, effect: Effect) -> Difference {
    Difference { kind: Kind::Changed, what, effect }
}

fn instance(before: &Baseline, after: &Baseline) -> Vec<Difference> {
    let fields = [
        ("instance", &before.instance_arn, &after.instance_arn, "changes at another instance"),
        ("identity store", &before.identity_store_id, &after.identity_store_id, "changes for other users"),
        ("Region", &before.region, &after.region, "changes in another Region"),
        (
            "management account",
            &before.management_account,
            &after.management_account,
            "provisioning to an account that was the management account",
        ),
    ];
    let differing = fields.into_iter().filter(|(_, before, after, _)| before != after);
    differing
        .map(|(name, before, after, allows)| {
            changed(format!("{name} {before} is {after}"), Effect::AllowsMore(allows.to_owned()))
        })
        .collect()
}

fn mappings(
    before: &BTreeMap<String, ApprovedMapping>,
    after: &BTreeMap<String, ApprovedMapping>,
) -> Vec<Difference> {
    let said = |mapping: &ApprovedMapping| match mapping.owner {
        Owner::Idp => format!("{} from the IdP", mapping.key),
        Owner::IdentityStore(source) => format!("{} = {source}", mapping.key),
    };
    let effect = |mapping: &ApprovedMapping| match mapping.owner {
        Owner::Idp => Effect::AllowsTheSame,
        Owner::IdentityStore(_) => Effect::AllowsMore(format!("restoring {}", said(mapping))),
    };
    let tell = |(_, pair): (&str, Pair<'_, ApprovedMapping>)| match pair {
        Pair::Added(new) => Some(Difference {
            kind: Kind::Added,
            what: format!("mapping {}", said(new)),
            effect: effect(new),
        }),
        Pair::Removed(old) => {
            let less = match old.owner {
                // Whoever is no longer said to send a key leaves it to nobody.
                Owner::Idp => Effect::AllowsTheSame,
                Owner::IdentityStore(_) => Effect::AllowsLess,
            };
            Some(Difference { kind: Kind::Removed, what: format!("mapping {}", said(old)), effect: less })
        }
        Pair::Both(old, new) => (old != new).then(|| {
            let effect = match (old.owner, effect(new)) {
                (Owner::IdentityStore(_), Effect::AllowsTheSame) => Effect::AllowsLess,
                (_, effect) => effect,
            };
            changed(format!("mapping {} is {}", said(old), said(new)), effect)
        }),
    };
    pairs(before, after).filter_map(tell).collect()
}

fn permission_sets(
    before: &BTreeMap<String, ApprovedPermissionSet>,
    after: &BTreeMap<String, ApprovedPermissionSet>,
) -> Vec<Difference> {
    let tell = |(name, pair): (&str, Pair<'_, ApprovedPermissionSet>)| match pair {
        Pair::Added(new) => Some(Difference {
            kind: Kind::Added,
            what: format!("permission set {name}"),
            effect: match allowed(new) {
                allowed if allowed.is_empty() => Effect::AllowsTheSame,
                allowed => Effect::AllowsMore(format!("{} under {name}", allowed.join(" and "))),
            },
        }),
        Pair::Removed(old) => Some(Difference {
            kind: Kind::Removed,
            what: format!("permission set {name}"),
            effect: if allowed(old).is_empty() { Effect::AllowsTheSame } else { Effect::AllowsLess },
        }),
        Pair::Both(old, new) => permission_set(name, old, new),
    };
    pairs(before, after).filter_map(tell).collect()
}

fn allowed(set: &ApprovedPermissionSet) -> Vec<&'static str> {
    let provisions = set.may_provision.is_some().then_some("provisioning");
    set.may_restore_mapping.then_some("restoring mappings").into_iter().chain(provisions).collect()
}

fn permission_set(
    name: &str,
    old: &ApprovedPermissionSet,
    new: &ApprovedPermissionSet,
) -> Option<Difference> {
    if old == new {
        return None;
    }
    let (had, has) = (allowed(old), allowed(new));
    let mut said = Vec::new();
    let mut more: Vec<String> = Vec::new();
    if old.arn != new.arn {
        said.push(format!("its ARN {} is {}", old.arn, new.arn));
        more.extend((!has.is_empty()).then(|| "changes under another permission set".to_owned()));
    }
    said.extend(has.iter().filter(|one| !had.contains(one)).map(|one| format!("{one} is new")));
    more.extend(has.iter().filter(|one| !had.contains(one)).map(|one| (*one).to_owned()));
    said.extend(had.iter().filter(|one| !has.contains(one)).map(|one| format!("{one} is gone")));
    if old.policy_digest != new.policy_digest {
        let digest = |set: &ApprovedPermissionSet| {
            set.policy_digest.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
        };
        said.push(format!("its policies {} are {}", digest(old), digest(new)));
        if new.may_provision.is_some() && old.may_provision.is_some() {
            more.push("provisioning other policies".to_owned());
        }
    }
    if let (Some(was), Some(is)) = (&old.seen_digest, &new.seen_digest)
        && was != is
    {
        said.push(format!("its policies were seen as {was} and are seen as {is}; nobody approved them"));
    } else if new.policy_digest.is_none() && old.seen_digest != new.seen_digest {
        said.push("what was seen of its policies, and not approved, is another".to_owned());
    }
    let effect = match (more.is_empty(), had.iter().any(|one| !has.contains(one))) {
        (false, _) => Effect::AllowsMore(format!("{} under {name}", more.join(" and "))),
        (true, true) => Effect::AllowsLess,
        (true, false) => Effect::AllowsTheSame,
    };
    Some(changed(format!("permission set {name}: {}", said.join("; ")), effect))
}

fn accounts(before: &Accounts, after: &Accounts) -> Vec<Difference> {
    let one = |kind: Kind, account: &String, effect: Effect| Difference {
        kind,
        what: match after {
            Accounts::Listed(_) => format!("account {account}"),
            Accounts::AllProvisionedExcept(_) => format!("account {account} of the exclusions"),
        },
        effect,
    };
    let more = |account: &String| Effect::AllowsMore(format!("changes for denials in {account}"));
    match (before, after) {
        (Accounts::Listed(old), Accounts::Listed(new)) => {
            let added = new.difference(old).map(|account| one(Kind::Added, account, more(account)));
            added
                .chain(old.difference(new).map(|account| one(Kind::Removed, account, Effect::AllowsLess)))
                .collect()
        }
        (Accounts::AllProvisionedExcept(old), Accounts::AllProvisionedExcept(new)) => {
            let added = new.difference(old).map(|account| one(Kind::Added, account, Effect::AllowsLess));
            added
                .chain(old.difference(new).map(|account| one(Kind::Removed, account, more(account))))
                .collect()
        }
        (Accounts::Listed(old), Accounts::AllProvisionedExcept(new)) => {
            let what = format!(
                "{} listed accounts are all in which a permission set is provisioned, but for {}",
                old.len(),
                new.len()
            );
            let allows = "changes for denials in any account, and in those that come later".to_owned();
            vec![changed(what, Effect::AllowsMore(allows))]
        }
        (Accounts::AllProvisionedExcept(_), Accounts::Listed(new)) => {
            let what = format!(
                "all accounts in which a permission set is provisioned are {} listed ones",
                new.len()
            );
            vec![changed(what, Effect::AllowsLess)]
        }
    }
}

fn tag(before: Option<&TagRule>, after: Option<&TagRule>) -> Option<Difference> {
    let said = |rule: &TagRule| format!("only permission sets tagged {}={}", rule.key, rule.value);
    match (before, after) {
        (None, Some(rule)) => {
            Some(Difference { kind: Kind::Added, what: said(rule), effect: Effect::AllowsLess })
        }
        (Some(rule), None) => Some(Difference {
            kind: Kind::Removed,
            what: said(rule),
            effect: Effect::AllowsMore(
                "changes under every approved permission set, tagged or not".to_owned(),
            ),
        }),
        (Some(old), Some(new)) if old != new => Some(changed(
            format!("{} is {}", said(old), said(new)),
            Effect::AllowsMore(format!(
                "changes under approved permission sets tagged {}={}",
                new.key, new.value
            )),
        )),
        _ => None,
    }
}

fn own_roles(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<Difference> {
    let one = |kind, role: &String, effect| Difference { kind, what: format!("own role {role}"), effect };
    let added = after.difference(before).map(|role| one(Kind::Added, role, Effect::AllowsLess));
    let removed = before.difference(after).map(|role| {
        one(Kind::Removed, role, Effect::AllowsMore(format!("changes for what {role} was denied")))
    });
    added.chain(removed).collect()
}

fn limits(before: &Limits, after: &Limits) -> Vec<Difference> {
    let minutes = |duration: jiff::SignedDuration| usize::try_from(duration.as_mins()).unwrap_or(usize::MAX);
    // Each with whether a higher number allows more. A limit that is not named here does not compile.
    let numbers = |limits: &Limits| {
        let Limits {
            fixes_per_hour,
            fixes_of_one_thing_per_day,
            cool_down,
            permission_sets_per_key,
            maximum_index_age,
            users_before_a_fix,
            maximum_event_age,
        } = *limits;
        [
            ("fixes_per_hour", true, fixes_per_hour),
            ("fixes_of_one_thing_per_day", true, fixes_of_one_thing_per_day),
            ("cool_down_minutes", false, minutes(cool_down)),
            ("permission_sets_per_key", true, permission_sets_per_key.unwrap_or(usize::MAX)),
            ("maximum_index_age_hours", true, minutes(maximum_index_age) / 60),
            ("users_before_a_fix", false, users_before_a_fix),
            ("maximum_event_age_hours", true, minutes(maximum_event_age) / 60),
        ]
    };
    let said = |number: usize| if number == usize::MAX { "no limit".to_owned() } else { number.to_string() };
    let pairs = numbers(before).into_iter().zip(numbers(after));
    let differing = pairs.filter(|((_, _, old), (_, _, new))| old != new);
    differing
        .map(|((name, more_is_more, old), (_, _, new))| {
            let effect = if (new > old) == more_is_more {
                Effect::AllowsMore(format!("what {name} {} stops", said(old)))
            } else {
                Effect::AllowsLess
            };
            changed(format!("limit {name} {} is {}", said(old), said(new)), effect)
        })
        .collect()
}

/// A thing of one or both.
enum Pair<'a, T> {
    Added(&'a T),
    Removed(&'a T),
    Both(&'a T, &'a T),
}

fn pairs<'a, T>(
    before: &'a BTreeMap<String, T>,
    after: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a str, Pair<'a, T>)> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter_map(|name| {
        let pair = match (before.get(name), after.get(name)) {
            (None, Some(new)) => Pair::Added(new),
            (Some(old), None) => Pair::Removed(old),
            (Some(old), Some(new)) => Pair::Both(old, new),
            (None, None) => return None,
        };
        Some((name.as_str(), pair))
    })
}
