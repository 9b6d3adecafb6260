//! When a deployment would change something, and when not.

use std::collections::BTreeMap;

use ebbtide_templates::{Capability, Fingerprint, fingerprint};

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn it_never_changes_between_versions() {
    // Stored in rows: another value here would make every environment deploy again after an upgrade.
    let fingerprint = fingerprint(
        b"Resources: {}",
        &pairs(&[("A", "1")]),
        &[Capability::Iam],
        &pairs(&[("team", "web")]),
    );
    insta::assert_snapshot!(fingerprint, @"ccc46c9d488ee4c27b9fe3e57baec574c3db6e52b66f8a1263a4b4356343091f");
    let stored = serde_json::to_string(&fingerprint).unwrap();
    assert_eq!(
        serde_json::from_str::<Fingerprint>(&stored).unwrap(),
        fingerprint
    );
}

#[test]
fn nothing_runs_together() {
    let none = pairs(&[]);
    let all = [
        fingerprint(b"", &none, &[], &none),
        fingerprint(b"a", &none, &[], &none),
        fingerprint(b"", &pairs(&[("a", "bc")]), &[], &none),
        fingerprint(b"", &pairs(&[("ab", "c")]), &[], &none),
        fingerprint(b"", &none, &[], &pairs(&[("ab", "c")])),
        fingerprint(b"", &pairs(&[("a", ""), ("b", "")]), &[], &none),
        fingerprint(b"", &pairs(&[("a", "b")]), &[], &none),
        fingerprint(b"", &none, &[Capability::Iam], &none),
        fingerprint(b"", &none, &[Capability::NamedIam], &none),
    ];
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}

#[test]
fn the_order_of_capabilities_does_not_matter() {
    use Capability::{AutoExpand, Iam};
    let none = pairs(&[]);
    assert_eq!(
        fingerprint(b"", &none, &[Iam, AutoExpand], &none),
        fingerprint(b"", &none, &[AutoExpand, Iam, Iam], &none)
    );
}

#[test]
fn only_hex_digits_are_a_fingerprint() {
    for text in ["", "abc", &"g".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
        assert!(text.parse::<Fingerprint>().is_err(), "{text}");
    }
    assert!("a0".repeat(32).parse::<Fingerprint>().is_ok());
}
