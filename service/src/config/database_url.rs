//! Where the database is: the one setting that may hold a secret in its middle.

use super::values::{HIDDEN, refused};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use url::Url;

/// Which database a URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file, for one replica.
    Sqlite,
    /// A server, for any number of replicas.
    Postgres,
}

/// Where the database is. May hold a password, so it is shown without it.
#[derive(Clone)]
pub struct DatabaseUrl {
    kind: DatabaseKind,
    url: SecretString,
}

impl DatabaseUrl {
    /// Which database it is for.
    pub fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// The whole URL, password included: for the connection alone.
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self {
            kind: DatabaseKind::Sqlite,
            url: SecretString::from("sqlite:ebbtide.db"),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = NoDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, NoDatabaseUrl> {
        let kind = match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => DatabaseKind::Sqlite,
            Some(("postgres" | "postgresql", _)) if Url::parse(text).is_ok() => {
                DatabaseKind::Postgres
            }
            _ => return Err(NoDatabaseUrl),
        };
        Ok(Self {
            kind,
            url: SecretString::from(text),
        })
    }
}

/// The text is no database URL.
#[derive(Debug, thiserror::Error)]
#[error("not a database URL")]
pub struct NoDatabaseUrl;

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.url.expose_secret();
        match (self.kind, Url::parse(text)) {
            (DatabaseKind::Postgres, Ok(mut url)) => {
                // Passwords may also stand in the query.
                url.set_query(None);
                if url.password().is_some() && url.set_password(Some("HIDDEN")).is_err() {
                    return f.write_str(HIDDEN);
                }
                f.write_str(url.as_str())
            }
            (DatabaseKind::Sqlite, _) => f.write_str(text),
            (DatabaseKind::Postgres, Err(_)) => f.write_str(HIDDEN),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .or_else(|NoDatabaseUrl| refused())
    }
}
