//! The signature of a delivery: HMAC-SHA256 over the raw body, as GitHub sends it in
//! `X-Hub-Signature-256`.
//!
//! The body must be the very bytes that arrived: JSON that was parsed and written again has
//! another signature.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// The header that carries the signature.
pub const HEADER: &str = "X-Hub-Signature-256";

const PREFIX: &str = "sha256=";

/// Whether `header` signs `body` with one of `secrets`.
///
/// Several secrets let an operator rotate one: the old and the new both count until the old one is
/// taken away. All of them are tried, and compared in constant time, so that the time taken tells
/// nothing about which one matched or how far. An empty secret matches nothing, because everybody
/// knows it.
pub fn verify(secrets: &[impl AsRef<[u8]>], body: &[u8], header: Option<&str>) -> bool {
    let Some(given) = header.and_then(digest_in) else {
        return false;
    };
    secrets
        .iter()
        .map(AsRef::as_ref)
        .filter(|secret| !secret.is_empty())
        .fold(Choice::from(0), |matched, secret| {
            matched | digest(secret, body).ct_eq(&given)
        })
        .into()
}

/// The header value that signs `body` with `secret`, as the sender of a delivery writes it.
pub fn sign(secret: impl AsRef<[u8]>, body: &[u8]) -> String {
    format!("{PREFIX}{}", hex::encode(digest(secret.as_ref(), body)))
}

fn digest(secret: &[u8], body: &[u8]) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret).expect("HMAC-SHA256 takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

fn digest_in(header: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(header.strip_prefix(PREFIX)?, &mut digest).ok()?;
    Some(digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of GitHub's guide "Validating webhook deliveries".
    #[test]
    fn agrees_with_the_published_example() {
        let header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(sign("It's a Secret to Everybody", b"Hello, World!"), header);
        assert!(verify(
            &["It's a Secret to Everybody"],
            b"Hello, World!",
            Some(header)
        ));
    }

    #[test]
    fn any_of_several_secrets_counts() {
        let header = sign("old", b"{}");
        assert!(verify(&["old", "new"], b"{}", Some(&header)));
        assert!(verify(&["new", "old"], b"{}", Some(&header)));
        assert!(!verify(&["new"], b"{}", Some(&header)));
    }

    #[test]
    fn nothing_matches_without_a_secret() {
        let none: [&str; 0] = [];
        assert!(!verify(&none, b"{}", Some(&sign("", b"{}"))));
        assert!(!verify(&[""], b"{}", Some(&sign("", b"{}"))));
    }

    #[test]
    fn a_header_that_is_not_a_signature_is_refused() {
        let good = sign("secret", b"{}");
        let digest = good.strip_prefix("sha256=").expect("the prefix");
        let bad = [
            String::new(),
            "sha256=".to_owned(),
            digest.to_owned(),
            format!("sha1={digest}"),
            format!("sha256={}", &digest[..62]),
            format!("sha256={digest}00"),
            format!("sha256=zz{}", &digest[2..]),
            format!(" {good}"),
        ];
        for header in &bad {
            assert!(!verify(&["secret"], b"{}", Some(header)), "{header:?}");
        }
        assert!(!verify(&["secret"], b"{}", None));
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_a_changed_body_does_not(
            secret in prop::collection::vec(any::<u8>(), 1..80),
            body in prop::collection::vec(any::<u8>(), 1..200),
            place in any::<prop::sample::Index>(),
        ) {
            let header = sign(&secret, &body);
            prop_assert!(verify(&[&secret], &body, Some(&header)));
            let mut changed = body.clone();
            changed[place.index(body.len())] ^= 1;
            prop_assert!(!verify(&[&secret], &changed, Some(&header)));
        }

        #[test]
        fn no_header_panics(header in any::<String>()) {
            let matched = verify(&["secret"], b"{}", Some(&header));
            prop_assert!(!matched, "{header:?}");
        }
    }
}
