//! What is known of a kind of record, whatever the record.

/// What kind of thing it is. None of them is a denied call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Somebody could not sign in.
    SignIn,
    /// The IdP could not write a user or a group.
    Provisioning,
    /// The portal gave no credentials.
    Portal,
    /// A user came, went or changed.
    Lifecycle,
    /// Something to know of, or to act on before somebody is denied.
    Notice,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 5] =
        [Class::SignIn, Class::Provisioning, Class::Portal, Class::Lifecycle, Class::Notice];

    /// Its name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Class::SignIn => "sign_in",
            Class::Provisioning => "provisioning",
            Class::Portal => "portal",
            Class::Lifecycle => "lifecycle",
            Class::Notice => "notice",
        }
    }
}

/// What is known of a cause, whatever the record.
#[derive(Debug)]
pub struct About {
    /// Its name in JSON, logs and metric dimensions.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What kind of thing it is.
    pub class: Class,
    /// Whether it says something only beside other records: a change that is wanted, as most are.
    pub is_quiet: bool,
    /// Who has to act, in a few words.
    pub actor: &'static str,
    /// When a record has this cause.
    pub condition: &'static str,
    /// What the record shows for it.
    pub evidence: &'static str,
    /// Who has to do what.
    pub advice: &'static str,
    /// The command to begin with.
    pub command: &'static str,
    /// Where AWS explains it.
    pub page: &'static str,
}
