//! Accounts are closed no faster than AWS allows, and only when somebody decided so.

use crate::pool::at;
use chrono::TimeDelta;
use ebbtide::environment::closing::{CLOSED_COUNTS_FOR, Turn, turn};
use ebbtide::environment::pool::{AccountStep, next_account_step};
use ebbtide::environment::{
    Account, AccountOrder, AccountRowId, AccountState, Closing, IncarnationId,
};

fn account(index: usize, state: AccountState) -> Account {
    Account {
        state,
        ..Account::wanted(
            AccountRowId::new(format!("account-{index}")),
            String::new(),
            String::new(),
            at(0),
        )
    }
}

/// Asked of AWS so many seconds after the beginning, and perhaps done.
fn closing(index: usize, asked: i64, done: bool) -> Account {
    let mut closing = Closing::decided("ada", at(0));
    closing.requested_at = Some(at(asked));
    closing.closed_at = done.then(|| at(asked + 60));
    Account {
        closing: Some(closing),
        ..account(
            index,
            if done {
                AccountState::Closed
            } else {
                AccountState::Closing
            },
        )
    }
}

fn wait(turn: Turn) -> (i64, String) {
    match turn {
        Turn::Now => panic!("it may be closed now"),
        Turn::Wait { until, why } => ((until - at(0)).num_seconds(), why),
    }
}

#[test]
fn three_at_a_time_and_one_in_twenty_seconds() {
    let decided = || Account {
        closing: Some(Closing::decided("ada", at(0))),
        ..account(9, AccountState::Closing)
    };
    assert_eq!(turn(&[decided()], at(0)), Turn::Now);
    let two = [closing(0, 0, false), closing(1, 20, false), decided()];
    assert_eq!(
        wait(turn(&two, at(30))),
        (40, "AWS takes one closing in about 20 seconds".to_owned())
    );
    assert_eq!(turn(&two, at(40)), Turn::Now);
    let three = [
        closing(0, 0, false),
        closing(1, 20, false),
        closing(2, 40, false),
        decided(),
    ];
    assert_eq!(
        wait(turn(&three, at(100))),
        (
            120,
            "AWS closes 3 accounts at a time, and 3 are being closed".to_owned()
        )
    );
    let one_done = [
        closing(0, 0, true),
        closing(1, 20, false),
        closing(2, 40, false),
        decided(),
    ];
    assert_eq!(turn(&one_done, at(100)), Turn::Now);
}

#[test]
fn so_many_in_thirty_days() {
    let month = TimeDelta::days(30).num_seconds();
    let mut accounts: Vec<Account> = (0..250)
        .zip((0..).step_by(60))
        .map(|(it, second)| closing(it, second, true))
        .collect();
    let now = at(60 * 250);
    assert_eq!(
        wait(turn(&accounts, now)),
        (
            month,
            "250 accounts were closed in the last 30 days, and AWS allows 250".to_owned()
        )
    );
    assert_eq!(
        turn(&accounts, at(month)),
        Turn::Now,
        "the first is forgotten"
    );
    // A larger organization may close a fifth of its accounts,
    accounts.extend((250..2_000).map(|it| account(it, AccountState::Ready)));
    assert_eq!(turn(&accounts, now), Turn::Now);
    // but never more than a thousand.
    accounts.extend((2_000..20_000).map(|it| account(it, AccountState::Ready)));
    accounts.extend((20_000..20_750).map(|it| closing(it, 60 * 249, true)));
    let (_, why) = wait(turn(&accounts, now + TimeDelta::minutes(1)));
    assert_eq!(
        why,
        "1000 accounts were closed in the last 30 days, and AWS allows 1000"
    );
}

#[test]
fn a_closed_account_counts_for_ninety_days() {
    let closed = closing(0, 0, true);
    let end = at(60) + CLOSED_COUNTS_FOR;
    assert!(closed.takes_a_place(end - TimeDelta::seconds(1)));
    assert!(!closed.takes_a_place(end));
    assert!(account(1, AccountState::Closing).takes_a_place(end));
    assert_eq!(next_account_step(&closed), AccountStep::Rest);
}

#[test]
fn an_account_is_closed_by_order_unless_somebody_needs_it() {
    let close = AccountOrder::Close {
        by: "ada".to_owned(),
        at: at(5),
    };
    let answers = AccountState::ALL.map(|state| {
        let mut one = account(0, state);
        one.holder = (state == AccountState::Leased).then(|| IncarnationId::new("pr-1-x-1"));
        let answer = match one.ordered(&close) {
            Ok(ordered) => {
                assert_eq!(ordered.closing, Some(Closing::decided("ada", at(5))));
                assert!(!ordered.may_be_lent());
                ordered.state.as_str().to_owned()
            }
            Err(why) => why,
        };
        format!("{}: {answer}", state.as_str())
    });
    insta::assert_snapshot!(answers.join("\n"), @r"
    wanted: this account is wanted: only one that is ready, resting or quarantined can be closed
    creating: this account is creating: only one that is ready, resting or quarantined can be closed
    arriving: this account is arriving: only one that is ready, resting or quarantined can be closed
    preparing: this account is preparing: only one that is ready, resting or quarantined can be closed
    ready: closing
    leased: pr-1-x-1 holds this account: end its environment first, then it is emptied by itself
    scrubbing: this account is being emptied: wait for that, or set it aside first
    resting: closing
    quarantined: closing
    closing: this account is closing already
    closed: this account is closed already
    failed: this account is failed: only one that is ready, resting or quarantined can be closed
    ");
}
