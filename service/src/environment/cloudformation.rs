//! What CloudFormation says, as closed enums.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! statuses {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// A stack's status, by CloudFormation's own names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum StackStatus {
            $(#[doc = concat!("`", $text, "`")] #[serde(rename = $text)] $variant),+
        }

        impl StackStatus {
            /// Every status.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// CloudFormation's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for StackStatus {
            type Err = UnknownStatus;
            fn from_str(text: &str) -> Result<Self, UnknownStatus> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err(UnknownStatus(other.to_owned())),
                }
            }
        }
    };
}

statuses! {
    CreateInProgress = "CREATE_IN_PROGRESS",
    CreateFailed = "CREATE_FAILED",
    CreateComplete = "CREATE_COMPLETE",
    RollbackInProgress = "ROLLBACK_IN_PROGRESS",
    RollbackFailed = "ROLLBACK_FAILED",
    RollbackComplete = "ROLLBACK_COMPLETE",
    DeleteInProgress = "DELETE_IN_PROGRESS",
    DeleteFailed = "DELETE_FAILED",
    DeleteComplete = "DELETE_COMPLETE",
    UpdateInProgress = "UPDATE_IN_PROGRESS",
    UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    UpdateComplete = "UPDATE_COMPLETE",
    UpdateFailed = "UPDATE_FAILED",
    UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
    UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
    UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
    ReviewInProgress = "REVIEW_IN_PROGRESS",
    ImportInProgress = "IMPORT_IN_PROGRESS",
    ImportComplete = "IMPORT_COMPLETE",
    ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
    ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
    ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
}

/// A status that CloudFormation did not have when this was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown stack status {0}")]
pub struct UnknownStatus(pub String);

impl fmt::Display for StackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A change set's state: `Status`, `ExecutionStatus` and the reason read together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangeSetState {
    /// `CREATE_PENDING`, `CREATE_IN_PROGRESS`, or created but not yet available.
    Pending,
    /// Ready to execute.
    Available,
    /// `FAILED` because nothing would change: a success.
    NoChanges,
    /// `FAILED` for any other reason, which is carried.
    Failed(String),
    /// Being executed, or waiting to be.
    Executing,
    /// Executed; the stack's status says how that went.
    Executed,
    /// Another one was executed since.
    Obsolete,
}

/// What a change set does to a stack, in numbers and names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSummary {
    /// Logical ids that are added.
    pub added: Vec<String>,
    /// Logical ids that are changed in place.
    pub changed: Vec<String>,
    /// Logical ids that are, or may be, replaced.
    pub replaced: Vec<String>,
    /// Logical ids that are removed.
    pub removed: Vec<String>,
}

/// One resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceSeen {
    /// Its name in the template.
    pub logical_id: String,
    /// `AWS::S3::Bucket`, …
    pub kind: String,
    /// `CREATE_COMPLETE`, …
    pub status: String,
}

/// The first thing that went wrong in a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceFailure {
    /// The resource's name in the template; with a nested stack's name and a slash before it where it is inside one.
    pub logical_id: String,
    /// `AWS::S3::Bucket`, …
    pub kind: String,
    /// AWS's words.
    pub reason: String,
}
