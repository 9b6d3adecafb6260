//! `ebbtide account` and `ebbtide deletes`, over a running service and without AWS.

use super::command::{Answer, COMPLETE, Folder};
use super::records::{account, at, certificate};
use super::service::Running;
use chrono::DateTime;
use ebbtide::environment::inventory::{Cell, Inventory, Resource};
use ebbtide::environment::pool::Room;
use ebbtide::environment::{
    Account, AccountId, AccountState, EnvironmentId, IncarnationId, Region, Served,
};
use ebbtide::nuke::Held;
use ebbtide::nuke::plan::Plan;
use ebbtide::store::sql::SqlStore;
use ebbtide::store::{ScrubCommit, Store};
use insta::assert_snapshot;
use serde_json::Value;
use std::collections::BTreeSet;

async fn store(folder: &Folder) -> SqlStore {
    let url = format!("sqlite:{}", folder.path("ebbtide.db").display());
    SqlStore::open(&url).await.expect("opened")
}

/// A pool: one account that is ready with a certificate, one that somebody holds.
async fn pool(folder: &Folder) {
    let store = store(folder).await;
    let mut emptied = account(1, AccountState::Scrubbing);
    emptied.scrubs = 1;
    emptied.served = Some(Served {
        environment: EnvironmentId::new("pr-42-k3f9zq"),
        incarnation: IncarnationId::new("pr-42-k3f9zq-1"),
    });
    let written = store.want_accounts(std::slice::from_ref(&emptied), Room::up_to(9), at(0));
    assert_eq!(written.await.expect("ok"), 1);
    let claimed = store.claim_account("test", at(0), at(60)).await;
    let (lease, _) = claimed.expect("ok").expect("due");
    let proof = certificate(&emptied);
    emptied.state = AccountState::Ready;
    emptied.certificate = Some(emptied.scrub());
    let commit = ScrubCommit {
        account: &emptied,
        work: "over",
        certificate: Some(&proof),
        due_at: Some(at(0)),
    };
    let done = store.commit_scrub(&lease, &commit, at(0)).await;
    done.expect("committed");
    let mut leased = account(2, AccountState::Leased);
    leased.holder = Some(IncarnationId::new("pr-43-xxxxxx-1"));
    let written = store.want_accounts(std::slice::from_ref(&leased), Room::up_to(9), at(0));
    assert_eq!(written.await.expect("ok"), 1);
    store.close().await;
}

fn said(answer: &Answer) -> String {
    format!("{:?}: {}{}", answer.code, answer.out, answer.err)
}

