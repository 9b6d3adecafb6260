//! The judge: what must hold once everything has come to rest, worked out from what the world knows and
//! from the rows, with nothing of the product's own reasoning.

use super::content::{Content, Good, Nature, Piece};
use super::github::{GitHubSide, Pull};
use super::life::MAX_CREATING;
use super::people::environment_of;
use super::stacks::{Carried, Stack};
use super::world::State;
use chrono::TimeDelta;
use ebbtide::cloud::tag;
use ebbtide::environment::pool::Waiting;
use ebbtide::environment::{Account, AccountState, Environment, PullRequestState};
use ebbtide::github::{CheckState, Conclusion, DeploymentState};
use std::collections::{BTreeMap, BTreeSet};

/// What stands in the store.
pub struct Rows {
    pub environments: Vec<Environment>,
    pub accounts: Vec<Account>,
    pub queue: Vec<Waiting>,
    pub max_accounts: usize,
}

/// What a pull request should have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Over, or nothing for it from the beginning: nothing deployed.
    Nothing,
    /// Nothing deployed, and one line says why.
    Declined,
    /// The file is to be mended; what ran before may still run.
    Bad,
    /// A check is red; what ran before may still run.
    Held,
    /// Deployed and healthy, or in the queue if there is no room.
    Ready,
    /// Something in it fails.
    Failed,
}

/// Everything that is not as it must be.
pub fn judge(state: &State, rows: &Rows) -> Vec<String> {
    let mut complaints = state.ledger.crimes.clone();
    accounts(state, rows, &mut complaints);
    leftovers(state, rows, &mut complaints);
    for pull in &state.github.pulls {
        let mut mine = Vec::new();
        judge_pull(state, rows, pull, &mut mine);
        let name = format!("{}#{}", GitHubSide::name(pull.repository), pull.number);
        complaints.extend(mine.into_iter().map(|text| format!("{name}: {text}")));
    }
    complaints
}

fn accounts(state: &State, rows: &Rows, complaints: &mut Vec<String>) {
    let mut of_row: BTreeMap<&String, u32> = BTreeMap::new();
    for member in state.aws.members.values() {
        if let Some(row) = member.tags.get(tag::ACCOUNT_ROW) {
            *of_row.entry(row).or_default() += 1;
        }
    }
    for (row, count) in of_row.iter().filter(|(_, count)| **count > 1) {
        complaints.push(format!("{count} accounts were made for {row}"));
    }
    let wanted = rows.accounts.iter();
    let wanted = wanted.filter(|account| account.state != AccountState::Failed);
    if wanted.count() > rows.max_accounts || state.aws.members.len() > rows.max_accounts {
        complaints.push("the pool is larger than it may be".to_owned());
    }
    if state.aws.creating() > MAX_CREATING as usize {
        complaints.push("more accounts are being created than may be".to_owned());
    }
    for account in &rows.accounts {
        let number = account.account.as_ref().map(ToString::to_string);
        let holder = account.holder.as_ref().map(ToString::to_string);
        let loan = number.and_then(|number| state.ledger.loans.get(&number).cloned());
        if holder != loan {
            complaints.push(format!(
                "{}: held by {holder:?}, lent to {loan:?}",
                account.id
            ));
        }
        closed(state, account, complaints);
        let held = account.state == AccountState::Leased;
        if held != holder.is_some() {
            complaints.push(format!(
                "{}: {:?} with {holder:?}",
                account.id, account.state
            ));
        }
    }
    let mut live: BTreeMap<String, String> = BTreeMap::new();
    for environment in &rows.environments {
        if let Some(incarnation) = &environment.incarnation {
            let account = incarnation.account.to_string();
            if let Some(other) = live.insert(account.clone(), environment.id.to_string()) {
                complaints.push(format!("{account}: in {other} and {}", environment.id));
            }
            if state.ledger.loans.get(&account).map(String::as_str) != Some(incarnation.id.as_str())
            {
                complaints.push(format!("{}: {account} is not lent to it", environment.id));
            }
        }
    }
    if live.len() != state.ledger.loans.len() {
        complaints.push(format!("loans without a life: {:?}", state.ledger.loans));
    }
}

/// What is closed in AWS was to be closed, and the reverse.
fn closed(state: &State, account: &Account, complaints: &mut Vec<String>) {
    let number = account.account.as_ref().map(ToString::to_string);
    let member = number.and_then(|number| state.aws.members.get(&number));
    let asked = member.is_some_and(|member| member.closed_at.is_some());
    let right = match account.state {
        AccountState::Closed => member.is_some_and(|it| it.closed_at <= Some(state.now)) && asked,
        AccountState::Closing => true,
        _ => !asked,
    };
    if !right {
        complaints.push(format!(
            "{}: {:?}, and closed in AWS: {asked}",
            account.id, account.state
        ));
    }
}

