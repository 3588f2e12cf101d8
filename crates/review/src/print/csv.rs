//! Comma-separated values: a row a change, oldest first.

use crate::history::Standing;
use crate::review::Review;

/// Its first row.
const HEADER: [&str; 21] = [
    "id",
    "time",
    "change",
    "cause",
    "rule",
    "account",
    "permission_set",
    "action",
    "before",
    "after",
    "denied",
    "minutes",
    "verified",
    "standing",
    "taken_by",
    "taken_by_event",
    "denied_users",
    "sessions_end",
    "undone_by",
    "undone_by_event",
    "undone_at",
];

/// A row a change, oldest first.
///
/// # Errors
/// Where memory runs out.
pub fn csv(review: &Review) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for fix in &review.fixes {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let fields = [
            fix.id.clone(),
            fix.time.to_string(),
            fix.change.to_string(),
            text(&fix.cause),
            text(&fix.rule),
            text(&fix.account),
            text(&fix.permission_set),
            text(&fix.action),
            fix.before.clone(),
            fix.after.clone(),
            time(fix.denied),
            fix.minutes.map(|minutes| minutes.to_string()).unwrap_or_default(),
            fix.verified.to_string(),
            name(fix.standing).to_owned(),
            text(&fix.taken_by),
            text(&fix.taken_by_event),
            fix.denied_users.map(|count| count.to_string()).unwrap_or_default(),
            time(fix.sessions_end),
            text(&fix.undone_by),
            text(&fix.undone_by_event),
            time(fix.undone_at),
        ];
        writer.write_record(fields.iter().map(|field| safe(field)))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Held => "held",
        Standing::Undone => "undone",
        Standing::MadeAgain => "made_again",
        Standing::Superseded => "superseded",
        Standing::RolledBack => "rolled_back",
        Standing::Unknown => "unknown",
    }
}

/// A spreadsheet takes a field that begins with one of these for a formula.
fn safe(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field.to_owned() }
}