#[tokio::test]
async fn accounts_are_listed_shown_and_ordered_about() {
    let folder = Folder::new(COMPLETE);
    pool(&folder).await;
    let create = ["token", "create", "ada", "--scope", "write"];
    let token = folder.run(&create).done();
    let service = Running::start(&folder);
    let run = |arguments: &[&str]| service.run(&folder, &token, arguments);

    assert_snapshot!(run(&["account", "list"]).done(), @r"
    ACCOUNT       ID         STATE   SERVED        CERTIFICATE  REASON
    000000000001  account-1  ready   pr-42-k3f9zq  account-1-1
    000000000002  account-2  leased
    ");
    assert_snapshot!(run(&["account", "show", "000000000001"]).done(), @r"
    Account:          000000000001
    Id:               account-1
    Name:             ebbtide-1
    E-mail:           aws+1@example.com
    State:            ready
    Served last:      pr-42-k3f9zq
    Certificate:      account-1-1
    Made:             2026-03-01 12:00:00 UTC
    ");
    assert_snapshot!(run(&["account", "certificate", "account-1-1"]).done(), @r"
    Certificate:      account-1-1
    Account:          000000000001 (account-1)
    Emptied for:      pr-42-k3f9zq, incarnation pr-42-k3f9zq-1
    Began:            2026-03-01 12:00:00 UTC
    Proven empty:     2026-03-01 12:02:10 UTC
    Took:             2m 10s
    Regions:          eu-west-1
    Calls:            321
    Lists:            120
    Denied:           7 by ebbtide-ou-1
    Not offered:      1 by TypeNotFoundException

    Deleted: 1
    TYPE             REGION     IDENTIFIER  TRIES  BY
    AWS::SQS::Queue  eu-west-1  orders      2      DeleteResource

    There, and nothing that is left over: 2
    TYPE           REGION     IDENTIFIER  REASON
    AWS::EC2::VPC  eu-west-1  vpc-1       every account has it
    AWS::KMS::Key  eu-west-1  key-1       dying: 2026-03-08

    Types:            aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    Guardrails:       bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    First look:       cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    Second look:      cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    ");
    let newest = run(&["account", "certificate", "000000000001", "--output", "json"]).done();
    let newest: Value = serde_json::from_str(&newest).expect("JSON");
    assert_eq!(newest["id"], "account-1-1");
    for name in ["account-2", "nobody"] {
        let none = run(&["account", "certificate", name]);
        assert_eq!(none.code, Some(1));
    }
    let mut answers = String::new();
    for arguments in [
        &["account", "show", "nobody"][..],
        &["account", "certificate", "account-2"],
        &["account", "certificate", "nobody"],
        &["account", "retry", "account-1"],
        &["account", "quarantine", "account-1", "--reason", " "],
        &["account", "quarantine", "account-2", "--reason", "odd"],
        &["account", "quarantine", "account-1", "--reason", "odd"],
        &["account", "retry", "account-1"],
        &["account", "release", "account-2"],
    ] {
        answers += &said(&run(arguments));
    }
    assert_snapshot!(answers, @r#"
    Some(1): error: there is no account of this number or id, GET /api/v1/accounts lists them
    Some(1): error: account-2 has no certificate: it was not emptied yet
    Some(1): error: there is neither an account nor a certificate nobody, "ebbtide account list" lists both
    Some(1): error: this account is not quarantined, it is ready
    Some(1): error: the reason is to be 1 to 500 characters long
    Some(1): error: pr-43-xxxxxx-1 holds this account: end its environment first, then it is emptied by itself
    Some(0): account-1 is set aside, "ebbtide account release" gives it back
    Some(1): error: ada set this account aside: release it, and it is emptied
    Some(1): error: pr-43-xxxxxx-1 holds this account: end its environment first, then it is emptied by itself
    "#);
    let released = run(&["account", "release", "account-1", "--output", "json"]).done();
    let released: Value = serde_json::from_str(&released).expect("JSON");
    assert_eq!(released["state"], "scrubbing");
    let missing = run(&["account", "quarantine", "account-1"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("--reason <SENTENCE>"), "{missing:?}");
}

#[tokio::test]
async fn deletions_are_stopped_and_go_on() {
    let folder = Folder::new(COMPLETE);
    let create = ["token", "create", "ada", "--scope", "write"];
    let token = folder.run(&create).done();
    let service = Running::start(&folder);
    let run = |arguments: &[&str]| service.run(&folder, &token, arguments);
    assert_snapshot!(run(&["deletes", "status"]).done(), @"Nothing stops deletions");
    let stopped = run(&["deletes", "stop", "--reason", "something is odd"]).done();
    let (before, after) = stopped.split_once(", 20").expect("a time");
    assert_eq!(before, "ada stopped all deletions");
    assert!(after.ends_with(" UTC: something is odd\n"), "{after}");
    assert_eq!(run(&["deletes", "status"]).done(), stopped);
    let json = run(&["deletes", "status", "--output", "json"]).done();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["stopped"], true);
    assert_eq!(json["by"], "ada");
    assert_snapshot!(run(&["deletes", "resume"]).done(), @"Nothing stops deletions");
    let missing = run(&["deletes", "stop"]);
    assert_eq!(missing.code, Some(2));
}

/// A plan for an account that holds one queue.
fn plan(number: &str) -> Plan {
    let found = Resource {
        cell: Cell {
            type_name: "AWS::SQS::Queue".to_owned(),
            region: Region::new("eu-west-1"),
        },
        identifier: "orders".to_owned(),
        mentions: BTreeSet::new(),
    };
    let inventory = Inventory {
        found: [found].into(),
        ..Inventory::default()
    };
    let regions = vec![Region::new("eu-west-1")];
    Plan::new(
        AccountId::new(number),
        None,
        DateTime::UNIX_EPOCH,
        &Held::No,
        regions,
        inventory,
    )
}

#[tokio::test]
async fn a_plan_that_is_not_this_one_is_refused_before_anybody_is_asked() {
    let folder = Folder::new(COMPLETE);
    pool(&folder).await;
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path(name), text).expect("written");
    };
    let text = serde_json::to_string(&plan("000000000001")).expect("JSON");
    write("changed.json", &text.replace("orders", "invoices"));
    write(
        "newer.json",
        &text.replace(r#""format":1"#, r#""format":2"#),
    );
    write("no.json", "{}");
    let text = serde_json::to_string(&plan("111122223333")).expect("JSON");
    write("other.json", &text);
    let mut answers = String::new();
    for arguments in [
        &["nuke", "account-1", "--plan", "none.json"][..],
        &["nuke", "account-1", "--plan", "no.json"],
        &["nuke", "account-1", "--plan", "newer.json"],
        &["nuke", "000000000001", "--plan", "changed.json"],
        &["nuke", "000000000001", "--plan", "other.json"],
        &["nuke", "111122223333", "--plan", "other.json"],
        &["nuke", "nobody", "--dry-run"],
        &["nuke", "000000000002", "--dry-run"],
        &["adopt", "000000000001", "--plan", "changed.json"],
        &["adopt", "111122223333", "--plan", "changed.json"],
    ] {
        let all = [&["account"][..], arguments].concat();
        answers += &said(&folder.run(&all));
    }
    assert_snapshot!(answers, @r#"
    Some(2): error: --plan none.json: it cannot be read: No such file or directory (os error 2)
    Some(2): error: --plan no.json: it is no plan of "account nuke --dry-run": missing field `format` at line 1 column 2
    Some(2): error: --plan newer.json: it has the form 2, this version reads 1: make a new one
    Some(2): error: --plan changed.json: its digest is not that of its content: it was changed after it was made
    Some(2): error: --plan other.json: it is for another account, 111122223333
    Some(1): error: 111122223333 is not in the ledger, and nothing is deleted in an account that is not: "ebbtide account adopt 111122223333 --plan other.json" takes it in and has it emptied
    Some(2): error: nobody: neither an account of the pool nor twelve digits
    Some(1): error: nothing may be deleted in 000000000002: pr-43-xxxxxx-1 holds this account: end its environment first, then it is emptied by itself
    Some(1): error: 000000000001 is in the ledger already, as account-1
    Some(2): error: --plan changed.json: it is for another account, 000000000001
    "#);
    for arguments in [
        &["account", "nuke", "account-1"][..],
        &["account", "nuke", "account-1", "--dry-run", "--plan", "x"],
        &["account", "nuke", "account-1", "--plan", "x", "--save", "y"],
        &["account", "adopt", "111122223333"],
    ] {
        let answer = folder.run(arguments);
        assert_eq!(answer.code, Some(2), "{answer:?}");
    }
    let accounts: Vec<Account> = store(&folder).await.accounts().await.expect("ok");
    let states: Vec<AccountState> = accounts.iter().map(|account| account.state).collect();
    assert_eq!(states, [AccountState::Ready, AccountState::Leased]);
}
