//! One short text that changes whenever a deployment would: how a push that changes nothing is recognised.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use crate::file::Capability;

/// SHA-256 over everything CloudFormation is given for a stack, as 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 64 lower-case hex digits")]
pub struct NotAFingerprint;

impl std::str::FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits && text.len() == 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAFingerprint)
        }
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The fingerprint of a stack's template, rendered parameters, capabilities and tags. The order and repetition of
/// capabilities make no difference.
pub fn fingerprint(
    template_body: &[u8],
    parameters: &BTreeMap<String, String>,
    capabilities: &[Capability],
    tags: &BTreeMap<String, String>,
) -> Fingerprint {
    let mut capabilities = capabilities.to_vec();
    capabilities.sort_unstable();
    capabilities.dedup();

    // Each text is preceded by its length and each group by its size: no two inputs run together to the same bytes.
    // The first text names this recipe, should it ever have to change.
    let mut hash = Hash(Sha256::new());
    hash.text(b"ebbtide stack 1");
    hash.text(template_body);
    hash.pairs(parameters);
    hash.number(capabilities.len());
    for capability in &capabilities {
        hash.text(capability.as_str().as_bytes());
    }
    hash.pairs(tags);
    Fingerprint(hex::encode(hash.0.finalize()))
}

struct Hash(Sha256);

impl Hash {
    fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_be_bytes());
    }

    fn text(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.update(bytes);
    }

    fn pairs(&mut self, pairs: &BTreeMap<String, String>) {
        self.number(pairs.len());
        for (key, value) in pairs {
            self.text(key.as_bytes());
            self.text(value.as_bytes());
        }
    }
}
