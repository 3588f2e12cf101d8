//! Reads several things, a few at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::stream::{self, StreamExt};

/// Calls in flight at once: the whole instance shares 20 a second.
const AT_ONCE: usize = 4;

/// Reads a thing for each key, a few at once.
pub(crate) async fn each<K: Ord + Clone, T, F: Future<Output = T>>(
    keys: BTreeSet<K>,
    read: impl Fn(K) -> F,
) -> BTreeMap<K, T> {
    each_within(None, keys, read).await
}

/// The same, and what is not there in time is left out.
pub(crate) async fn each_within<K: Ord + Clone, T, F: Future<Output = T>>(
    left: Option<Duration>,
    keys: BTreeSet<K>,
    read: impl Fn(K) -> F,
) -> BTreeMap<K, T> {
    let answers = stream::iter(keys)
        .map(|key| {
            let answer = read(key.clone());
            async { (key, answer.await) }
        })
        .buffer_unordered(AT_ONCE);
    match left {
        None => answers.collect().await,
        Some(left) => answers.take_until(tokio::time::sleep(left)).collect().await,
    }
}
