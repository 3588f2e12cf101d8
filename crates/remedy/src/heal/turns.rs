//! Whose turn it is: nobody's events use up what others need of a batch.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tagmend_diagnosis::{Question, UserReference};

/// On whose behalf things are read: somebody in an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asker {
    account: String,
    user: UserReference,
}

impl Asker {
    pub(crate) fn of(question: &Question) -> Asker {
        Asker { account: question.account.clone(), user: question.user.clone() }
    }

    #[cfg(test)]
    fn account(&self) -> &str {
        &self.account
    }
}

/// The order in which things are treated, as indices: one of each account, then another one of each, and within an account
/// one of each user, then another one of each. Whoever was denied first comes first, so that nobody is the last one each
/// time where there is not time enough for all.
pub(crate) fn turns(askers: &[(Asker, Timestamp)]) -> Vec<usize> {
    let mut accounts: BTreeMap<&str, BTreeMap<&UserReference, Vec<usize>>> = BTreeMap::new();
    for (index, (asker, _)) in askers.iter().enumerate() {
        accounts.entry(&asker.account).or_default().entry(&asker.user).or_default().push(index);
    }
    let denied = |index: &usize| askers.get(*index).map(|(_, time)| *time);
    let first = |queue: &Vec<usize>| queue.iter().filter_map(denied).min();
    let in_turn = |mut queues: Vec<Vec<usize>>| {
        queues.iter_mut().for_each(|queue| queue.sort_by_key(denied));
        queues.sort_by_key(first);
        queues
    };
    let of_account = |users: BTreeMap<&UserReference, Vec<usize>>| {
        let users = in_turn(users.into_values().collect());
        (users.iter().filter_map(first).min(), round_robin(users))
    };
    let mut accounts: Vec<_> = accounts.into_values().map(of_account).collect();
    accounts.sort_by_key(|(first, _)| *first);
    round_robin(accounts.into_iter().map(|(_, queue)| queue).collect())
}

/// The first of each queue, then the second of each.
fn round_robin(queues: Vec<Vec<usize>>) -> Vec<usize> {
    let longest = queues.iter().map(Vec::len).max().unwrap_or_default();
    (0..longest).flat_map(|place| queues.iter().filter_map(move |queue| queue.get(place).copied())).collect()
}

/// How much may still be read on behalf of each. The room of an account is its own, and so is that of a user in it: what one
/// asks for takes nothing from another.
#[derive(Debug)]
pub(crate) struct Rooms(BTreeMap<Asker, usize>);

impl Rooms {
    /// Divides the room among the accounts, and the room of each among its users; none has less than `least`.
    pub(crate) fn new(askers: &BTreeSet<Asker>, room: usize, least: usize) -> Rooms {
        let mut users: BTreeMap<&str, Vec<&Asker>> = BTreeMap::new();
        for asker in askers {
            users.entry(&asker.account).or_default().push(asker);
        }
        let accounts = users.len();
        let of_account = |users: Vec<&Asker>| -> Vec<(Asker, usize)> {
            let of_users = shares(room / accounts.max(1), users.len());
            users.into_iter().cloned().zip(of_users.map(|share| share.max(least))).collect()
        };
        Rooms(users.into_values().flat_map(of_account).collect())
    }

    /// Takes what there is room for, in its order; the rest comes back.
    pub(crate) fn take<T>(&mut self, asker: &Asker, mut things: Vec<T>) -> (Vec<T>, Vec<T>) {
        let mut none = 0;
        let room = self.0.get_mut(asker).unwrap_or(&mut none);
        let rest = things.split_off(things.len().min(*room));
        *room -= things.len();
        (things, rest)
    }
}

/// Equal shares, the first ones greater by one where it does not come out even.
fn shares(room: usize, among: usize) -> impl Iterator<Item = usize> {
    let (share, over) = (room / among.max(1), room % among.max(1));
    (0..among).map(move |index| share + usize::from(index < over))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(account: usize, user: usize) -> Asker {
        Asker { account: format!("account {account}"), user: UserReference::Name(format!("user {user}")) }
    }

    /// Events of random askers, by a seed.
    fn random(seed: u64) -> Vec<Asker> {
        let mut random = fastrand::Rng::with_seed(seed);
        let (accounts, users) = (random.usize(1..8), random.usize(1..8));
        // The first account shouts.
        let account = |random: &mut fastrand::Rng| match random.bool() {
            true => 0,
            false => random.usize(0..accounts),
        };
        (0..random.usize(1..120)).map(|_| asker(account(&mut random), random.usize(0..users))).collect()
    }

    #[test]
    fn accounts_take_turns_and_users_within_them() {
        let askers =
            [asker(1, 1), asker(1, 1), asker(1, 1), asker(1, 2), asker(2, 1), asker(2, 1), asker(3, 9)];
        assert_eq!(turns(&at_once(&askers)), [0, 4, 6, 3, 5, 1, 2]);
    }

    #[test]
    fn whoever_was_denied_first_comes_first() {
        let at = |asker: Asker, second: i64| (asker, Timestamp::from_second(second).unwrap());
        let askers = [
            at(asker(1, 1), 50),
            at(asker(1, 2), 20),
            at(asker(2, 1), 30),
            at(asker(3, 1), 10),
            at(asker(3, 1), 5),
            at(asker(1, 2), 60),
        ];
        assert_eq!(turns(&askers), [4, 1, 2, 3, 0, 5]);
    }

    fn at_once(askers: &[Asker]) -> Vec<(Asker, Timestamp)> {
        askers.iter().map(|asker| (asker.clone(), Timestamp::UNIX_EPOCH)).collect()
    }

    #[test]
    fn of_any_number_of_turns_each_account_has_its_share() {
        for seed in 0..500 {
            let askers = random(seed);
            let turns = turns(&at_once(&askers));
            let mut sorted = turns.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..askers.len()).collect::<Vec<_>>(), "seed {seed}: everybody has a turn");
            let accounts: BTreeSet<&str> = askers.iter().map(Asker::account).collect();
            for taken in 0..=turns.len() {
                for account in &accounts {
                    let of = |index: &&usize| askers[**index].account() == *account;
                    let all = turns.iter().filter(of).count();
                    let had = turns[..taken].iter().filter(of).count();
                    assert!(had >= all.min(taken / accounts.len()), "seed {seed}: {account} of {taken}");
                }
            }
        }
    }

    #[test]
    fn of_k_accounts_each_reads_at_least_a_kth_whatever_the_others_ask_for() {
        for seed in 0..500 {
            let askers = random(seed);
            let set: BTreeSet<Asker> = askers.iter().cloned().collect();
            let accounts: BTreeSet<&str> = set.iter().map(Asker::account).collect();
            let (room, least) = (fastrand::Rng::with_seed(seed).usize(0..300), 30);
            let mut rooms = Rooms::new(&set, room, least);
            let mut read: BTreeMap<&str, usize> = BTreeMap::new();
            for asker in &set {
                // Everybody asks for more than there is.
                let (taken, rest) = rooms.take(asker, (0..1_000).collect());
                assert!(taken.len() >= least && taken.len() + rest.len() == 1_000, "seed {seed}");
                assert_eq!(rooms.take(asker, vec![0]), (vec![], vec![0]), "seed {seed}");
                *read.entry(asker.account()).or_default() += taken.len();
            }
            for account in accounts.iter() {
                assert!(read[account] >= room / accounts.len(), "seed {seed}: {account}");
            }
            assert!(read.values().sum::<usize>() <= room + least * set.len(), "seed {seed}");
        }
    }
}
