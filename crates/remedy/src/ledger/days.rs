//! Puts the days together that are over.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::day::Day;
use super::fold::SEEN_AGAIN;
use super::keep::Ledger;
use super::name::DayName;
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::journal::Precondition;

/// Longest time that a day takes: its runs are read eight at a time.
const LENGTH: SignedDuration = SignedDuration::from_mins(5);

/// For so long back a day that is missing is put together. Its runs are kept for 90 days.
const BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Ledger {
    /// Puts every day together that is over and is not yet, the oldest first, as far as the time goes.
    pub(crate) async fn fold_days(&self, time: RunTime) -> Result<(), AwsError> {
        let now = time.clock.now();
        let Some(last) = DayName::of(now - SEEN_AGAIN).0.yesterday().ok() else {
            return Ok(());
        };
        let names = self.journal.names_after(DayName::PREFIX, DayName::of(now - BACK).object()).await?;
        let folded: Vec<Date> = names.iter().filter_map(|name| Some(DayName::parse(name)?.0)).collect();
        // The first day is that of the first run; before it there is nothing to put together.
        let mut date = folded.iter().max().map_or(Ok(last), |folded| folded.tomorrow());
        while let Ok(this) = date
            && this <= last
            && time.has(LENGTH)
        {
            self.fold(this, folded.is_empty()).await?;
            date = this.tomorrow();
        }
        Ok(())
    }

    async fn fold(&self, date: Date, is_first: bool) -> Result<(), AwsError> {
        let name = DayName(date);
        let (Some(begins), Some(ends)) = (name.begins(), name.ends()) else {
            return Ok(());
        };
        let found = self.runs(begins - SEEN_AGAIN, ends + SEEN_AGAIN).await?;
        let mut day = Day::fold(date, &found.all);
        day.runs.unread = found.not_understood.len() as u64;
        if is_first && day.runs.is_empty() {
            return Ok(());
        }
        let object = serde_json::to_value(&day).map_err(|_| AwsError::incomplete("s3:PutObject"))?;
        // Two runs that fold a day fold the same runs.
        self.journal.put(&name.object(), &object, Precondition::IfAbsent).await.map(|_| ())
    }
}
