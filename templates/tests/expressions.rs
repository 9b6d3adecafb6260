//! Filling in expressions.

use std::collections::BTreeMap;

use ebbtide_templates::{Context, Expression};
use insta::assert_snapshot;
use proptest::prelude::*;

fn context() -> Context {
    let outputs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    };
    Context {
        sha: "c0ffee".to_owned(),
        pull_request: Some(7),
        environment_id: "env-1".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        outputs: BTreeMap::from([
            (
                "app".to_owned(),
                outputs(&[("Url", "https://x"), ("Evil", "${{ sha }}")]),
            ),
            ("bare".to_owned(), outputs(&[])),
        ]),
    }
}

fn render(text: &str) -> String {
    let expression: Expression = text.parse().expect("well-formed");
    match expression.render(&context()) {
        Ok(text) => text,
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn every_variable() {
    assert_eq!(
        render(
            "${{sha}} ${{ pr.number }} ${{ environment.id }} ${{ account.id }} ${{ region }} \
             ${{ stacks.app.outputs.Url }}/x"
        ),
        "c0ffee 7 env-1 111122223333 eu-west-1 https://x/x"
    );
    assert_eq!(render("no ${part} }} at all"), "no ${part} }} at all");
    assert_eq!(render(""), "");
}

#[test]
fn what_was_filled_in_is_not_read_again() {
    assert_eq!(render("${{ stacks.app.outputs.Evil }}"), "${{ sha }}");
}

#[test]
fn what_is_not_there() {
    assert_snapshot!(render("${{ stacks.app.outputs.Ur }}"), @"error: the stack `app` has no output `Ur`; did you mean `Url`? its outputs are `Evil` and `Url`");
    assert_snapshot!(render("${{ stacks.app.outputs.Bucket }}"), @"error: the stack `app` has no output `Bucket`; its outputs are `Evil` and `Url`");
    assert_snapshot!(render("${{ stacks.bare.outputs.Url }}"), @"error: the stack `bare` has no output `Url`; it has none at all");
    assert_snapshot!(render("${{ stacks.later.outputs.Url }}"), @"error: `stacks.later.outputs.Url` is used, but the stack `later` is not deployed");
    let drill = Context {
        pull_request: None,
        ..context()
    };
    let expression: Expression = "pr-${{ pr.number }}".parse().unwrap();
    assert_snapshot!(expression.render(&drill).unwrap_err(), @"`pr.number` is used, but this environment belongs to no pull request");
}

#[test]
fn the_stacks_it_mentions() {
    let expression: Expression =
        "${{ stacks.b.outputs.X }}${{ sha }}${{ stacks.a.outputs.Y }}${{ stacks.b.outputs.Z }}"
            .parse()
            .unwrap();
    assert_eq!(Vec::from_iter(expression.stacks()), ["a", "b"]);
    assert_eq!(expression.literal(), None);
    let literal: Expression = "plain".parse().unwrap();
    assert_eq!(literal.literal(), Some("plain"));
}

/// One piece of an expression, and what it becomes.
fn piece() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        "[a-z }]{0,8}".prop_map(|text| (text.clone(), text)),
        Just(("${{ sha }}".to_owned(), "c0ffee".to_owned())),
        Just(("${{region}}".to_owned(), "eu-west-1".to_owned())),
        Just((
            "${{ stacks.app.outputs.Evil }}".to_owned(),
            "${{ sha }}".to_owned()
        )),
    ]
}

proptest! {
    #[test]
    fn pieces_are_filled_in_one_by_one(pieces in prop::collection::vec(piece(), 0..8)) {
        let written: String = pieces.iter().map(|(written, _)| written.as_str()).collect();
        let wanted: String = pieces.iter().map(|(_, wanted)| wanted.as_str()).collect();
        prop_assert_eq!(render(&written), wanted);
    }

    #[test]
    fn an_expression_is_stored_as_its_text(pieces in prop::collection::vec(piece(), 0..8)) {
        let written: String = pieces.iter().map(|(written, _)| written.as_str()).collect();
        let expression: Expression = written.parse().unwrap();
        let stored = serde_json::to_string(&expression).unwrap();
        prop_assert_eq!(&stored, &serde_json::to_string(&written).unwrap());
        prop_assert_eq!(serde_json::from_str::<Expression>(&stored).unwrap(), expression);
    }

    #[test]
    fn no_text_is_too_strange(text in r"(\PC|\$\{\{|\}\}|stacks|\.|outputs){0,40}") {
        if let Ok(expression) = text.parse::<Expression>() {
            prop_assert_eq!(expression.as_str(), text.as_str());
            let _ = expression.render(&context());
        }
    }
}
