//! What somebody may have meant by a word that is unknown.

/// So alike are two words that one may have been meant by the other.
const ALIKE: f64 = 0.8;

/// The word that is most like this one, if any is like it.
pub(crate) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        // Every part has to be alike: a long beginning in common says nothing of the name behind it.
        let (parts, of_known) = (word.split('/'), known.split('/'));
        if parts.clone().count() != of_known.clone().count() {
            return 0.0;
        }
        parts.zip(of_known).map(|(left, right)| strsim::jaro_winkler(left, right)).fold(1.0, f64::min)
    };
    let alike =
        known.into_iter().map(|known| (likeness(known), known)).filter(|(likeness, _)| *likeness > ALIKE);
    alike.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["Department", "CostCenter", "Team"];
        for (word, expected) in [
            ("Departmant", Some("Department")),
            ("department", Some("Department")),
            ("CostCentre", Some("CostCenter")),
            ("Project", None),
            ("", None),
        ] {
            assert_eq!(meant(word, known), expected, "{word}");
        }
        let keys = ["aws:principaltag/department", "aws:sourceip"];
        assert_eq!(meant("aws:PrincipleTag/Departmant", keys), Some("aws:principaltag/department"));
        assert_eq!(meant("aws:PrincipalTag/Team", keys), None);
    }
}
