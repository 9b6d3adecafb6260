//! Identifiers as types of their own, so that no call can mix an account with a commit.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; whoever reads it from outside has checked it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

text_id!(
    /// An environment, for example `pr-42-k3f9zq`. Derived from its key, so it never needs to be looked up.
    EnvironmentId
);
text_id!(
    /// An incarnation: its environment's id and a number, for example `pr-42-k3f9zq-1`.
    IncarnationId
);
text_id!(
    /// An AWS account's twelve digits.
    AccountId
);
text_id!(
    /// A row of the pool; exists before AWS knows the account.
    AccountRowId
);
text_id!(
    /// What `CreateAccount` answers with (`car-…`).
    CreateRequestId
);
text_id!(
    /// An AWS region, for example `eu-west-1`.
    Region
);

impl Region {
    /// The partition of its ARNs.
    pub fn partition(&self) -> &'static str {
        if self.as_str().starts_with("cn-") {
            "aws-cn"
        } else if self.as_str().starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        }
    }
}

text_id!(
    /// A commit's full SHA.
    CommitSha
);
text_id!(
    /// A stack's name in `.ebbtide.yml`.
    StackName
);
text_id!(
    /// A stack's name in CloudFormation, derived from incarnation and stack name.
    CloudStackName
);
text_id!(
    /// A change set's name, derived from what it is to bring about.
    ChangeSetName
);
text_id!(
    /// The `RoleSessionName` that names the environment in CloudTrail; 64 characters at most.
    SessionName
);
text_id!(
    /// `owner/name` as GitHub spells it now; a repository's lasting name is its [`RepositoryId`].
    RepositoryName
);
text_id!(
    /// A GitHub user name.
    Login
);
text_id!(
    /// `X-GitHub-Delivery`.
    DeliveryId
);

number_id!(
    /// GitHub's number of a repository; survives renames.
    RepositoryId
);
number_id!(
    /// A pull request's number within its repository.
    PullRequestNumber
);
number_id!(
    /// An installation of the GitHub App.
    InstallationId
);
number_id!(
    /// A comment on a pull request.
    CommentId
);
number_id!(
    /// A check run.
    CheckRunId
);
number_id!(
    /// A GitHub Deployment.
    DeploymentId
);
