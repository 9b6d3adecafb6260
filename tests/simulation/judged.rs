//! The judge can say no: worlds that were made wrong on purpose.

use super::block_on;
use super::github::Pull;
use super::judge::{Rows, judge};
use super::leftovers::Thing;
use super::life::Simulation;
use super::memory_store::MemoryStore;
use super::people::environment_of;
use super::stacks::Stack;
use super::world::{State, World, start};
use chrono::TimeDelta;
use ebbtide::cloud::StackStatus;
use ebbtide::environment::{Account, AccountId, AccountRowId, AccountState};
use std::sync::Arc;

/// A world at rest in which somebody has an environment that is ready; `wrong` then makes it wrong, and the
/// judge must say something with this in it.
#[track_caller]
fn says(expected: &str, wrong: impl FnOnce(&mut State)) {
    let complaints = block_on(async {
        let mut seed = 0;
        let simulation = loop {
            let store = Arc::new(MemoryStore::default());
            let mut simulation = Simulation::new(seed, store, false);
            simulation.storm().await.expect("a world at rest");
            if ready(&simulation.world.lock()) {
                break simulation;
            }
            seed += 1;
        };
        assert!(simulation.judge().await.is_empty(), "nothing is wrong yet");
        wrong(&mut simulation.world.lock());
        simulation.judge().await
    });
    assert!(
        complaints.iter().any(|text| text.contains(expected)),
        "{complaints:?} lacks “{expected}”"
    );
}

fn is_ready(body: &str) -> bool {
    body.lines().any(|line| line.ends_with("· Ready"))
}

fn ready(state: &State) -> bool {
    let mut comments = state.github.pulls.iter().flat_map(|pull| &pull.comments);
    comments.any(|comment| is_ready(&comment.body))
}

/// A stack of an environment that is ready.
fn a_stack(state: &mut State) -> &mut Stack {
    let ready = |pull: &&Pull| pull.comments.iter().any(|comment| is_ready(&comment.body));
    let pull = state.github.pulls.iter().find(ready);
    let mine = format!("{}-", environment_of(pull.expect("somebody is ready")));
    let loans = &state.ledger.loans;
    let is_mine = |stack: &&mut Stack| {
        let holder = loans.get(&stack.account);
        stack.status.is_good() && holder.is_some_and(|holder| holder.starts_with(&mine))
    };
    let found = state.aws.stacks.iter_mut().find(is_mine);
    found.expect("what is ready has a stack")
}

#[test]
fn a_stack_left_behind() {
    says("is left in", |state| {
        let account = "999999999999";
        state
            .aws
            .stacks
            .push(Stack::foreign(account, "eu-west-1", 1));
    });
}

#[test]
fn a_thing_left_behind() {
    says("queue-1 is left in", |state| {
        let thing = Thing::queue("999999999999", "queue-1");
        state.aws.leftovers.leave(thing);
    });
}

#[test]
fn an_account_lent_with_a_thing_in_it() {
    says("while it held queue-1", |state| {
        let thing = Thing::queue("999999999999", "queue-1");
        state.aws.leftovers.leave(thing);
        state.see_loan("999999999999", "somebody-else-1", &another(state.now));
    });
}

#[test]
fn an_account_proven_with_a_thing_in_it() {
    says("(a proof) while it holds queue-1", |state| {
        let thing = Thing::queue("999999999999", "queue-1");
        state.aws.leftovers.leave(thing);
        state.see_certificate("999999999999", "a proof");
    });
}

/// A world in which one account is set aside.
fn set_aside(things: impl IntoIterator<Item = Thing>) -> Vec<String> {
    let world = World::new(0, false);
    let state = &mut *world.lock();
    for thing in things {
        state.aws.leftovers.leave(thing);
    }
    let name = || "an-account".to_owned();
    let id = AccountRowId::new("acct-1");
    let mut account = Account::wanted(id, name(), name(), state.now);
    account.account = Some(AccountId::new("999999999999"));
    account.state = AccountState::Quarantined;
    let rows = Rows {
        environments: Vec::new(),
        accounts: vec![account],
        queue: Vec::new(),
        max_accounts: 4,
    };
    judge(state, &rows)
}

#[test]
fn an_account_set_aside_for_nothing() {
    let said = ["999999999999 is set aside, and nothing is in the way"];
    assert_eq!(set_aside([]), said);
    // It could be deleted by now.
    let thing = || Thing::queue("999999999999", "queue-1");
    assert_eq!(set_aside([thing()]), said);
    let clinging = Thing {
        clings_until: Some(start() + TimeDelta::hours(1)),
        ..thing()
    };
    assert_eq!(set_aside([clinging]), Vec::<String>::new());
}

#[test]
fn a_stack_that_is_gone() {
    says("there is no stack", |state| {
        a_stack(state).status = StackStatus::DeleteComplete;
    });
}

#[test]
fn a_stack_that_carries_something_else() {
    says("carries another template", |state| {
        let carried = a_stack(state)
            .carried
            .as_mut()
            .expect("it carries something");
        carried.template.push_str("# changed");
    });
}

#[test]
fn two_comments() {
    says("2 comments of ours", |state| {
        for pull in &mut state.github.pulls {
            if let Some(comment) = pull
                .comments
                .iter()
                .find(|one| is_ready(&one.body))
                .cloned()
            {
                pull.comments.push(comment);
            }
        }
    });
}

#[test]
fn a_comment_that_says_something_else() {
    says("its comment says “Deploying”", |state| {
        for pull in &mut state.github.pulls {
            for comment in pull.comments.iter_mut().filter(|one| is_ready(&one.body)) {
                comment.body = comment.body.replace("· Ready", "· Deploying");
            }
        }
    });
}

#[test]
fn a_check_that_never_ends() {
    says("its check says None", |state| {
        for run in &mut state.github.check_runs {
            run.conclusion = None;
        }
    });
}

/// The environment of another repository.
fn another(now: chrono::DateTime<chrono::Utc>) -> ebbtide::environment::Environment {
    let key = ebbtide::environment::EnvironmentKey {
        repository: ebbtide::environment::RepositoryId(99),
        pull_request: ebbtide::environment::PullRequestNumber(1),
        name: "default".to_owned(),
    };
    let installation = ebbtide::environment::InstallationId(7);
    let name = ebbtide::environment::RepositoryName::new("acme/other");
    ebbtide::environment::Environment::new(key, installation, name, now)
}

#[test]
fn an_account_lent_twice() {
    says("while", |state| {
        let (account, _) = state.ledger.loans.first_key_value().expect("a loan");
        let account = account.clone();
        state.see_loan(&account, "somebody-else-1", &another(state.now));
    });
}

#[test]
fn an_account_lent_unproven() {
    says("without a certificate newer than its last use", |state| {
        let (account, holder) = state.ledger.loans.first_key_value().expect("a loan");
        let (account, holder) = (account.clone(), holder.clone());
        state.see_return(&holder);
        state.see_loan(&account, "the-next-1", &another(state.now));
    });
}

#[test]
fn an_account_proven_too_early() {
    says("is said to be empty", |state| {
        let account = a_stack(state).account.clone();
        state.see_certificate(&account, "a proof");
    });
}
