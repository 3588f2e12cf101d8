//! One denied or throttled call.

use jiff::Timestamp;

use crate::cloudtrail::called_action::{ActionKnown, CalledAction, called_action};
use crate::cloudtrail::client::Client;
use crate::cloudtrail::delivery::Delivery;
use crate::cloudtrail::error_code::{self, Class};
use crate::cloudtrail::message::{Message, PolicyType};
use crate::cloudtrail::principal::{Principal, Session};
use crate::cloudtrail::record::{Record, UserIdentity};
use crate::cloudtrail::request_parameters;
use crate::cloudtrail::request_tags::RequestTags;
use crate::words::arn::{self, Arn};

/// One denied or throttled call, read from one CloudTrail record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// The record's id.
    pub event_id: String,
    /// What all records of the same call share.
    pub call_id: String,
    /// Why the record came late or once more, where it says so.
    pub addendum: Option<String>,
    /// When the call was made.
    pub time: Timestamp,
    /// The record's error code.
    pub error_code: String,
    /// Its message as it came. Text that callers influence: escape it before it is printed, and never log it.
    pub error_message: String,
    /// Denied or throttled.
    pub class: Class,
    /// Whether the error code says that something is not turned on.
    pub not_enabled: bool,
    /// Who made it.
    pub principal: Principal,
    /// The caller's ARN.
    pub principal_arn: Option<String>,
    /// The caller's unique id.
    pub principal_id: Option<String>,
    /// The caller's account.
    pub account: Option<String>,
    /// The account that the record was delivered to.
    pub recipient_account: Option<String>,
    /// The account that EventBridge named, where it brought the record.
    pub envelope_account: Option<String>,
    /// The Region of the call.
    pub region: String,
    /// `service:Action`.
    pub action: String,
    /// How it is known.
    pub action_known: ActionKnown,
    /// The resource that the message names.
    pub resource: Option<String>,
    /// The bucket that the call's parameters name.
    pub bucket: Option<String>,
    /// What else the message says. Empty where it names another caller than the record.
    pub message: Message,
    /// Whether the message names another caller than the record.
    pub message_contradicts: bool,
    /// The caller's address.
    pub source_ip: Option<String>,
    /// The service that called on the caller's behalf.
    pub invoked_by: Option<String>,
    /// The VPC endpoint that was used.
    pub vpc_endpoint_id: Option<String>,
    /// What called, and how.
    pub client: Client,
    /// The tags that the call asks to create.
    pub request_tags: RequestTags,
    /// Whether the record comes once more where somebody waits for what AWS does not have yet.
    pub comes_again: bool,
}