/// Whatever exists in AWS belongs to a live incarnation, or sits in an account that is set aside.
fn leftovers(state: &State, rows: &Rows, complaints: &mut Vec<String>) {
    let set_aside: BTreeSet<String> = rows
        .accounts
        .iter()
        .filter(|account| account.state == AccountState::Quarantined)
        .filter_map(|account| account.account.as_ref().map(ToString::to_string))
        .collect();
    for stack in state.aws.stacks.iter().filter(|stack| stack.exists()) {
        let holder = state.ledger.loans.get(&stack.account);
        let owned = holder.is_some_and(|incarnation| {
            stack.name == "by-hand" || stack.name.starts_with(&format!("ebbtide-{incarnation}-"))
        });
        if !owned && !set_aside.contains(&stack.account) {
            complaints.push(format!(
                "{} is left in {} ({})",
                stack.name, stack.account, stack.status
            ));
        }
    }
    for thing in state.aws.leftovers.all() {
        let lent = state.ledger.loans.contains_key(&thing.account);
        if !lent && !set_aside.contains(&thing.account) {
            complaints.push(format!("{} is left in {}", thing.name, thing.account));
        }
    }
    // Whoever is set aside comes back once nothing is in the way any more.
    for account in &set_aside {
        let mut things = state.aws.leftovers.all();
        let clings = things.any(|thing| thing.account == *account && thing.clings(state.now));
        let stuck = state.aws.held_by(account).any(is_stuck);
        if !clings && !stuck {
            complaints.push(format!("{account} is set aside, and nothing is in the way"));
        }
    }
    for account in &state.aws.buckets {
        if !state.ledger.loans.contains_key(account) && !set_aside.contains(account) {
            complaints.push(format!("the bucket for templates is left in {account}"));
        }
    }
}

/// Whether an environment for this pull request is wanted beyond doubt, and for long.
pub fn is_wanted(state: &State, pull: &Pull) -> bool {
    let lasting = state.github.repositories[&pull.repository].house.ttl == "48h";
    let open = |end: &End| !matches!(end, End::Nothing | End::Declined);
    lasting && expected(state, pull).iter().all(open)
}

/// What somebody who knows the rules would say of this pull request.
fn expected(state: &State, pull: &Pull) -> Vec<End> {
    if pull.state != PullRequestState::Open {
        return vec![End::Nothing];
    }
    let repository = &state.github.repositories[&pull.repository];
    if repository.removed {
        return vec![End::Nothing];
    }
    let base = &state.github.commits[&repository.branches[pull.base_branch]];
    let head = &state.github.commits[&pull.head];
    if pull.fork {
        let file = *base != Content::Nothing;
        return vec![if file { End::Declined } else { End::Nothing }];
    }
    if *head == Content::Nothing {
        return vec![End::Nothing];
    }
    let trusted = pull.author == "alice";
    let rules = base.good();
    let wanted = if trusted {
        deployed(state, pull, head, rules)
    } else {
        End::Declined
    };
    // A stack that was once taken out of the file, and that no deletion removes, is in the way for good.
    let mine = format!("{}-", environment_of(pull));
    let lent = |stack: &Stack| {
        let holder = state.ledger.loans.get(&stack.account);
        holder.is_some_and(|holder| holder.starts_with(&mine))
    };
    let mut stacks = state.aws.stacks.iter();
    let stuck = stacks.any(|stack| lent(stack) && is_stuck(stack));
    let wanted = match wanted {
        End::Ready if stuck => End::Failed,
        other => other,
    };
    let mut ends = vec![wanted];
    let target = (pull.head.clone(), pull.base_branch, pull.draft);
    if pull.destroyed.as_ref() == Some(&target) {
        ends.push(End::Nothing);
    }
    let short = rules.is_some_and(|rules| rules.ttl == "45m");
    if short && matches!(wanted, End::Ready | End::Failed | End::Held) {
        let over = pull.touched_at + TimeDelta::minutes(45 + 60) < state.now;
        return if over {
            vec![End::Nothing]
        } else {
            vec![wanted, End::Nothing]
        };
    }
    ends
}

fn is_stuck(stack: &Stack) -> bool {
    let immortal = |carried: &Carried| Nature::of(&carried.template) == Nature::Immortal;
    stack.status.as_str() == "DELETE_FAILED" && stack.carried.as_ref().is_some_and(immortal)
}

fn deployed(state: &State, pull: &Pull, head: &Content, rules: Option<&Good>) -> End {
    let Some(good) = head.good() else {
        return End::Bad;
    };
    if pull.draft && !rules.is_some_and(|rules| rules.drafts) {
        return End::Nothing;
    }
    let red = state.github.builds[&pull.head].1 == CheckState::Red;
    if red && rules.is_some_and(|rules| rules.wait_for) {
        return End::Held;
    }
    let fails = good
        .pieces
        .iter()
        .any(|piece| piece.nature == Nature::Fails);
    if fails || good.health == Some(false) {
        return End::Failed;
    }
    End::Ready
}

