//! What a repository wants deployed.
use serde::{Deserialize, Serialize};
/// Something to be mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Path.
    pub path: String,
    /// 1-based.
    pub line: u32,
    /// 1-based.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}
/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepositoryFile {
    /// Health.
    pub health: Vec<String>,
}
