//! What runs were told that is no denied call: `related/TIME-REQUEST.json`. Later runs connect denials with it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tagmend_diagnosis::Baseline;
use tagmend_diagnosis::related::cause::Cause;
use tagmend_diagnosis::related::story::{self, Story};
use tagmend_diagnosis::related::{Kept, Related};

use super::keep::{Invocation, Ledger};
use super::name::RunName;
use super::read::Found;
use super::run::UserHash;
use crate::aws::aws_error::AwsError;
use crate::journal::users_key::UsersKey;
use crate::journal::{Precondition, SCHEMA};
use crate::related::{connected, is_worth_connecting, related_record};
use crate::report::Report;

/// What names of these objects begin with.
const FOLDER: &str = "related/";

/// The most objects that one run reads: the newest ones.
const MOST: usize = 50;

/// What one run was told that is no denied call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct RelatedRun {
    /// The version of this form.
    pub schema: u32,
    /// The id of Lambda's request.
    pub request: String,
    /// When the run began: the time in its name.
    #[schemars(with = "String")]
    pub began: Timestamp,
    /// The records.
    pub records: Vec<RelatedSeen>,
    /// What was connected, with records of this run and of earlier ones.
    pub stories: Vec<StoryTold>,
}

/// A record that is no denied call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct RelatedSeen {
    /// Its id.
    pub event_id: String,
    /// Its time.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// Which known failure or change it is, as `docs/causes.md` names it.
    pub kind: String,
    /// Its class.
    pub class: String,
    /// What happened, as AWS names it.
    pub action: String,
    /// What happened, in words.
    pub what: Option<String>,
    /// The user's id; none where the record names nobody, or the key of the installation cannot be read.
    pub user: Option<UserHash>,
    /// The session that was begun, in the same way.
    pub session: Option<UserHash>,
}

/// What came before something and may explain it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct StoryTold {
    /// Which two things.
    pub kind: String,
    /// `shortly_before`, or `shown`.
    pub link: String,
    /// The id of the record of what came first.
    pub before: String,
    /// When that was.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// The ids of the records of what came after.
    pub after: Vec<String>,
    /// Both, in a sentence.
    pub text: String,
}

impl RelatedSeen {
    fn of(related: &Related, key: Option<&UsersKey>) -> RelatedSeen {
        let Kept { event_id, time, action, cause, what, user, session } =
            related.kept(|name| key.and_then(|key| key.hash(name)));
        let (kind, class) = (cause.name().to_owned(), related.class().name().to_owned());
        let action = tagmend_diagnosis::escaped_and_short(&action);
        RelatedSeen { event_id, time, kind, class, action, what, user, session }
    }

    /// As later runs take it; none where a newer version knows more kinds.
    fn kept(self) -> Option<Kept> {
        let RelatedSeen { event_id, time, kind, class: _, action, what, user, session } = self;
        Some(Kept { event_id, time, action, cause: Cause::named(&kind)?, what, user, session })
    }
}

impl From<&Story> for StoryTold {
    fn from(story: &Story) -> StoryTold {
        StoryTold {
            kind: story.kind.name().to_owned(),
            link: story.link.name().to_owned(),
            before: story.before.event_id.clone(),
            time: story.before.time,
            after: story.after.iter().map(|moment| moment.event_id.clone()).collect(),
            text: story.to_string(),
        }
    }
}

impl Ledger {
    /// What runs were told from one time to before another that is no denied call.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn related(&self, from: Timestamp, to: Timestamp) -> Result<Found<RelatedRun>, AwsError> {
        self.read(self.journal.names_between(FOLDER, from, to).await?).await
    }

    /// What is told after a batch and decides nothing: its stories with what earlier runs were told, and second looks at the
    /// denials of users who were changed. What could not be read is handed back, and is missed by nothing else.
    pub async fn follow_up(&self, report: &mut Report, baseline: &Baseline, now: Timestamp) -> Vec<AwsError> {
        let connected = self.connect(report, baseline, now).await.err();
        let looked = self.look_again(&report.treated, baseline, now).await;
        let looked = looked.map(|looked_again| report.looked_again = looked_again).err();
        connected.into_iter().chain(looked).collect()
    }

    /// Tells the stories of a batch once more, with what earlier runs were told.
    async fn connect(
        &self,
        report: &mut Report,
        baseline: &Baseline,
        now: Timestamp,
    ) -> Result<(), AwsError> {
        if !report.treated.iter().any(|treated| is_worth_connecting(treated, baseline)) {
            return Ok(());
        }
        // A record is delivered minutes after it was written, and a run may have begun a moment ago.
        let mut names = self.journal.names_since(FOLDER, now - story::LONGEST).await?;
        names.drain(..names.len().saturating_sub(MOST));
        if names.is_empty() {
            return Ok(());
        }
        let earlier: Found<RelatedRun> = self.read(names).await?;
        if let Some(key) = self.clients.users_key.get(&self.journal).await {
            let seen = earlier.all.into_iter().flat_map(|run| run.records);
            let earlier = seen.filter_map(RelatedSeen::kept).map(Related::from).collect();
            report.stories = connected(&report.treated, earlier, |name| key.hash(name));
        }
        Ok(())
    }

    /// Keeps what a run was told that is no denied call, and what it connected; nothing where there was none.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn keep_related(&self, report: &Report, invocation: Invocation<'_>) -> Result<(), AwsError> {
        let told: Vec<&Related> = report.treated.iter().filter_map(related_record).collect();
        if told.is_empty() && report.stories.is_empty() {
            return Ok(());
        }
        let is_of_somebody =
            told.iter().any(|related| related.user_id.is_some() || related.session_arn.is_some());
        let key = match is_of_somebody {
            true => self.clients.users_key.get(&self.journal).await,
            false => None,
        };
        let run = RelatedRun {
            schema: SCHEMA,
            request: invocation.request.to_owned(),
            began: invocation.began,
            records: told.into_iter().map(|related| RelatedSeen::of(related, key)).collect(),
            stories: report.stories.iter().map(StoryTold::from).collect(),
        };
        let name = RunName { began: run.began, request: run.request.clone() };
        let name = format!("{FOLDER}{}", name.object().trim_start_matches(RunName::PREFIX));
        let object = serde_json::to_value(&run).map_err(|_| AwsError::incomplete("s3:PutObject"))?;
        self.journal.put(&name, &object, Precondition::IfAbsent).await.map(|_| ())
    }
}
