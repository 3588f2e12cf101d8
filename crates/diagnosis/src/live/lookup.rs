//! What else is worth reading before a denial is diagnosed for good: each kind of thing has its own kind of answer.
//!
//! Everything of a member account needs the reader role there; without it the answer is that it was not seen.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::cloudtrail::sign_in::SessionId;
use crate::live::answer::{Answer, AuthorizationDetails, Decoded, Gap, Quota, SimulatedPair};

/// One row is a kind of thing that can be read: what names it, what it is answered with, and where its answers are.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident($asked:ty) -> $found:ty, $answers:ident;)*) => {
        /// A thing to read.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Lookup {
            $($(#[$doc])* $kind($asked),)*
        }

        /// A thing that was to be read, with what came of it.
        #[derive(Clone, PartialEq, Eq)]
        pub enum Answered {
            $($(#[$doc])* $kind($asked, Answer<$found>),)*
        }

        /// What was read, by kind.
        #[derive(Clone, Default, PartialEq, Eq)]
        pub struct Answers {
            $($(#[$doc])* pub $answers: BTreeMap<$asked, Answer<$found>>,)*
        }

        $(impl From<$asked> for Lookup {
            fn from(asked: $asked) -> Lookup {
                Lookup::$kind(asked)
            }
        })*

        impl Lookup {
            /// This one, not read.
            pub fn without_answer(self, gap: Gap) -> Answered {
                match self {
                    $(Lookup::$kind(asked) => Answered::$kind(asked, Err(gap)),)*
                }
            }
        }

        impl Answered {
            /// What was to be read.
            pub fn lookup(&self) -> Lookup {
                match self {
                    $(Answered::$kind(asked, _) => Lookup::$kind(asked.clone()),)*
                }
            }

            /// Why it was not read.
            pub fn gap(&self) -> Option<&Gap> {
                match self {
                    $(Answered::$kind(_, answer) => answer.as_ref().err(),)*
                }
            }
        }

        impl Answers {
            /// Whether nothing was to be read.
            pub fn is_empty(&self) -> bool {
                true $(&& self.$answers.is_empty())*
            }

            /// Whether anything came of this one, be it that it was not read.
            pub fn contains(&self, lookup: &Lookup) -> bool {
                match lookup {
                    $(Lookup::$kind(asked) => self.$answers.contains_key(asked),)*
                }
            }

            /// Why this one was not read.
            pub fn gap(&self, lookup: &Lookup) -> Option<&Gap> {
                match lookup {
                    $(Lookup::$kind(asked) => self.$answers.get(asked)?.as_ref().err(),)*
                }
            }

            /// All reasons why things were not read.
            pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
                std::iter::empty()$(.chain(self.$answers.values().filter_map(|answer| answer.as_ref().err())))*
            }

            /// All of it, one by one.
            pub fn each(&self) -> impl Iterator<Item = Answered> {
                std::iter::empty()$(.chain(
                    self.$answers.iter().map(|(asked, answer)| Answered::$kind(asked.clone(), answer.clone())),
                ))*
            }

            /// Adds one; what came of the same before is forgotten.
            pub fn insert(&mut self, answered: Answered) {
                match answered {
                    $(Answered::$kind(asked, answer) => drop(self.$answers.insert(asked, answer)),)*
                }
            }
        }
    };
}

kinds! {
    /// The text of a policy.
    Policy(PolicyAt) -> String, policies;
    /// The tags of a resource: all of them.
    ResourceTags(ResourceAt) -> BTreeMap<String, String>, resource_tags;
    /// Whether a bucket takes part in ABAC.
    BucketAbac(BucketAt) -> bool, buckets;
    /// The tags that a session began with, as its sign-in record shows them: all of them.
    SignIn(SessionId) -> BTreeMap<String, String>, sign_ins;
    /// A second opinion: `iam:SimulatePrincipalPolicy` without and with the keys that a fix would restore.
    Simulation(Simulation) -> SimulatedPair, simulations;
    /// The quotas of a service whose name speaks of a rate.
    Quotas(QuotasOf) -> Vec<Quota>, quotas;
    /// An encoded authorization message of EC2.
    DecodedMessage(EncodedMessage) -> Decoded, messages;
    /// What AWS keeps of a denied call.
    Authorization(AuthorizationId) -> AuthorizationDetails, authorizations;
}

/// Where a policy stands that no permission set holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyAt {
    /// An SCP or RCP that a message names.
    Organization {
        /// Its ARN.
        arn: String,
    },
    /// A customer managed policy of a member account.
    Member {
        /// The account.
        account: String,
        /// The policy's ARN.
        arn: String,
    },
    /// The policy of a VPC endpoint.
    Endpoint {
        /// Where.
        place: AccountRegion,
        /// `vpce-...`.
        endpoint: String,
    },
    /// The policy of a KMS key.
    Key {
        /// Where.
        place: AccountRegion,
        /// The key's ARN.
        arn: String,
    },
}

/// A resource of a member account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceAt {
    /// Where.
    pub place: AccountRegion,
    /// Its ARN.
    pub arn: String,
}

/// A bucket of a member account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketAt {
    /// Where.
    pub place: AccountRegion,
    /// Its name.
    pub bucket: String,
}

/// What the simulator is asked, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Simulation {
    /// The account.
    pub account: String,
    /// What is asked. Whoever reads for many denials hands it on often.
    pub question: Arc<SimulatedCall>,
}

/// A service whose quotas are asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuotasOf {
    /// Where.
    pub place: AccountRegion,
    /// Its code in Service Quotas.
    pub service: String,
}

/// An encoded authorization message of EC2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EncodedMessage {
    /// Where.
    pub place: AccountRegion,
    /// The blob.
    pub message: String,
}

/// The id that a message names, under which AWS keeps what it knows of the call. Whoever is in the caller's organization
/// may read it, where the call was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuthorizationId {
    /// The Region of the call.
    pub region: String,
    /// The id.
    pub id: String,
}

/// An account and a Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountRegion {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
}

/// What the simulator is asked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimulatedCall {
    /// The role.
    pub role_arn: String,
    /// `service:Action`.
    pub action: String,
    /// The resource, where it is known.
    pub resource: Option<String>,
    /// Condition keys with their values, as the session sends them.
    pub without: BTreeMap<String, Vec<String>>,
    /// The same with what a fix would restore.
    pub with: BTreeMap<String, Vec<String>>,
}

/// Values are nobody's business.
impl fmt::Debug for SimulatedCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SimulatedCall")
            .field("role_arn", &self.role_arn)
            .field("action", &self.action)
            .field("keys", &self.with.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Values are nobody's business.
impl fmt::Debug for Answered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.lookup(), if self.gap().is_some() { "not read" } else { "read" })
    }
}

/// Values are nobody's business.
impl fmt::Debug for Answers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.each()).finish()
    }
}

impl Extend<Answered> for Answers {
    fn extend<I: IntoIterator<Item = Answered>>(&mut self, all: I) {
        all.into_iter().for_each(|answered| self.insert(answered));
    }
}

impl FromIterator<Answered> for Answers {
    fn from_iter<I: IntoIterator<Item = Answered>>(all: I) -> Answers {
        let mut answers = Answers::default();
        answers.extend(all);
        answers
    }
}
