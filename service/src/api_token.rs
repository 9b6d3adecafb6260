//! API tokens: made here, stored as a hash, compared by hash.

use crate::store::ApiToken;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// What every token starts with, so that a scanner for leaked secrets can tell one.
pub const PREFIX: &str = "ebt_";

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Look.
    Read,
    /// Look and end environments.
    Write,
}

impl Scope {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no scope.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no scope: allowed is read or write")]
pub struct NoScope(String);

impl FromStr for Scope {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            other => Err(NoScope(other.to_owned())),
        }
    }
}

/// Makes a token of 256 random bits, and what is stored of it.
pub fn make(
    name: &str,
    scope: Scope,
    now: DateTime<Utc>,
) -> Result<(SecretString, ApiToken), getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let token = SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)));
    let stored = ApiToken {
        name: name.to_owned(),
        hash: hash(token.expose_secret()),
        scope: scope.as_str().to_owned(),
        created_at: now,
    };
    Ok((token, stored))
}

/// What is stored of a token. No salt and no slow hash: a token has 256 random bits.
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
