//! What to do about a denial and whom to ask: one answer for every printer, from the plan and why there is none.

mod command;

use crate::cause::Cause;
use crate::cloudtrail::failure::Failure;
use crate::diagnose::Diagnosis;
use crate::plan::{Plan, Reason};
use crate::words::shell::is_plain;
use command::{fill, of_cause};

/// What to do, and who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Who has to act.
    pub actor: String,
    /// What.
    pub text: String,
    /// The command to begin with, where one would do something; what the record tells is filled in.
    pub command: Option<String>,
    /// Where AWS explains it.
    pub page: &'static str,
}

/// What `explain` itself answers is no advice there.
const EXPLAIN: &str = "tagmend explain EVENT";

/// What to do about a denial.
pub fn advice<C>(failure: &Failure, diagnosis: &Diagnosis, plan: &Plan<C>) -> Advice {
    let about = diagnosis.cause.about();
    let of = |actor: &str, text: String, command: Option<String>| Advice {
        actor: actor.to_owned(),
        text,
        command,
        page: about.page,
    };
    match plan {
        Plan::Changes(_) => of(about.actor, about.advice.to_owned(), Some(about.command.to_owned())),
        Plan::Nothing(Reason::NotHealed(Cause::Undetermined)) => {
            let (text, command) = next_step(failure, diagnosis);
            of(about.actor, text, Some(fill(command, failure, diagnosis)))
        }
        Plan::Nothing(Reason::NotHealed(cause)) => {
            let about = cause.about();
            let command = Some(of_cause(*cause, failure, diagnosis)).filter(|command| command != EXPLAIN);
            let command = command.map(|command| fill(&command, failure, diagnosis));
            Advice { page: about.page, ..of(about.actor, about.advice.to_owned(), command) }
        }
        Plan::Nothing(reason) => {
            let (actor, text, command) = refused(reason);
            of(actor, text.to_owned(), command.map(|command| fill(command, failure, diagnosis)))
        }
    }
}

/// Who can do what about a change that is due and not made.
fn refused(reason: &Reason) -> (&'static str, &'static str, Option<&'static str>) {
    match reason {
        Reason::PermissionSetNotApproved => (
            "owner of the baseline",
            "put the permission set into the baseline, if Tagmend is to look after it, and deploy",
            Some("tagmend baseline check"),
        ),
        Reason::NotAllowedByBaseline => (
            "owner of the baseline",
            "allow this kind of change for the permission set in the baseline, if it is wanted, and deploy",
            Some("tagmend baseline check"),
        ),
        Reason::PoliciesNotApproved { .. } => (
            "owner of the baseline",
            "review the permission set's policies; approve them, or take the change back",
            Some("tagmend baseline approve PERMISSION_SET_NAME"),
        ),
        Reason::EventTooOld => {
            ("the user", "sign in again and repeat the call; a newer denial is looked at afresh", None)
        }
        Reason::NoRoomForMapping => (
            "administrator of Identity Center",
            "remove a mapping that nobody needs; the instance takes no more",
            Some(
                "aws sso-admin describe-instance-access-control-attribute-configuration --region INSTANCE_REGION --instance-arn INSTANCE",
            ),
        ),
        Reason::SecondOpinionDisagrees => (
            "a person",
            "look why AWS's simulator answers otherwise than Tagmend before anything is changed",
            Some(
                "aws iam simulate-principal-policy --policy-source-arn ROLE --action-names ACTION --resource-arns RESOURCE",
            ),
        ),
        Reason::AuthorizationDisagrees => (
            "a person",
            "look why AWS decided otherwise than Tagmend says before anything is changed",
            Some(
                "aws iam-toolbox get-request-authorization-details --region REGION --authorization-id AUTHORIZATION_ID",
            ),
        ),
        Reason::NotAsked(_) => ("nobody: it is looked at again", "wait until the record comes again", None),
        Reason::NotTagged => (
            "owner of the permission set",
            "give the permission set the tag that the baseline's rule asks for, if Tagmend is to look after it",
            Some("tagmend baseline check"),
        ),
        // Told by its cause.
        Reason::NotHealed(_) => ("a person", "look at the evidence", None),
    }
}

const SIMULATE: &str = "aws iam simulate-principal-policy --policy-source-arn ROLE --action-names ACTION --resource-arns RESOURCE";
const RECORD: &str = "aws cloudtrail lookup-events --region REGION --lookup-attributes AttributeKey=EventId,AttributeValue=EVENT_ID";
const TAGS: &str = "aws resourcegroupstaggingapi get-resources --region REGION --resource-arn-list RESOURCE";

/// What was not seen, and what to read next.
fn next_step(failure: &Failure, diagnosis: &Diagnosis) -> (String, &'static str) {
    let evidence = &diagnosis.evidence;
    let unread = match (evidence.unseen.as_slice(), evidence.depends_on.as_slice()) {
        ([], []) => None,
        (unseen, []) => Some(unseen.join(", ")),
        ([], open) => Some(open.join(", ")),
        (unseen, open) => Some(format!("{}, {}", unseen.join(", "), open.join(", "))),
    };
    let has_resource_tag = evidence.depends_on.iter().any(|key| key.contains("resourcetag/"));
    let (lacking, next, command) = match diagnosis.rule.id.strip_prefix("undetermined.").unwrap_or_default() {
        "accounts_disagree" => (
            "which account the call was made in",
            "read the record that the caller's own account has",
            RECORD,
        ),
        "message_of_somebody_else" => ("whose call it was", "read the record once more", RECORD),
        "not_understood" => ("which policy decided", "read the record whole", RECORD),
        "request_expired" => {
            ("any policy: the request had expired", "make the call again with a fresh signature", RECORD)
        }
        "role_of_the_member_account" => (
            "the policies of the role",
            "read them in the member account",
            "aws iam list-attached-role-policies --role-name ROLE_NAME",
        ),
        "outdated" => (
            "the older policies that the account runs",
            "see which accounts lack the newest version",
            "aws sso-admin list-permission-sets-provisioned-to-account --region INSTANCE_REGION --instance-arn INSTANCE --account-id ACCOUNT --provisioning-status LATEST_PERMISSION_SET_NOT_PROVISIONED",
        ),
        "open_as_approved" | "depends_on_unread" if has_resource_tag => {
            ("what the decision depends on", "read the tags of the resource", TAGS)
        }
        "open_as_approved" | "depends_on_unread" => {
            ("what the decision depends on", "let AWS evaluate the call with those keys given", SIMULATE)
        }
        "allowed_here" => (
            "the policy that denied: none of the permission set's does",
            "read the service control policies of the account",
            "aws organizations list-policies-for-target --filter SERVICE_CONTROL_POLICY --target-id ACCOUNT",
        ),
        "without_facts" => (
            "what an evaluation takes",
            "see how the instance differs from the baseline",
            "tagmend baseline check",
        ),
        _ => ("the policy that decided", "let AWS evaluate the policies that the account runs", SIMULATE),
    };
    let what = unread.unwrap_or_else(|| lacking.to_owned());
    let account = failure.account.as_deref().filter(|account| is_plain(account));
    let place = account.map(|account| format!(", in account {account}")).unwrap_or_default();
    (format!("not seen: {what}; next: {next}{place}"), command)
}
