//! However much there is: every statement is in exactly one policy that AWS takes, or there is a finding.

use super::{findings, rendered, settings, with_extra};
use ebbtide_templates::guardrails::{
    ExtraFile, GuardrailSettings, MAX_LENGTH, MAX_POLICIES, render,
};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

/// A file with one statement of about this many bytes.
fn file(number: usize, bytes: usize) -> ExtraFile {
    let action = format!("s3:{}", "X".repeat(bytes.saturating_sub(70)));
    let sid = format!("Deny{number}");
    ExtraFile {
        path: format!("extra/{number}.json"),
        text: format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Deny","Action":"{action}","Resource":"*"}}]}}"#
        ),
    }
}

#[test]
fn without_more_one_policy_is_enough() {
    let guardrails = rendered(&settings());
    assert_eq!(guardrails.len(), 1);
    assert!(guardrails[0].document.len() <= MAX_LENGTH);
}

#[test]
fn one_statement_that_is_too_long() {
    let long = GuardrailSettings {
        extra: vec![file(1, 12_000)],
        ..settings()
    };
    assert_snapshot!(findings(&long), @"extra/1.json:1:38: the statement Deny1 makes a policy of 12030 bytes, and AWS takes 10240; shorten its lists with wildcards, or split it in two");
    let services = GuardrailSettings {
        services: (0..2000).map(|number| format!("service{number}")).collect(),
        ..settings()
    };
    assert_snapshot!(findings(&services), @"templates/guardrails/services.json:1:1: the statement DenyOtherServices makes a policy of 31726 bytes, and AWS takes 10240; shorten its lists with wildcards, or split it in two");
}

#[test]
fn more_than_fits() {
    let many = GuardrailSettings {
        extra: (1..=4).map(|number| file(number, 10_000)).collect(),
        ..settings()
    };
    assert_snapshot!(findings(&many), @"extra/4.json:1:1: all guardrails together fill 5 policies of 10240 bytes, and 4 are attached at most; shorten the files, or attach some of them yourself, to the organizational unit above");
    let fewer = GuardrailSettings {
        extra: (1..=3).map(|number| file(number, 10_000)).collect(),
        ..settings()
    };
    assert_eq!(rendered(&fewer).len(), MAX_POLICIES);
}

#[test]
fn a_file_that_is_read_by_nobody() {
    let text = " ".repeat(200_001);
    assert_snapshot!(findings(&with_extra(&[&text])), @"extra/1.json:1:1: the file has 200001 bytes, and at most 200000 are read");
}

proptest! {
    #[test]
    fn nothing_is_too_long_and_nothing_is_lost(lengths in prop::collection::vec(80_usize..11_000, 0..12)) {
        let settings = GuardrailSettings {
            extra: lengths.iter().enumerate().map(|(number, bytes)| file(number, *bytes)).collect(),
            ..settings()
        };
        let built_in: usize = super::rendered(&super::settings())[0].document.len();
        match render(&settings) {
            Ok(guardrails) => {
                prop_assert!(guardrails.len() <= MAX_POLICIES);
                let mut sids = Vec::new();
                for guardrail in &guardrails {
                    prop_assert!(guardrail.document.len() <= MAX_LENGTH);
                    prop_assert!(guardrail.description.len() <= 512);
                    let policy: Value = serde_json::from_str(&guardrail.document).unwrap();
                    let statements = policy["Statement"].as_array().unwrap();
                    sids.extend(statements.iter().map(|one| one["Sid"].as_str().unwrap().to_owned()));
                }
                for number in 0..lengths.len() {
                    let sid = format!("Deny{number}");
                    prop_assert_eq!(sids.iter().filter(|one| **one == sid).count(), 1);
                }
                prop_assert_eq!(sids.len(), lengths.len() + 12);
            }
            Err(found) => {
                prop_assert!(!found.is_empty());
                // Never for want of trying: it is refused only when it could hardly fit.
                let total: usize = lengths.iter().sum::<usize>() + built_in;
                let longest = lengths.iter().max().copied().unwrap_or_default();
                prop_assert!(longest > 10_000 || total > MAX_LENGTH * MAX_POLICIES / 2);
            }
        }
    }
}
