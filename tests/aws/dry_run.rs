//! What would be deleted in an account, and the taking in of accounts: the binary, as an admin runs it.

use crate::guardrails::admin::Admin;
use crate::world::cloud_control;
use ebbtide::cloud::{Place, tag};
use ebbtide::environment::{AccountOrder, AccountState};
use ebbtide::store::Store;
use ebbtide::store::sql::SqlStore;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// One region and one service: an emulator has few types.
const FEW: &str = "regions = [\"eu-central-1\"]\nservices = [\"logs\"]";

/// An admin with guardrails that are attached.
async fn admin() -> Admin {
    let admin = Admin::new().await;
    admin.configure(FEW);
    admin.run(&["guardrails", "apply"]).await.done();
    admin
}

async fn make_log_group(at: &Place, name: &str) {
    let client = cloud_control(at).await;
    let making = client
        .create_resource()
        .type_name("AWS::Logs::LogGroup")
        .desired_state(json!({ "Name": name }).to_string());
    making.send().await.expect("made");
}

async fn store(admin: &Admin) -> SqlStore {
    let url = format!("sqlite:{}", admin.path("ebbtide.db").display());
    SqlStore::open(&url).await.expect("opened")
}

/// The rows of the answer's table that speak of what would be deleted.
fn deletions(page: &str) -> Vec<&str> {
    let lines = page.lines().skip_while(|line| !line.starts_with("WAVE"));
    lines.skip(1).take_while(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn an_account_is_looked_at_taken_in_and_emptied_as_approved() {
    let admin = admin().await;
    let at = admin.world.account().await;
    make_log_group(&at, "one").await;
    let number = at.account.as_str();
    let dry = ["account", "nuke", number, "--dry-run", "--guardrails-held"];
    let save = [&dry[..], &["--save", "plan.json"]].concat();

    let page = admin.run(&save).await.done();
    assert!(page.contains("\nIn the ledger:    no: "), "{page}");
    let wave = deletions(&page).join("\n");
    assert_snapshot!(wave, @"1     AWS::Logs::LogGroup  eu-central-1  one");
    let plan = std::fs::read_to_string(admin.path("plan.json")).expect("stored");
    let plan: Value = serde_json::from_str(&plan).expect("JSON");
    assert_eq!(plan["account"], number);
    let digest = plan["digest"].as_str().expect("a digest");
    assert!(page.contains(digest), "{page}");
    assert!(store(&admin).await.accounts().await.expect("ok").is_empty());

    // Something came since: the plan is not what would be done.
    make_log_group(&at, "two").await;
    let adopt = ["account", "adopt", number, "--plan", "plan.json"];
    let refused = admin.run(&adopt).await;
    assert_eq!(refused.code, Some(1));
    let told = refused.err.replace(number, "NUMBER");
    assert_snapshot!(told, @r"
    error: NUMBER is not as the plan says, make a new one; nothing was done
           not in the plan: AWS::Logs::LogGroup two in eu-central-1
    ");
    assert!(store(&admin).await.accounts().await.expect("ok").is_empty());

    admin.run(&save).await.done();
    let taken = admin.run(&adopt).await.done().replace(number, "NUMBER");
    assert_snapshot!(taken, @r#"NUMBER is in the ledger as acct-NUMBER. The running service empties it, and lends it once that is proven: "ebbtide account show NUMBER" shows how far that is"#);
    let accounts = store(&admin).await.accounts().await.expect("ok");
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].state, AccountState::Scrubbing);
    assert!(accounts[0].guardrails.is_some());
    let standing = admin.world.cloud.organization.standing(&at.account).await;
    let tags = standing.expect("asked").expect("in the OU").tags;
    assert_eq!(tags[tag::ACCOUNT_ROW], accounts[0].id.as_str());
    assert_eq!(tags[tag::MANAGED], "pool");

    // It is in the ledger now, and emptied like every other one.
    let again = admin.run(&adopt).await;
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("is in the ledger already"), "{again:?}");
    let id = &accounts[0].id;
    let aside = AccountOrder::SetAside {
        by: "ada".to_owned(),
        reason: "to look at".to_owned(),
    };
    let now = admin.world.options.clock.now();
    let done = store(&admin).await.order(id, &aside, now).await;
    done.expect("ok").expect("there").expect("set aside");
    let dry = [
        "account",
        "nuke",
        number,
        "--dry-run",
        "--save",
        "plan.json",
    ];
    admin.run(&dry).await.done();
    let performed = ["account", "nuke", id.as_str(), "--plan", "plan.json"];
    let performed = admin.run(&performed).await.done();
    assert_snapshot!(performed.replace(number, "NUMBER"), @r#"NUMBER is as the plan says, and is emptied by the running service: "ebbtide account show NUMBER" shows how far that is"#);
    let account = store(&admin).await.account(id).await.expect("ok");
    let account = account.expect("there");
    assert_eq!(account.state, AccountState::Scrubbing);
    assert_eq!(account.set_aside_by, None);
}

#[tokio::test]
async fn nothing_is_planned_where_nothing_may_be_deleted() {
    let admin = admin().await;
    let management = admin.world.management.as_str();
    let mut told = String::new();
    for number in [management, "123456789012"] {
        let dry = ["account", "nuke", number, "--dry-run"];
        let answer = admin.run(&dry).await;
        assert_eq!((answer.code, answer.out.as_str()), (Some(1), ""));
        told += &answer.err.replace(management, "MANAGEMENT");
    }
    let at = admin.world.account().await;
    admin.detach(&admin.name(1)).await;
    let number = at.account.as_str();
    let dry = ["account", "nuke", number, "--dry-run", "--guardrails-held"];
    let answer = admin.run(&dry).await;
    assert_eq!(answer.code, Some(1));
    told += &answer.err.replace(number, "NUMBER");
    assert_snapshot!(told, @r#"
    error: nothing may be deleted in MANAGEMENT: it is the management account; it is not in the sandbox OU
    error: nothing may be deleted in 123456789012: it is not in the sandbox OU
    error: nothing may be deleted in NUMBER: the guardrails are not attached as configured, "ebbtide guardrails diff" says how
    "#);
}
