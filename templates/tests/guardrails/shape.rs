//! What the policies look like, and that the same settings always give the same ones.

use super::{rendered, settings, with_extra};
use ebbtide_templates::guardrails::{GuardrailSettings, digest, readable};
use insta::assert_snapshot;

#[test]
fn the_policy_as_it_is_attached() {
    let guardrails = rendered(&settings());
    let [only] = guardrails.as_slice() else {
        panic!("one policy");
    };
    assert_snapshot!(only.name, @"ebbtide-ou-a1b2-c3d4e5f6-1");
    assert_snapshot!(only.description, @"Kept by Ebbtide: organization, roles, trail, regions, services, commitments, locks, root-user, account-settings");
    assert!(!only.document.contains('\n'));
    assert_snapshot!("statements", readable(&only.document).unwrap());
}

#[test]
fn the_form_is_short_and_always_the_same() {
    let one = r#"{"Statement":[{"Resource":"*","Condition":{"Bool":{"b":"true","a":"true"}},"Action":["s3:*"],"Effect":"Deny"}],"Version":"2012-10-17"}"#;
    let document = &rendered(&with_extra(&[one]))[0].document;
    let expected = r#",{"Effect":"Deny","Action":["s3:*"],"Resource":"*","Condition":{"Bool":{"a":"true","b":"true"}}}]}"#;
    assert!(document.ends_with(expected), "{document}");
}

#[test]
fn the_digest_tells_them_apart() {
    let one = digest(&rendered(&settings()));
    assert_eq!(one.len(), 64);
    assert_eq!(one, digest(&rendered(&settings())));
    let other = GuardrailSettings {
        regions: vec!["eu-west-2".to_owned()],
        ..settings()
    };
    assert_ne!(one, digest(&rendered(&other)));
    let elsewhere = GuardrailSettings {
        sandbox_ou: "ou-a1b2-00000000".to_owned(),
        ..settings()
    };
    assert_ne!(one, digest(&rendered(&elsewhere)));
}
