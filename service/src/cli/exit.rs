//! How a command ended.

use std::process::ExitCode;

/// How a command ended, as the caller's shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: it did what it was asked.
    Done,
    /// 1: it compared, and found a difference.
    Different,
    /// 1: it tried and could not.
    Failed,
    /// 2: it was asked wrongly, or is configured wrongly; nothing was tried.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::from(0),
            Exit::Different | Exit::Failed => Self::from(1),
            Exit::Usage => Self::from(2),
        }
    }
}

/// The command was asked wrongly, in a way that the parser cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);
