//! What is asked, and what a guardrail makes needless to ask.

use super::world::{HOME, scope_of};
use ebbtide::environment::Region;
use ebbtide::environment::inventory::Cell;
use ebbtide::nuke::listers::Listers;
use ebbtide::nuke::scope::Scope;
use ebbtide::nuke::types::TypeTable;
use ebbtide_templates::guardrails::{GuardrailSettings, Reach, reach, render};
use std::collections::BTreeSet;

fn by_default(services: &[&str]) -> Scope {
    held(&reach_with(services))
}

fn held(reach: &Reach) -> Scope {
    let (table, listers) = (TypeTable::built_in(), Listers::built_in());
    Scope::held(&table, &listers, reach, &Region::new(HOME))
}

fn reach_with(services: &[&str]) -> Reach {
    let settings = GuardrailSettings {
        sandbox_ou: "ou-ab12-sandbox1".to_owned(),
        partition: "aws".to_owned(),
        regions: vec!["eu-central-1".to_owned(), HOME.to_owned()],
        services: services.iter().map(|it| (*it).to_owned()).collect(),
        roles: vec!["EbbtideAccess".to_owned()],
        extra: Vec::new(),
    };
    reach(&render(&settings).unwrap()).unwrap()
}

#[test]
fn where_guardrails_were_changed_all_is_asked_that_either_allowed() {
    let (before, mut after) = (reach_with(&["kinesis"]), reach_with(&["backup"]));
    after.regions.insert("us-east-1".to_owned());
    let asked = |reach: &Reach| -> BTreeSet<Cell> { held(reach).cells().iter().cloned().collect() };
    let both = asked(&before.or(&after));
    assert!(both.is_superset(&asked(&before)) && both.is_superset(&asked(&after)));
    for (type_name, region) in [
        ("AWS::Kinesis::Stream", "us-east-1"),
        ("AWS::Backup::BackupVault", HOME),
    ] {
        let is_it = |cell: &&Cell| cell.type_name == type_name && cell.region.as_str() == region;
        assert!(
            both.iter().any(|cell| is_it(&cell)),
            "{type_name} in {region}"
        );
    }
    assert_eq!(before.or(&before), before);
}

#[test]
fn with_the_default_guardrail_every_type_can_have_an_answer() {
    let scope = by_default(&[]);
    assert_eq!(scope.unanswerable().collect::<Vec<_>>(), []);
    assert_eq!(scope.regions()[0], Region::new(HOME));
    let global = |type_name: &str| {
        let cells = scope.cells().iter();
        cells.filter(|it| it.type_name == type_name).count() == 1
    };
    assert!(global("AWS::IAM::Role") && global("AWS::S3::Bucket"));
    assert!(!global("AWS::Lambda::Function"));
    insta::assert_snapshot!(format!(
        "{} questions in {} regions; {} types denied",
        scope.cells().len(),
        scope.regions().len(),
        scope.denied().len()
    ), @"476 questions in 2 regions; 1515 types denied");
    assert!(scope.denied()["AWS::EKS::Cluster"].starts_with("ebbtide-ou-ab12-sandbox1-"));
    assert!(
        scope
            .denied()
            .contains_key("Ebbtide::Backup::RecoveryPoint")
    );
}

#[test]
fn a_service_that_an_admin_allows_is_asked_and_what_nobody_lists_is_named() {
    let scope = by_default(&["acm", "backup", "wafv2", "flux-capacitor"]);
    let asked = |name: &str| scope.cells().iter().any(|it| it.type_name == name);
    assert!(asked("AWS::CertificateManager::Certificate"));
    assert!(asked("Ebbtide::Backup::RecoveryPoint"));
    let named = scope
        .unanswerable()
        .map(|(cell, why)| format!("{} in {}: {why}", cell.type_name, cell.region));
    insta::assert_snapshot!(named.collect::<Vec<_>>().join("\n"), @r"
    AWS::WAFv2::IPSet in eu-central-1: it is listed only under Scope, and nobody knows which there are
    AWS::WAFv2::IPSet in eu-west-1: it is listed only under Scope, and nobody knows which there are
    AWS::WAFv2::RuleGroup in eu-central-1: it is listed only under Scope, and nobody knows which there are
    AWS::WAFv2::RuleGroup in eu-west-1: it is listed only under Scope, and nobody knows which there are
    AWS::WAFv2::WebACL in eu-central-1: it is listed only under Scope, and nobody knows which there are
    AWS::WAFv2::WebACL in eu-west-1: it is listed only under Scope, and nobody knows which there are
    AWS::WAFv2::WebACLAssociation in eu-central-1: Cloud Control doesn't list it
    AWS::WAFv2::WebACLAssociation in eu-west-1: Cloud Control doesn't list it
    flux-capacitor:* in eu-west-1: flux-capacitor:* is allowed, and no resource type is known to be of that service
    ");
}

#[test]
fn without_a_guardrail_everything_is_asked() {
    let regions = [Region::new(HOME), Region::new("eu-central-1")];
    let scope = Scope::unguarded(&TypeTable::built_in(), &Listers::built_in(), &regions);
    assert!(scope.denied().is_empty());
    insta::assert_snapshot!(format!(
        "{} questions, {} of them nobody can answer",
        scope.cells().len(),
        scope.unanswerable().count()
    ), @"3259 questions, 491 of them nobody can answer");
}

#[test]
fn parents_come_first() {
    let regions = [Region::new(HOME)];
    let scope = Scope::unguarded(&TypeTable::built_in(), &Listers::built_in(), &regions);
    let place = |name: &str| scope.cells().iter().position(|it| it.type_name == name);
    assert!(
        place("AWS::AppConfig::Application").unwrap()
            < place("AWS::AppConfig::Environment").unwrap()
    );
    assert!(place("AWS::AppConfig::Environment").is_some());
}

/// A circle of types, each listed under the other, would wait for itself for ever.
#[test]
fn what_is_listed_under_itself_is_listed_by_nobody() {
    let rows = "type\tservice\twhere\tlists\tdeletes\tidentifier\treferences\n\
        AWS::A::B\ta\tregional\tunder:CId=AWS::A::C.CId\tyes\tBId\t\n\
        AWS::A::C\ta\tregional\tunder:BId=AWS::A::B.BId\tyes\tCId\t\n";
    let table = TypeTable::parse(rows, "type\thow\tof\treason\n").unwrap();
    let scope = Scope::unguarded(&table, &Listers::built_in(), &[Region::new(HOME)]);
    let of_a = scope
        .unanswerable()
        .map(|(cell, why)| format!("{}: {why}", cell.type_name));
    insta::assert_snapshot!(of_a.collect::<Vec<_>>().join("\n"), @r"
    AWS::A::B: it is listed only under AWS::A::C, which can't be listed itself
    AWS::A::C: it is listed only under AWS::A::B, which can't be listed itself
    ");
}

#[test]
fn another_scope_has_another_digest() {
    assert_eq!(scope_of(&["s3"]).digest(), scope_of(&["s3"]).digest());
    assert_ne!(
        scope_of(&["s3"]).digest(),
        scope_of(&["s3", "sqs"]).digest()
    );
}
