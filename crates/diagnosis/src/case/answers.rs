//! What was asked of the policies of a case already. Rules ask the same questions, and a case never changes.

use std::cell::RefCell;

use iam_policy::Evaluation;

use super::ResourceTags;
use crate::case::tags::Tags;

/// The policies that are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Without what the message proves not to have applied.
    Proved,
    AsWritten,
    /// Those that decided, by what the message says.
    Focus,
}

/// All that a request of a case differs in.
#[derive(Clone, Copy)]
pub(super) struct Question<'t> {
    pub(super) asked: Asked,
    pub(super) tags: &'t Tags,
    pub(super) resource_tags: ResourceTags,
}

/// The answers that were given.
#[derive(Default)]
pub(super) struct Answers(RefCell<Vec<(Asked, ResourceTags, Tags, Evaluation)>>);

impl Answers {
    pub(super) fn of(&self, question: Question<'_>, evaluate: impl FnOnce() -> Evaluation) -> Evaluation {
        let Question { asked, tags, resource_tags } = question;
        let is_same =
            |(other, other_resource_tags, other_tags, _): &&(Asked, ResourceTags, Tags, Evaluation)| {
                *other == asked && *other_resource_tags == resource_tags && other_tags == tags
            };
        if let Some((_, _, _, evaluation)) = self.0.borrow().iter().find(is_same) {
            return evaluation.clone();
        }
        let evaluation = evaluate();
        self.0.borrow_mut().push((asked, resource_tags, tags.clone(), evaluation.clone()));
        evaluation
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use iam_policy::{Decision, Truth};

    use super::*;

    #[test]
    fn each_question_is_asked_once() {
        let tags = |value: &str| Tags::shown(&BTreeMap::from([("Team".to_owned(), value.to_owned())]));
        let (red, blue) = (tags("red"), tags("blue"));
        let mut questions = Vec::new();
        for asked in [Asked::Proved, Asked::AsWritten, Asked::Focus] {
            for tags in [&red, &blue] {
                for resource_tags in [ResourceTags::AsKnown, ResourceTags::Unknown] {
                    questions.push(Question { asked, tags, resource_tags });
                }
            }
        }
        // As many answers as there are questions.
        let evaluation = |place: usize| Evaluation {
            denies: Truth::False,
            allows: Truth::False,
            allowed: Truth::False,
            decision: Decision::Depends([iam_policy::Open::Key(place.to_string())].into()),
        };
        let answers = Answers::default();
        for round in 0..2 {
            for (place, question) in questions.iter().enumerate() {
                let answer = answers.of(*question, || {
                    assert_eq!(round, 0, "it was asked before");
                    evaluation(place)
                });
                assert_eq!(answer, evaluation(place));
            }
        }
    }
}
