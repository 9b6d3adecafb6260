//! What is answered to a wrong key or value: the key, the value, where it stands, what is allowed.

use std::fmt;

/// One wrong key or value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// `section.key`, or the file as a whole.
    pub key: String,
    /// The value; `None` when there is none, and for secrets.
    pub value: Option<String>,
    /// The file or the environment variable.
    pub origin: Option<String>,
    /// What is wrong or what is allowed.
    pub sentence: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        if let Some(origin) = &self.origin {
            write!(f, " (from {origin})")?;
        }
        write!(f, ": {}", self.sentence)
    }
}

/// Everything that is wrong, a line each.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, mistake) in self.0.iter().enumerate() {
            let line_break = if position == 0 { "" } else { "\n" };
            write!(f, "{line_break}{mistake}")?;
        }
        Ok(())
    }
}
