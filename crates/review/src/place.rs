//! Where a review looked, and commands that look there again.

use tagmend_diagnosis::quoted;

use crate::window::Window;

/// How the review itself was told where to look, so that commands can be told the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `--live --region ... --journal-bucket ...`, or `--state ...`.
    pub options: Vec<String>,
    /// The primary Region.
    pub region: String,
    /// The bucket of the journal.
    pub bucket: String,
    /// The ARN of the instance.
    pub instance: String,
    /// The stack, where the baseline tells it.
    pub stack: Option<String>,
}

impl Place {
    pub(crate) fn tagmend(&self, arguments: &[&str]) -> String {
        let words = std::iter::once("tagmend").chain(arguments.iter().copied());
        let words = words.map(quoted).chain(self.options.iter().map(|option| quoted(option)));
        words.collect::<Vec<_>>().join(" ")
    }

    /// The call with this id.
    pub(crate) fn event(&self, id: &str) -> String {
        self.calls("EventId", id)
    }

    /// Calls of one kind in CloudTrail's event history.
    pub(crate) fn calls(&self, attribute: &str, value: &str) -> String {
        format!(
            "aws cloudtrail lookup-events --region {} --lookup-attributes {}",
            quoted(&self.region),
            quoted(&format!("AttributeKey={attribute},AttributeValue={value}"))
        )
    }

    /// Lines of a function's log.
    pub(crate) fn log(&self, function: &str, window: Window, pattern: &str) -> Option<String> {
        let group = format!("/aws/lambda/{}-{function}", self.stack.as_ref()?);
        Some(format!(
            "aws logs filter-log-events --region {} --log-group-name {} --start-time {} --filter-pattern {}",
            quoted(&self.region),
            quoted(&group),
            window.from.as_millisecond(),
            quoted(pattern)
        ))
    }

    /// Something about the function heal.
    pub(crate) fn of_function(&self, command: &str) -> Option<String> {
        let name = format!("{}-heal", self.stack.as_ref()?);
        Some(format!("{command} --region {} --function-name {}", quoted(&self.region), quoted(&name)))
    }

    /// What lies in the dead-letter queue, whose URL the stack tells.
    pub(crate) fn dead_letters(&self) -> Option<String> {
        let output = format!(
            "aws cloudformation describe-stacks --region {} --stack-name {} --query {} --output text",
            quoted(&self.region),
            quoted(self.stack.as_ref()?),
            quoted("Stacks[0].Outputs[?OutputKey==`DeadLetterQueueUrl`].OutputValue")
        );
        let options: Vec<String> = self.options.iter().map(|option| quoted(option)).collect();
        Some(format!("tagmend replay --dead-letters \"$({output})\" {}", options.join(" ")))
    }

    pub(crate) fn journal(&self, prefix: &str) -> String {
        format!("aws s3 ls --recursive {}", quoted(&format!("s3://{}/{prefix}", self.bucket)))
    }
}