fn judge_pull(state: &State, rows: &Rows, pull: &Pull, complaints: &mut Vec<String>) {
    let ends = expected(state, pull);
    // Where two ends are right, either has to hold as a whole.
    let mut each: Vec<Vec<String>> = ends
        .iter()
        .map(|end| {
            let mut complaints = Vec::new();
            judge_end(state, rows, pull, *end, &mut complaints);
            complaints
                .into_iter()
                .map(|text| format!("should be {end:?}: {text}"))
                .collect()
        })
        .collect();
    if each.iter().all(|complaints| !complaints.is_empty()) {
        complaints.append(&mut each[0]);
    }
}

fn judge_end(state: &State, rows: &Rows, pull: &Pull, end: End, complaints: &mut Vec<String>) {
    let id = environment_of(pull);
    let environment = rows.environments.iter().find(|one| one.id == id);
    let incarnation = environment.and_then(|environment| environment.incarnation.as_ref());
    let queued = rows.queue.iter().any(|waiting| waiting.environment == id);
    match end {
        End::Nothing | End::Declined => {
            if let Some(incarnation) = incarnation {
                complaints.push(format!("{} still holds an account", incarnation.id));
            }
            if queued {
                complaints.push("it is still in the queue".to_owned());
            }
        }
        End::Bad | End::Held => {
            if queued {
                complaints.push("it is in the queue".to_owned());
            }
        }
        End::Ready | End::Failed => match incarnation {
            Some(incarnation) => {
                let good = state.github.commits[&pull.head].good();
                if let Some(good) = good {
                    stacks(state, pull, good, end, incarnation.id.as_str(), complaints);
                }
            }
            None if queued && no_room(pull.repository, rows) => {}
            None if queued && is_risky(pull.repository, rows) => {}
            None => complaints.push(format!("it has no account (queued: {queued})")),
        },
    }
    words(state, pull, end, incarnation.is_some(), complaints);
}

/// Whether no account may be lent to this repository and none may be made.
fn no_room(repository: u64, rows: &Rows) -> bool {
    let counted = rows.accounts.iter();
    let counted = counted.filter(|account| account.state != AccountState::Failed);
    let free = rows.accounts.iter().any(|account| {
        account.state == AccountState::Ready
            && account.repository.is_none_or(|used| used.0 == repository)
    });
    counted.count() >= rows.max_accounts && !free
}

/// Whether two accounts cannot be emptied because of things of one type, and this repository used one of them.
fn is_risky(repository: u64, rows: &Rows) -> bool {
    let mut stuck: BTreeMap<&str, BTreeSet<(&str, u64)>> = BTreeMap::new();
    for account in &rows.accounts {
        for culprit in &account.culprits {
            let used_by = account.repository.map_or(0, |used| used.0);
            let accounts = stuck.entry(culprit.cell.type_name.as_str()).or_default();
            accounts.insert((account.id.as_str(), used_by));
        }
    }
    let concerns = |accounts: &BTreeSet<(&str, u64)>| {
        accounts.len() >= 2 && accounts.iter().any(|(_, used_by)| *used_by == repository)
    };
    stuck.values().any(concerns)
}

fn stacks(
    state: &State,
    pull: &Pull,
    good: &Good,
    end: End,
    incarnation: &str,
    complaints: &mut Vec<String>,
) {
    let mine = format!("ebbtide-{incarnation}-");
    let there: BTreeMap<&str, _> = state
        .aws
        .stacks
        .iter()
        .filter(|stack| stack.exists())
        .filter_map(|stack| Some((stack.name.strip_prefix(&mine)?, stack)))
        .collect();
    let immovable = |piece: &Piece| there.get(piece.name).is_some_and(|one| is_stuck(one));
    for piece in good
        .pieces
        .iter()
        .filter(|piece| sound(good, piece, &immovable))
    {
        let Some(stack) = there.get(piece.name) else {
            complaints.push(format!("there is no stack {}", piece.name));
            continue;
        };
        if !stack.status.is_good() && stack.status.as_str() != "UPDATE_ROLLBACK_COMPLETE" {
            complaints.push(format!("{} is in {}", piece.name, stack.status));
        }
        let Some(carried) = &stack.carried else {
            complaints.push(format!("{} carries nothing", piece.name));
            continue;
        };
        if carried.template != piece.template() {
            complaints.push(format!("{} carries another template", piece.name));
        }
        let mut parameters = BTreeMap::from([("Of".to_owned(), pull.number.to_string())]);
        if piece.carries_commit {
            parameters.insert("Commit".to_owned(), pull.head.clone());
        }
        let first = piece.needs.first();
        let needed = good.pieces.iter().find(|one| Some(&one.name) == first);
        if let Some(needed) = needed {
            parameters.insert("From".to_owned(), Piece::output(&needed.template()));
        }
        if carried.parameters != parameters {
            complaints.push(format!("{} carries {:?}", piece.name, carried.parameters));
        }
    }
    for name in there.keys() {
        if end == End::Ready && !good.pieces.iter().any(|piece| piece.name == *name) {
            complaints.push(format!("{name} is not in the file any more"));
        }
    }
}

