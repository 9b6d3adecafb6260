//! Commands that need no running service.

use super::command::{COMPLETE, Folder};
use insta::assert_snapshot;

#[test]
fn a_wrong_configuration_ends_with_2() {
    let folder = Folder::new("[pool]\nmax_creating = 9\n[serve]\nport = 1\n");
    for arguments in [&["config", "check"][..], &["serve"]] {
        let answer = folder.run(arguments);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert_eq!(answer.out, "");
        assert!(
            answer
                .err
                .contains("pool.max_creating = 9 (from ebbtide.toml): allowed is 1 to 5")
        );
        assert!(
            answer
                .err
                .contains("serve.port (from ebbtide.toml): no such key")
        );
    }
}

#[test]
fn a_good_configuration_is_shown_without_its_secrets() {
    let folder = Folder::new(COMPLETE);
    let out = folder.run(&["config", "check"]).done();
    assert!(out.starts_with("KEY "), "{out}");
    assert!(
        out.contains("aws.region                    ebbtide.toml  eu-west-1"),
        "{out}"
    );
    assert!(!out.contains("hush"), "{out}");
    let json = folder.run(&["config", "check", "--output", "json"]).done();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json[0]["key"], "server.listen");
}

#[test]
fn reference_and_schema_need_no_configuration() {
    let folder = Folder::new("not even TOML");
    let out = folder.run(&["config", "reference"]).done();
    assert_eq!(out, ebbtide::config::reference());
    let out = folder.run(&["schema"]).done();
    let schema: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a JSON Schema");
}

#[test]
fn tokens_are_made_once_listed_and_revoked() {
    // The rest of the configuration may be missing: tokens need nothing but the database.
    let folder = Folder::new("[database]\nurl = \"sqlite:tokens.db\"\n");
    let token = folder
        .run(&["token", "create", "ci", "--scope", "read"])
        .done();
    assert!(
        token.starts_with("ebt_") && token.trim().len() == 47,
        "{token}"
    );
    let again = folder.run(&["token", "create", "ci", "--scope", "write"]);
    assert_eq!(again.code, Some(2));
    assert_snapshot!(again.err, @"error: there is a token named ci already: revoke it first, or take another name");
    let list = folder.run(&["token", "list"]).done();
    let columns: Vec<&str> = list
        .lines()
        .nth(1)
        .expect("a row")
        .split_whitespace()
        .collect();
    assert_eq!(columns[..2], ["ci", "read"]);
    assert_eq!(
        folder.run(&["token", "revoke", "ci"]).done(),
        "ci is revoked\n"
    );
    let again = folder.run(&["token", "revoke", "ci"]);
    assert_eq!(again.code, Some(1));
    assert_snapshot!(again.err, @r#"error: there is no token named ci, "ebbtide token list" lists them"#);
    assert_eq!(folder.run(&["token", "list"]).done(), "No tokens\n");
    let kept = std::fs::read(folder.path("tokens.db")).expect("the database");
    let secret = token.trim().as_bytes();
    assert!(
        !kept.windows(secret.len()).any(|window| window == secret),
        "only the hash is kept"
    );
}

#[test]
fn an_unreachable_database_is_named_without_its_password() {
    let folder = Folder::new("[database]\nurl = \"sqlite:no/such/folder/ebbtide.db\"\n");
    let answer = folder.run(&["token", "list"]);
    assert_eq!(answer.code, Some(1));
    assert!(
        answer
            .err
            .starts_with("error: database.url = sqlite:no/such/folder/ebbtide.db: "),
        "{answer:?}"
    );
}

#[test]
fn usage() {
    let folder = Folder::new("");
    let help = folder.run(&["--help"]).done();
    for command in [
        "serve",
        "env",
        "account",
        "deletes",
        "token",
        "guardrails",
        "config",
        "schema",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
    }
    let no_token = folder.run(&["env", "list"]);
    assert_eq!(no_token.code, Some(2));
    assert_snapshot!(no_token.err, @r#"error: an API token is needed: make one with "ebbtide token create" and give it as --token or EBBTIDE_TOKEN"#);
    let nobody_to_ask = folder.run(&["env", "destroy", "pr-1-x", "--token", "ebt_x"]);
    assert_eq!(nobody_to_ask.code, Some(2));
    assert_snapshot!(nobody_to_ask.err, @"error: nobody can be asked here: say --yes if that is meant");
}
