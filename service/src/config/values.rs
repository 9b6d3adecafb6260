//! How values are read and shown. A value that is not allowed only fails here; what is allowed instead
//! is said once, beside the key.

use crate::environment::Region;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use url::Url;

/// What is shown in place of a secret.
pub const HIDDEN: &str = "(hidden)";

/// Fails; the key says what is allowed.
pub fn refused<T, E: Error>() -> Result<T, E> {
    Err(E::custom("not allowed"))
}

/// A number, also in the form that environment variables have.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u64),
    Text(String),
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    match Number::deserialize(from)? {
        Number::Number(number) => Ok(number),
        Number::Text(text) => text.parse().or_else(|_| refused()),
    }
}

/// True or false, also in the form that environment variables have.
#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Truth(bool),
    Text(String),
}

/// True or false.
pub fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Truth::deserialize(from)? {
        Truth::Truth(truth) => Ok(truth),
        Truth::Text(text) => text.parse().or_else(|_| refused()),
    }
}

/// A whole number within bounds, both included.
pub fn between<'de, D: Deserializer<'de>, const MIN: u32, const MAX: u32>(
    from: D,
) -> Result<u32, D::Error> {
    match u32::try_from(number(from)?) {
        Ok(number) if (MIN..=MAX).contains(&number) => Ok(number),
        _ => refused(),
    }
}

/// A GitHub App's id.
pub fn app_id<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    match number(from)? {
        0 => refused(),
        id => Ok(id),
    }
}

/// An address that is known to be one.
pub fn constant_address(text: &'static str) -> Url {
    Url::parse(text).unwrap_or_else(|error| unreachable!("{text} is a URL: {error}"))
}

/// An http or https URL.
pub fn web_address<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    match Url::parse(&String::deserialize(from)?) {
        Ok(url) if is_web(&url) => Ok(url),
        _ => refused(),
    }
}

/// An http or https URL that may be left out.
pub fn web_address_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    web_address(from).map(Some)
}

/// Addresses by service: a table, or one text with commas.
pub fn endpoints<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Url>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum TableOrText {
        Table(BTreeMap<String, String>),
        Text(String),
    }
    let pairs: Vec<(String, String)> = match TableOrText::deserialize(from)? {
        TableOrText::Table(table) => table.into_iter().collect(),
        TableOrText::Text(text) => text
            .split(',')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(service, url)| (service.trim().to_owned(), url.trim().to_owned()))
            .collect(),
    };
    let is_service = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let mut endpoints = BTreeMap::new();
    for (service, url) in pairs {
        match Url::parse(&url) {
            Ok(url) if is_service(&service) && is_web(&url) => {
                endpoints.insert(service, url);
            }
            _ => return refused(),
        }
    }
    Ok(endpoints)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// A text that passes a check.
fn checked<'de, D: Deserializer<'de>>(
    from: D,
    allowed: impl Fn(&str) -> bool,
) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if allowed(&text) { Ok(text) } else { refused() }
}

/// `eu-west-1`, `us-gov-east-1`, …
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    parts.len() >= 3
        && parts[..parts.len() - 1].iter().all(letters)
        && parts[parts.len() - 1].parse::<u8>().is_ok()
}

/// A region.
pub fn region<'de, D: Deserializer<'de>>(from: D) -> Result<Region, D::Error> {
    checked(from, is_region).map(Region::new)
}

/// Regions.
pub fn regions<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Region>, D::Error> {
    let regions = list(from, is_region)?;
    Ok(regions.into_iter().map(Region::new).collect())
}

/// Prefixes of services, as actions begin with them.
pub fn services<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    list(from, |text| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

/// Paths of files.
pub fn paths<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    let paths = list(from, |text| !text.is_empty())?;
    Ok(paths.into_iter().map(PathBuf::from).collect())
}

/// Texts that each pass a check: a list, or one text with commas.
fn list<'de, D: Deserializer<'de>>(
    from: D,
    allowed: impl Fn(&str) -> bool,
) -> Result<Vec<String>, D::Error> {
    let texts = ListOrText::deserialize(from)?.into_list();
    if texts.iter().all(|text| allowed(text)) {
        Ok(texts)
    } else {
        refused()
    }
}

/// A list; in an environment variable it is one text with commas.
#[derive(Deserialize)]
#[serde(untagged)]
enum ListOrText {
    List(Vec<String>),
    Text(String),
}