/// Whether neither it nor anything it needs fails.
fn sound(good: &Good, piece: &Piece, stuck: &impl Fn(&Piece) -> bool) -> bool {
    piece.nature != Nature::Fails
        && !stuck(piece)
        && piece.needs.iter().all(|need| {
            let needed = good.pieces.iter().find(|one| one.name == *need);
            needed.is_none_or(|needed| sound(good, needed, stuck))
        })
}

fn words(state: &State, pull: &Pull, end: End, housed: bool, complaints: &mut Vec<String>) {
    let id = environment_of(pull);
    if state.github.repositories[&pull.repository].removed {
        return;
    }
    let ours: Vec<&str> = pull
        .comments
        .iter()
        .filter(|comment| comment.ours)
        .map(|comment| comment.body.lines().nth(1).unwrap_or_default())
        .collect();
    let lived = state.ledger.lived.contains(id.as_str());
    let heading = match end {
        End::Ready if !housed => &["Queued"][..],
        End::Failed if !housed => &["Queued"],
        End::Ready => &["Ready"],
        End::Failed => &["Failed"],
        End::Bad => &["Something to mend"],
        End::Held => &["Held back by a check"],
        End::Declined => &["Not deployed"],
        End::Nothing => &["Ended", "Not deployed"],
    };
    let needed = (end != End::Nothing || lived) && !pull.comment_deleted;
    if ours.len() > 1 || (needed && ours.is_empty()) {
        complaints.push(format!("it has {} comments of ours", ours.len()));
    }
    for said in &ours {
        let (_, said) = said.split_once("· ").unwrap_or_default();
        if !heading.iter().any(|heading| said.starts_with(heading)) {
            complaints.push(format!("its comment says “{said}”"));
        }
    }
    checks(state, pull, end, housed, complaints);
    deployments(state, pull, end, housed, complaints);
}

fn checks(state: &State, pull: &Pull, end: End, housed: bool, complaints: &mut Vec<String>) {
    let id = environment_of(pull);
    let ours: Vec<_> = state
        .github
        .check_runs
        .iter()
        .filter(|run| run.external_id == id.as_str())
        .collect();
    let mut heads: Vec<&String> = ours.iter().map(|run| &run.head).collect();
    heads.sort();
    heads.dedup();
    if heads.len() != ours.len() {
        complaints.push("two checks of ours stand on one commit".to_owned());
    }
    let at_head = ours.iter().find(|run| run.head == pull.head);
    let conclusion = at_head.and_then(|run| run.conclusion);
    let wanted = match end {
        End::Ready if housed => Some(Conclusion::Success),
        End::Failed if housed => Some(Conclusion::Failure),
        End::Bad | End::Held => Some(Conclusion::Failure),
        End::Declined => Some(Conclusion::Neutral),
        End::Ready | End::Failed => None,
        End::Nothing => {
            for run in ours.iter().filter(|run| run.conclusion.is_none()) {
                complaints.push(format!("its check still runs on {}", run.head));
            }
            return;
        }
    };
    if at_head.is_none() || conclusion != wanted {
        complaints.push(format!("its check says {conclusion:?}, not {wanted:?}"));
    }
    for run in ours.iter().filter(|run| run.head != pull.head) {
        if run.conclusion.is_none() {
            complaints.push(format!("a check still runs on the old commit {}", run.head));
        }
    }
}

fn deployments(state: &State, pull: &Pull, end: End, housed: bool, complaints: &mut Vec<String>) {
    let name = format!("ebbtide/pr-{}", pull.number);
    let mine = state.github.deployments.iter();
    let mine = mine.filter(|one| one.repository == pull.repository && one.environment == name);
    for one in mine {
        let over = matches!(end, End::Nothing | End::Declined);
        if over && one.state != DeploymentState::Inactive {
            complaints.push(format!("the Deployment of {} is {:?}", one.head, one.state));
        }
        let ready = end == End::Ready && housed;
        if ready && (one.state == DeploymentState::Success) != (one.head == pull.head) {
            complaints.push(format!("the Deployment of {} is {:?}", one.head, one.state));
        }
    }
}
