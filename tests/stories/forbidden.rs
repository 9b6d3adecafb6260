//! What must never be emptied, although our own ledger says that it should be.

use crate::files::{QUEUE, one_stack};
use crate::world::{Setup, World};
use chrono::TimeDelta;
use ebbtide::environment::{Account, AccountId, AccountState};
use std::collections::BTreeSet;

/// Longer than until one that is set aside is tried again.
const TRIED_AGAIN: TimeDelta = TimeDelta::hours(7);

/// Somebody works in an account that we have no business in, and the ledger has it as one to be emptied.
async fn threaten(world: &World, number: &AccountId) {
    let by_hand = world.sandbox.cloudformation(number.as_str());
    let made = by_hand.create_stack().stack_name("theirs");
    made.template_body(QUEUE).send().await.expect("made");
    let name = || format!("somebody-{number}");
    let row = Account::adopted(number.clone(), name(), name(), world.now());
    let written = world.store.adopt(&row, world.now()).await;
    assert!(written.expect("the database answers"));
}

pub async fn accounts_that_are_not_ours_are_never_entered_whatever_the_ledger_says(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let management = world.sandbox.management.clone();
    let neighbour = world.sandbox.account_outside("production").await;
    // In no organization of ours; each world has its own.
    let stranger = AccountId::new(management.as_str().replacen('9', "7", 1));
    let theirs = [management, neighbour, stranger];
    let mut held = Vec::new();
    for number in &theirs {
        threaten(&world, number).await;
        held.push(world.sandbox.held(number.as_str()).await);
    }
    assert!(held.iter().all(|held| held.len() == 2), "{held:?}");

    world.settle().await;
    world.pass(TRIED_AGAIN).await;

    let rows = world.accounts().await;
    let mut told = Vec::new();
    for ((number, who), before) in theirs
        .iter()
        .zip(["management", "neighbour", "stranger"])
        .zip(&held)
    {
        assert_eq!(world.sandbox.held(number.as_str()).await, *before, "{who}");
        let row = rows.iter().find(|row| row.account.as_ref() == Some(number));
        let row = row.expect("a row");
        assert_eq!(
            (row.state, &row.certificate),
            (AccountState::Quarantined, &None)
        );
        assert!(row.scrubs > 1, "{who} was tried once only");
        let log = world.proxy.log();
        let asked: BTreeSet<&str> = log
            .iter()
            .filter(|call| call.account.as_deref() == Some(number.as_str()))
            .map(|call| call.name.as_str())
            .collect();
        let reason = row.reason.clone().unwrap_or_default();
        told.push(format!("{who}, {asked:?}: {reason}"));
    }
    said!(told.join("\n"), @r#"
    management, {"ListParents"}: nothing is deleted in it: it is the management account; it is not in the sandbox OU
    neighbour, {"ListParents"}: nothing is deleted in it: it is not in the sandbox OU
    stranger, {"ListParents"}: nothing is deleted in it: it is not in the sandbox OU
    "#);
}
