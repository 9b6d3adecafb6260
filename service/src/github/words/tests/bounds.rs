//! What holds in every phase: discretion, links, lengths, digests.

use super::super::fixtures::{environment, failure, finding};
use super::super::{WordsContext, digest, digest_of, words};
use super::{context, ready, said};
use crate::environment::StackStatus;
use insta::assert_snapshot;
use url::Url;

#[test]
fn a_public_repository_shows_no_account_id() {
    let fixture = ready()
        .with_output("QueueArn", "arn:aws:sqs:eu-west-1:123456789012:jobs")
        .with_output(
            "Queue",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
        )
        .in_trouble(3, "role arn:aws:iam::123456789012:role/x is not assumable");
    let comment = said(&fixture).comment.expect("a comment");
    assert!(!comment.contains("123456789012"), "{comment}");
    assert!(
        said(&fixture.private())
            .comment
            .is_some_and(|it| it.contains("123456789012"))
    );
}

#[test]
fn without_an_address_of_its_own_nothing_is_linked_to_it() {
    let mut context = context();
    context.public_url = None;
    let words = words(&ready().0, &context);
    assert!(!words.comment.expect("a comment").contains("timeline"));
    assert_eq!(words.check.and_then(|check| check.details_url), None);
}

#[test]
fn pages_of_an_enterprise_server_are_found_from_its_api() {
    for (api, pages) in [
        ("https://api.github.com", "https://github.com/"),
        (
            "https://git.acme.example/api/v3",
            "https://git.acme.example/",
        ),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000/"),
    ] {
        let api = Url::parse(api).expect("an address");
        assert_eq!(WordsContext::new(None, &api).github_url.as_str(), pages);
    }
}

#[test]
fn a_hundred_resources_are_listed_and_the_rest_is_counted() {
    let names: Vec<String> = (0..130).map(|n| format!("R{n}")).collect();
    let many: Vec<(&str, &str)> = names
        .iter()
        .map(|n| (n.as_str(), "AWS::SQS::Queue"))
        .collect();
    let fixture = ready().seen("app", StackStatus::CreateComplete, &many);
    let comment = said(&fixture).comment.expect("a comment");
    assert!(comment.contains("<summary>131 resources in 2 stacks</summary>"));
    // The network's one resource comes first.
    assert!(comment.contains("| `R98` |") && !comment.contains("| `R99` |"));
    assert!(comment.contains("| and 31 more | | | |"));
}

#[test]
fn nothing_grows_past_what_github_takes() {
    let long = "`|<@\u{1F30A}".repeat(5_000);
    let mut fixture = ready()
        .private()
        .with_url(&format!("https://a.example/{long}"));
    for number in 0..200 {
        fixture = fixture
            .with_output(&format!("{number}{long}"), &long)
            .with_planned_stack(&format!("{number}{long}"), &[])
            .failed(
                &format!("{number}{long}"),
                &long,
                Some(failure(&long, &long, &long)),
            );
    }
    let findings = (0..200).map(|n| finding(n, &long, Some(&long))).collect();
    for fixture in [fixture.clone(), fixture.with_findings(findings)] {
        let words = said(&fixture);
        let check = words.check.expect("a check");
        assert!(words.comment.expect("a comment").chars().count() <= 60_000);
        assert!(check.summary.chars().count() <= 60_000);
        assert!(check.title.chars().count() <= 140);
        assert!(check.annotations.len() <= 50);
    }
}

#[test]
fn digests_tell_words_apart() {
    assert_snapshot!(digest("ebb"), @"79571a56229fead48072831402cf3d9c05d9663c177d30e9468fba9ce05fd56e");
    let ready = said(&ready());
    assert_eq!(digest_of(&ready), digest_of(&ready.clone()));
    assert_ne!(digest_of(&ready), digest_of(&said(&environment())));
}
