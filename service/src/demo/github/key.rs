//! The App's key pair: thrown away when the process ends, so no real secret lies in the source.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;
use std::sync::OnceLock;

/// What the App signs with and what GitHub keeps to check it.
#[derive(Clone)]
pub(super) struct AppKey {
    /// PKCS#8, as a person would download it.
    pub private_pem: String,
    /// The public half.
    pub public: DecodingKey,
}

/// The pair of this process. Making one takes a noticeable part of a second, so all servers of a test
/// run share it.
pub(super) fn app_key() -> Result<AppKey, std::io::Error> {
    static PAIR: OnceLock<AppKey> = OnceLock::new();
    if let Some(pair) = PAIR.get() {
        return Ok(pair.clone());
    }
    let failed = |_| std::io::Error::other("no RSA key could be made");
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let der = AsDer::<Pkcs8V1Der>::as_der(&pair).map_err(failed)?;
    let made = AppKey {
        private_pem: pem(der.as_ref()),
        public: DecodingKey::from_rsa_der(pair.public_key().as_ref()),
    };
    Ok(PAIR.get_or_init(|| made).clone())
}

/// The App's private key in this process, PKCS#8 in PEM: for whoever needs a key that works nowhere else.
pub fn private_key_pem() -> Result<String, std::io::Error> {
    app_key().map(|key| key.private_pem)
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}
