//! What is wrong in a file, where, and how to mend it.
//!
//! Findings are shown to the author of a pull request as they stand, so each one is a whole sentence for a person
//! who has the file open and may never have heard of Ebbtide.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a file, counted from 1 as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The very beginning of a file: where findings about the file as a whole are put.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Path of the file inside the repository.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong, without a trailing period.
    pub message: String,
    /// How to mend it, where that can be said.
    pub help: Option<String>,
}

impl Finding {
    /// A finding without advice.
    pub fn new(path: &str, at: Position, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: at.line,
            column: at.column,
            message: message.into(),
            help: None,
        }
    }

    /// The same finding with advice on how to mend it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// How many findings are looked for. Nobody reads more, and a text made of mistakes must not cost more.
pub(crate) const MAX_FINDINGS: usize = 100;

/// The findings in the order of their files, each once, and no more than [`MAX_FINDINGS`].
pub(crate) fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort();
    findings.dedup();
    if let Some(next) = findings.get(MAX_FINDINGS) {
        let at = Position {
            line: next.line,
            column: next.column,
        };
        let more = Finding::new(&next.path, at, "there is more to mend from here on");
        findings.truncate(MAX_FINDINGS);
        findings.push(more);
    }
    findings
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.path, self.line, self.column, self.message
        )?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}
