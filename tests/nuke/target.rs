//! Every reason why nothing in an account may be deleted.

use ebbtide::cloud::{CensusEntry, Tags, tag};
use ebbtide::environment::{Account, AccountId, AccountRowId, AccountState, IncarnationId};
use ebbtide::nuke::target::{Evidence, Forbidden, objections};

const NUMBER: &str = "111122223333";
const MANAGEMENT: &str = "999988887777";

fn account() -> Account {
    let mut account = Account::wanted(
        AccountRowId::new("row-1"),
        "aws+row-1@example.com".to_owned(),
        "sandbox-row-1".to_owned(),
        "2026-03-01T12:00:00Z".parse().unwrap(),
    );
    account.account = Some(AccountId::new(NUMBER));
    account.state = AccountState::Scrubbing;
    account
}

fn listed() -> CensusEntry {
    let tags = [(tag::MANAGED, "pool"), (tag::ACCOUNT_ROW, "row-1")];
    CensusEntry {
        account: AccountId::new(NUMBER),
        name: "sandbox-row-1".to_owned(),
        email: "aws+row-1@example.com".to_owned(),
        active: true,
        tags: tags
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    }
}

/// What is said against it.
fn said(
    account: &Account,
    listed: Option<&CensusEntry>,
    led_to: Option<&str>,
    aliases: &[&str],
) -> String {
    let management = AccountId::new(MANAGEMENT);
    let led_to = led_to.map(AccountId::new);
    let aliases: Vec<String> = aliases.iter().map(|it| (*it).to_owned()).collect();
    let evidence = Evidence {
        listed,
        management: &management,
        led_to: led_to.as_ref(),
        aliases: &aliases,
    };
    let forbidden = Forbidden {
        aliases: vec!["prod".to_owned()],
    };
    objections(account, &evidence, &forbidden).join("\n")
}

#[test]
fn an_account_that_came_back_may_be_emptied() {
    let listed = listed();
    assert_eq!(
        said(&account(), Some(&listed), Some(NUMBER), &["acme-dev"]),
        ""
    );
    let mut set_aside = account();
    set_aside.state = AccountState::Quarantined;
    assert_eq!(said(&set_aside, Some(&listed), Some(NUMBER), &[]), "");
}

#[test]
fn the_management_account_never() {
    let mut account = account();
    account.account = Some(AccountId::new(MANAGEMENT));
    insta::assert_snapshot!(said(&account, None, None, &[]), @r"
    it is the management account
    it is not in the sandbox OU
    ");
    let mut listed = listed();
    listed.account = AccountId::new(MANAGEMENT);
    assert_eq!(
        said(&account, Some(&listed), Some(MANAGEMENT), &[]),
        "it is the management account"
    );
}

#[test]
fn an_account_outside_the_ou_never() {
    assert_eq!(
        said(&account(), None, None, &[]),
        "it is not in the sandbox OU"
    );
    let mut nameless = account();
    nameless.account = None;
    assert_eq!(
        said(&nameless, Some(&listed()), Some(NUMBER), &[]),
        "the ledger has no account number for it"
    );
}

#[test]
fn all_that_speaks_against_it_is_said_at_once() {
    let mut account = account();
    account.state = AccountState::Leased;
    account.holder = Some(IncarnationId::new("pr-7-k3f9zq"));
    let mut listed = listed();
    listed.active = false;
    listed.tags = Tags::new();
    insta::assert_snapshot!(said(&account, Some(&listed), Some("444455556666"), &["Acme-PROD"]), @r#"
    the ledger says it is leased, not given back
    the ledger says pr-7-k3f9zq holds it
    Organizations says it is not active
    it does not carry the tag ebbtide:managed
    it does not carry the tag ebbtide:account-row
    our role leads into another account, 444455556666
    its alias Acme-PROD contains "prod", which nuke.forbidden_aliases names
    "#);
    let mut stranger = self::listed();
    stranger
        .tags
        .insert(tag::ACCOUNT_ROW.to_owned(), "row-2".to_owned());
    insta::assert_snapshot!(said(&self::account(), Some(&stranger), None, &[]), @r"
    its tag leads to another row, row-2
    it did not say which account it is
    ");
    stranger.account = AccountId::new("444455556666");
    insta::assert_snapshot!(said(&self::account(), Some(&stranger), Some(NUMBER), &[]), @"Organizations speaks of another account");
}