impl Failure {
    /// Reads a record; none where it is neither denied nor throttled.
    pub fn read(delivery: Delivery) -> Option<Failure> {
        let record = delivery.record?;
        let (code, text) =
            (record.error_code.as_deref()?, record.error_message.as_deref().unwrap_or_default());
        let class = error_code::classify(code, &record.event_source, text)?;
        let not_enabled = error_code::is_not_enabled(code, &record.event_source);
        let (error_code, error_message) = (code.to_owned(), text.to_owned());
        let is_parameter =
            |resource: &str| request_parameters::name(record.request_parameters.as_ref(), resource);
        let mut message = match class {
            Class::Denied => Message::parse(text, is_parameter),
            // It says how fast, not who decided what.
            Class::Throttled => Message::default(),
        };
        // The message is text that callers influence; what it says of somebody else counts for nothing.
        let message_contradicts =
            message.principal.is_some() && message.principal != record.user_identity.arn;
        if message_contradicts {
            message = Message::default();
        }
        // Network activity events name the policy by their code alone.
        if record.error_code.as_deref() == Some("VpceAccessDenied") {
            message.policy_type = Some(PolicyType::VpcEndpoint);
        }
        let CalledAction { action, known: action_known } = match &message.action {
            Some(action) => CalledAction { action: action.clone(), known: ActionKnown::Named },
            None => called_action(&record),
        };
        message.residue = message.residue.map(|residue| residue.without(&own_values(&record)));
        message.policy_arn = message.policy_arn.filter(|arn| is_of_caller(arn, &record.user_identity));
        let request_tags = RequestTags::read(&record, message.resource.as_deref());
        let client = Client::read(&record);
        Some(Failure {
            call_id: record.call_id().to_owned(),
            addendum: record.addendum.and_then(|addendum| addendum.reason),
            error_code,
            error_message,
            not_enabled,
            client,
            request_tags,
            event_id: record.event_id,
            time: record.event_time,
            class,
            principal: Principal::read(&record.user_identity),
            principal_arn: record.user_identity.arn,
            principal_id: record.user_identity.principal_id,
            account: record.user_identity.account_id,
            recipient_account: record.recipient_account_id,
            envelope_account: delivery.envelope_account,
            region: record.aws_region,
            action,
            action_known,
            resource: message.resource.clone(),
            bucket: request_parameters::bucket(record.request_parameters.as_ref()),
            message,
            message_contradicts,
            source_ip: record.source_ip_address,
            invoked_by: record.user_identity.invoked_by,
            vpc_endpoint_id: record.vpc_endpoint_id,
            comes_again: delivery.comes_again,
        })
    }

    /// The same without the ids that tell it from its like.
    #[must_use]
    pub fn without_ids(&self) -> Failure {
        // A message may hold an id or a blob of its own; all that it says is read apart from them.
        Failure {
            event_id: String::new(),
            call_id: String::new(),
            error_message: String::new(),
            comes_again: false,
            ..self.clone()
        }
    }

    /// Whether the action is one of KMS, whatever service the record is of: services call KMS for the caller.
    pub(crate) fn is_kms(&self) -> bool {
        self.action.to_ascii_lowercase().starts_with("kms:")
    }

    /// Whether the message names one KMS key of this account.
    pub(crate) fn names_key_of(&self, account: &str) -> bool {
        let arn = self.resource.as_deref().and_then(Arn::parse);
        arn.is_some_and(|arn| {
            arn.account == account && arn.resource.starts_with("key/") && !arn.resource.contains(['*', '?'])
        })
    }

    /// Which policy the message names, as a sentence.
    pub(crate) fn policy_named(&self) -> String {
        match &self.message.policy_arn {
            Some(arn) => format!("the record names the policy {arn}"),
            None => "the record does not name the policy".to_owned(),
        }
    }

    /// The account of another owner of the resource, where the message names one.
    pub(crate) fn other_owner(&self) -> Option<&str> {
        let owner = Arn::parse(self.resource.as_deref()?)?.account;
        (!owner.is_empty() && Some(owner) != self.account.as_deref()).then_some(owner)
    }

    /// The account of the session's role; none where the caller is no session of Identity Center.
    pub(crate) fn role_account(&self) -> Option<&str> {
        self.principal.session().map(Session::account)
    }
}

/// What the record says of its caller and its request, which no log shows.
fn own_values(record: &Record) -> Vec<&str> {
    let session = record.user_identity.arn.as_deref().map(arn::last_part);
    let user = session.and_then(|session| session.split('@').next());
    let parameters = record.request_parameters.as_ref().map(request_parameters::texts);
    session.into_iter().chain(user).chain(parameters.unwrap_or_default()).collect()
}

/// Whether a policy can be the caller's: of its partition, and where it is a policy of IAM, of its account or AWS's.
fn is_of_caller(policy_arn: &str, caller: &UserIdentity) -> bool {
    let (Some(policy), Some(own)) = (Arn::parse(policy_arn), caller.arn.as_deref().and_then(Arn::parse))
    else {
        return false;
    };
    let is_near = policy.service != "iam" || ["aws", own.account].contains(&policy.account);
    policy.partition == own.partition && is_near
}
