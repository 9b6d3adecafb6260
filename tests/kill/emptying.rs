//! Killed again and again while an account is being emptied of what people left in it by hand.

use crate::databases::{self, Database};
use crate::executioner::{AMONG_DELETIONS, Executioner};
use crate::front::run;
use crate::sandbox::emulator;
use crate::seeds;
use crate::world::{World, files};
use ebbtide::environment::{Account, AccountState};
use ebbtide::store::Store;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where the stacks are, and where somebody works by hand as well.
const REGIONS: [&str; 2] = ["eu-central-1", "eu-west-1"];

/// So many things are left by hand; more than are deleted between two deaths.
const LEFT: usize = 48;

#[tokio::test]
async fn killed_among_deletions_on_sqlite() {
    for seed in seeds(&[5]) {
        emptied(databases::sqlite().await, seed).await;
    }
}

#[tokio::test]
async fn killed_among_deletions_on_postgres() {
    for seed in seeds(&[6]) {
        emptied(databases::postgres().await, seed).await;
    }
}

async fn emptied(database: Database, seed: u64) {
    let mut world = World::with_leftovers(database, &REGIONS).await;
    world.shop(files());
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea", "some\n")]);
    world.until_all(&[tea], "Ready").await;
    let number = account(&world).await.account.expect("a number");
    let left = LEFT.to_string();
    let (_, made) = peer("litter.py", number.as_str(), &["--count", &left]).await;
    assert_eq!(made["count"], LEFT);

    world.meet(Executioner::seeded(seed, &AMONG_DELETIONS));
    alice.merge(tea);
    world.until_said(tea, "certificate").await;
    world.until_all(&[tea], "Ended").await;

    let comment = world.comment(tea);
    insta::allow_duplicates! {
        insta::assert_snapshot!(comment, @r"
        <!-- ebbtide:environment=pr-N-ID -->
        ### 🌊 Preview environment · Ended

        Everything is deleted: the pull request was merged. It lived A WHILE.

        Its account was emptied in A WHILE: 48 resources were left behind and are deleted, certificate `acct-ID-1`.

        | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
        | :-- | :-- |

        <sub>`pr-N-ID`</sub>
        ");
    }
    let account = account(&world).await;
    assert_eq!(account.state, AccountState::Ready, "{account:?}");
    let proofs = world.database.store.certificates(&account.id).await;
    let proofs = proofs.expect("the database answers");
    assert_eq!(proofs.len(), 1, "{proofs:#?}");
    // Of this use, and not of one before.
    assert_eq!(account.certificate.as_ref(), Some(&proofs[0].id));
    assert_eq!((&account.served, account.scrubs), (&proofs[0].served, 1));
    let names = proofs[0].deleted.iter();
    let names: Vec<_> = names.map(|one| (&one.cell, &one.identifier)).collect();
    let once: BTreeSet<_> = names.iter().collect();
    assert_eq!((once.len(), names.len()), (LEFT, LEFT), "{names:#?}");
    let (status, judged) = peer("judge.py", number.as_str(), &[]).await;
    assert_eq!((status, &judged["left"]), (Some(0), &json!([])), "{judged}");
    world.ends_pristine(1).await;
}

/// The only account.
async fn account(world: &World) -> Account {
    let mut rows = world.database.store.accounts().await.expect("listed");
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.remove(0)
}

/// Somebody who works past the product: who litters, or who judges.
async fn peer(name: &str, account: &str, more: &[&str]) -> (Option<i32>, Value) {
    let emulator = emulator().await.endpoint();
    let regions = REGIONS.join(",");
    let mut arguments = vec!["--emulator", emulator, "--account", account];
    arguments.extend(["--regions", &regions]);
    arguments.extend(more);
    run(name, &arguments).await
}