impl ListOrText {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::List(texts) => texts,
            // As `ebbtide config` shows it, or with commas.
            Self::Text(text) => serde_json::from_str(&text)
                .unwrap_or_else(|_| text.split(',').map(|one| one.trim().to_owned()).collect()),
        }
    }
}

/// `arn:PARTITION:iam::ACCOUNT:role/NAME`.
pub fn role_arn<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let looks_right = |text: &str| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, _, service, _, account, role] = parts[..] else {
            return false;
        };
        arn == "arn"
            && service == "iam"
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && role
                .strip_prefix("role/")
                .is_some_and(|name| !name.is_empty())
    };
    checked(from, looks_right).map(Some)
}

/// `ou-ROOT-ID`.
pub fn organizational_unit<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked(from, |text| {
        text.strip_prefix("ou-")
            .and_then(|rest| rest.split_once('-'))
            .is_some_and(|(root, id)| {
                let plain = |part: &str| {
                    part.len() >= 4
                        && part
                            .bytes()
                            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                };
                plain(root) && plain(id)
            })
    })
}

/// A role's name, by IAM's rule.
pub fn role_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked(from, |text| {
        (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
    })
}

/// A text with `{id}` in it, from which each new account takes its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AccountPattern(String);

impl AccountPattern {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text with `{id}` in it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text for one account.
    pub fn with_id(&self, id: &str) -> String {
        self.0.replace("{id}", id)
    }
}

/// An e-mail address with `{id}` in it.
pub fn email_pattern<'de, D: Deserializer<'de>>(from: D) -> Result<AccountPattern, D::Error> {
    let looks_right = |text: &str| {
        text.contains("{id}")
            && !text.contains(char::is_whitespace)
            && text
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    };
    checked(from, looks_right).map(AccountPattern)
}

/// A name with `{id}` in it. AWS allows 50 characters; ten are kept for the id.
pub fn name_pattern<'de, D: Deserializer<'de>>(from: D) -> Result<AccountPattern, D::Error> {
    checked(from, |text| text.contains("{id}") && text.len() <= 40).map(AccountPattern)
}

/// Directives of the log.
pub fn log_filter<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked(from, |text| EnvFilter::try_new(text).is_ok())
}

/// Shows a duration as it would be written.
pub fn shown<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&humantime::format_duration(*duration))
}

fn at_least<'de, D: Deserializer<'de>>(from: D, least: Duration) -> Result<Duration, D::Error> {
    match humantime::parse_duration(&String::deserialize(from)?) {
        Ok(duration) if duration >= least => Ok(duration),
        _ => refused(),
    }
}

/// A duration of a second at least.
pub mod duration {
    pub use super::shown as serialize;
    use super::{Deserializer, Duration, at_least};

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        at_least(from, Duration::from_secs(1))
    }
}

/// A duration that may be none at all.
pub mod any_duration {
    pub use super::shown as serialize;
    use super::{Deserializer, Duration, at_least};

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        at_least(from, Duration::ZERO)
    }
}

/// A duration of a millisecond at least.
pub mod short_duration {
    pub use super::shown as serialize;
    use super::{Deserializer, Duration, at_least};

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        at_least(from, Duration::from_millis(1))
    }
}

/// A private key, its line breaks put back; `None` if it is none.
pub fn pem(text: &SecretString) -> Option<SecretString> {
    let text = text.expose_secret().trim().replace("\\n", "\n");
    let looks_right = text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    looks_right.then(|| SecretString::from(text))
}

/// One secret, which may be left out.
pub mod secret {
    use super::{Deserialize, Deserializer, HIDDEN, SecretString, Serialize, Serializer};

    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SecretString>, D::Error> {
        String::deserialize(from).map(|text| Some(SecretString::from(text)))
    }

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub fn serialize<S: Serializer>(
        secret: &Option<SecretString>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(|_| HIDDEN).serialize(to)
    }
}

/// Secrets: a list, or one text with commas.
pub mod secrets {
    use super::{
        Deserialize, Deserializer, HIDDEN, ListOrText, SecretString, Serialize, Serializer, refused,
    };

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SecretString>, D::Error> {
        let secrets = ListOrText::deserialize(from)?.into_list();
        if secrets.is_empty() || secrets.iter().any(String::is_empty) {
            return refused();
        }
        Ok(secrets.into_iter().map(SecretString::from).collect())
    }

    pub fn serialize<S: Serializer>(secrets: &[SecretString], to: S) -> Result<S::Ok, S::Error> {
        vec![HIDDEN; secrets.len()].serialize(to)
    }
}
