//! The smallest set that passes a test.

/// How many sets are tried before the search gives up being exact; all sets of ten candidates are 1,023.
const TRIES: usize = 2_000;

/// The smallest set of candidates that passes, with what the test says of it; of several that are equally small,
/// the first in the order of the candidates. None for no candidates.
///
/// Sets are tried by size. Where that takes more than a fixed number of tries, all candidates are thinned out one by
/// one instead: then no candidate can be left out, but another set may be smaller.
pub fn smallest<T, R>(candidates: &[T], mut test: impl FnMut(&[&T]) -> Option<R>) -> Option<(Vec<&T>, R)> {
    match smallest_within(TRIES, candidates, &mut test) {
        Ok(found) => found,
        Err(GaveUp) => thinned_out(candidates, test),
    }
}

/// More sets would have to be tried than are tried.
pub(crate) struct GaveUp;

pub(crate) fn smallest_within<T, R>(
    tries: usize,
    candidates: &[T],
    mut test: impl FnMut(&[&T]) -> Option<R>,
) -> Result<Option<(Vec<&T>, R)>, GaveUp> {
    let mut tried = 0;
    for size in 1..=candidates.len() {
        let mut indices: Vec<usize> = (0..size).collect();
        loop {
            tried += 1;
            if tried > tries {
                return Err(GaveUp);
            }
            let set: Vec<&T> = indices.iter().filter_map(|index| candidates.get(*index)).collect();
            if let Some(answer) = test(&set) {
                return Ok(Some((set, answer)));
            }
            if !advance(&mut indices, candidates.len()) {
                break;
            }
        }
    }
    Ok(None)
}

/// The next set of the same size; false after the last.
fn advance(indices: &mut [usize], candidates: usize) -> bool {
    let size = indices.len();
    let movable = indices.iter().enumerate().rposition(|(place, index)| *index < candidates - size + place);
    let Some(place) = movable else {
        return false;
    };
    let first = indices.get(place).map_or(0, |index| index + 1);
    for (index, next) in indices.iter_mut().skip(place).zip(first..) {
        *index = next;
    }
    true
}

fn thinned_out<T, R>(candidates: &[T], mut test: impl FnMut(&[&T]) -> Option<R>) -> Option<(Vec<&T>, R)> {
    let mut set: Vec<&T> = candidates.iter().collect();
    let mut answer = test(&set)?;
    let mut place = 0;
    while place < set.len() {
        let mut without = set.clone();
        without.remove(place);
        match test(&without) {
            Some(better) if !without.is_empty() => (set, answer) = (without, better),
            _ => place += 1,
        }
    }
    Some((set, answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(wanted: &[i32], candidates: i32) -> Option<Vec<i32>> {
        let candidates: Vec<i32> = (0..candidates).collect();
        let test = |set: &[&i32]| wanted.iter().all(|wanted| set.contains(&wanted)).then_some(());
        smallest(&candidates, test).map(|(set, ())| set.into_iter().copied().collect())
    }

    #[test]
    fn no_candidates_no_set() {
        assert_eq!(holding(&[], 0), None);
    }

    #[test]
    fn the_first_of_the_smallest() {
        assert_eq!(holding(&[], 3), Some(vec![0]));
        assert_eq!(holding(&[2], 3), Some(vec![2]));
        assert_eq!(holding(&[1, 3, 4], 6), Some(vec![1, 3, 4]));
        assert_eq!(holding(&[7], 6), None);
    }

    #[test]
    fn smaller_is_better_than_earlier() {
        let test = |set: &[&i32]| (set == [&4] || set == [&0, &1]).then_some(());
        assert_eq!(smallest(&[0, 1, 2, 3, 4], test), Some((vec![&4], ())));
    }

    #[test]
    fn many_candidates_are_thinned_out() {
        assert_eq!(holding(&[3, 50, 70, 99], 100), Some(vec![3, 50, 70, 99]));
    }
}
