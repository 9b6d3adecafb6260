//! The people of a simulation: they open, push, close, merge, reopen, retarget and change their minds.

use super::content::{self, Content, House};
use super::github::{GitHubSide, INSTALLATION, Pull, Repository, Sent};
use super::judge;
use super::leftovers;
use super::stacks::Stack;
use super::world::State;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::{
    EnvironmentId, EnvironmentKey, PullRequestNumber, PullRequestState, RepositoryId,
};
use ebbtide::github::CheckState;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is still to be done.
pub struct People {
    pub pulls: u32,
    pub actions: u32,
    pub next_at: DateTime<Utc>,
}

/// At so many of a hundred times that somebody acts, something is left in an account.
const LITTERING: u32 = 30;

/// Something that goes to the product's own API.
pub enum Ask {
    Destroy(EnvironmentId),
}

/// The product's name for a pull request's environment.
pub fn environment_of(pull: &Pull) -> EnvironmentId {
    EnvironmentKey {
        repository: RepositoryId(pull.repository),
        pull_request: PullRequestNumber(pull.number),
        name: "default".to_owned(),
    }
    .id()
}

/// Makes the repositories.
pub fn settle_in(state: &mut State) {
    let count = state.rng.u64(1..=2);
    for id in 1..=count {
        let rng = &mut state.rng;
        let house = House {
            ttl: if rng.u32(0..100) < 15 { "45m" } else { "48h" },
            wait_for: rng.u32(0..100) < 25,
            drafts: rng.u32(0..100) < 30,
        };
        let mut branches = BTreeMap::new();
        for branch in ["main", "release"] {
            let content = content::draw(&mut state.rng, &house);
            branches.insert(branch, state.github.commit(content));
        }
        let repository = Repository {
            id,
            house,
            branches,
            removed: false,
        };
        state.github.repositories.insert(id, repository);
    }
}

impl State {
    /// Puts an event on its way: it may come late, twice, after later ones, or not at all.
    fn send(&mut self, event: &str, body: &Value, may_vanish: bool) {
        let number = self.github.next_number();
        let delay = if self.rng.u32(0..100) < 15 { 300 } else { 20 };
        let arrives_at = self.now + TimeDelta::seconds(self.rng.i64(0..delay));
        let fate = self.rng.u32(0..100);
        let calm = self.faults.lost_reply == 0;
        if may_vanish && !calm && fate >= 90 {
            self.note(|| format!("{event} of {} vanishes", body["action"]));
            return;
        }
        let failed = !calm && fate < 10;
        let sent = |arrives_at: DateTime<Utc>| Sent {
            number,
            guid: format!("delivery-{number}"),
            event: event.to_owned(),
            body: body.to_string(),
            arrives_at: (!failed).then_some(arrives_at),
            failed,
        };
        self.github.sent.push(sent(arrives_at));
        if !failed && (10..20).contains(&fate) {
            self.github
                .sent
                .push(sent(arrives_at + TimeDelta::seconds(7)));
        }
    }

    fn announce(&mut self, index: usize, action: &str, may_vanish: bool) {
        let pull = &self.github.pulls[index];
        let name = GitHubSide::name(pull.repository);
        let mut body = json!({
            "action": action,
            "number": pull.number,
            "installation": {"id": INSTALLATION},
            "repository": {"id": pull.repository, "full_name": name, "private": false},
            "pull_request": {"number": pull.number, "head": {"sha": pull.head}},
        });
        if action == "edited" {
            body["changes"] = json!({"base": {"ref": {"from": "other"}}});
        }
        let number = pull.number;
        self.note(|| format!("{name}#{number}: {action}"));
        self.send("pull_request", &body, may_vanish);
    }

    fn draw_commit(&mut self, repository: u64, like: Option<&str>) -> String {
        let house = self.github.repositories[&repository].house;
        let again = like.and_then(|sha| self.github.commits.get(sha)).cloned();
        let content = match again {
            Some(content) if self.rng.u32(0..100) < 25 => content,
            _ => content::draw(&mut self.rng, &house),
        };
        let sha = self.github.commit(content.clone());
        if self.trace.is_some() {
            let shape = match &content {
                Content::Good(good) => good
                    .pieces
                    .iter()
                    .map(|piece| {
                        format!(
                            "{}@{}{:?}{:?}{}",
                            piece.name,
                            piece.version,
                            piece.nature,
                            piece.needs,
                            if piece.carries_commit { "+sha" } else { "" }
                        )
                    })
                    .collect::<Vec<_>>()
                    .join(" "),
                other => format!("{other:?}"),
            };
            self.note(|| format!("commit {sha}: {shape}"));
        }
        let ends = self.now + TimeDelta::seconds(self.rng.i64(0..300));
        let end = if self.rng.u32(0..100) < 85 {
            CheckState::Green
        } else {
            CheckState::Red
        };
        self.github.builds.insert(sha.clone(), (ends, end));
        sha
    }

    fn open(&mut self) {
        let repositories = self.github.repositories.len() as u64;
        let repository = self.rng.u64(1..=repositories);
        let head = self.draw_commit(repository, None);
        let number = self.github.pulls.len() as u64 + 1;
        let draft = self.rng.u32(0..100) < 12;
        let fork = self.rng.u32(0..100) < 5;
        let stranger = self.rng.u32(0..100) < 5;
        self.github.pulls.push(Pull {
            repository,
            number,
            state: PullRequestState::Open,
            draft,
            head,
            base_branch: "main",
            fork,
            author: if stranger { "mallory" } else { "alice" },
            touched_at: self.now,
            destroyed: None,
            comment_deleted: false,
            comments: Vec::new(),
        });
        self.counts.lives += 1;
        self.announce(self.github.pulls.len() - 1, "opened", false);
    }

    fn touch(&mut self, index: usize) -> &mut Pull {
        let now = self.now;
        let pull = &mut self.github.pulls[index];
        pull.touched_at = now;
        pull
    }

    fn push(&mut self, index: usize) {
        let (repository, old) = {
            let pull = &self.github.pulls[index];
            (pull.repository, pull.head.clone())
        };
        // Only where an environment is held against its pull request can a lost event be made up for.
        let wanted = judge::is_wanted(self, &self.github.pulls[index]);
        let head = self.draw_commit(repository, Some(&old));
        self.touch(index).head = head;
        self.announce(index, "synchronize", wanted);
        if self.rng.u32(0..100) < 8 {
            // Pushed back by force: the very commit of before.
            self.touch(index).head = old;
            self.announce(index, "synchronize", false);
        }
    }

    /// Closes or merges a pull request.
    pub fn close(&mut self, index: usize, merged: bool) {
        let may_vanish = self.rng.bool();
        self.touch(index).state = if merged {
            PullRequestState::Merged
        } else {
            PullRequestState::Closed
        };
        self.announce(index, "closed", may_vanish);
    }

    fn rerequest(&mut self, index: usize) {
        let pull = self.touch(index);
        let (repository, head) = (pull.repository, pull.head.clone());
        let id = environment_of(pull);
        let body = json!({
            "action": "rerequested",
            "installation": {"id": INSTALLATION},
            "repository": {"id": repository, "full_name": GitHubSide::name(repository), "private": false},
            "check_run": {"head_sha": head, "external_id": id},
        });
        self.note(|| format!("check of {id}: rerequested"));
        self.send("check_run", &body, true);
    }

    fn remove_app(&mut self, repository: u64) {
        if let Some(one) = self.github.repositories.get_mut(&repository) {
            one.removed = true;
        }
        let name = GitHubSide::name(repository);
        let body = json!({
            "action": "removed",
            "installation": {"id": INSTALLATION},
            "repositories_added": [],
            "repositories_removed": [{"id": repository, "full_name": name}],
        });
        self.note(|| format!("the App is taken from {name}"));
        self.send("installation_repositories", &body, true);
    }

    /// Somebody does something; what goes to the product's own API is handed back.
    pub fn act(&mut self, people: &mut People) -> Option<Ask> {
        people.next_at = self.now + TimeDelta::seconds(self.rng.i64(5..400));
        people.actions -= 1;
        if self.rng.u32(0..100) < LITTERING {
            self.leave_things();
        }
        let count = self.github.pulls.len();
        if people.pulls > 0 && (count == 0 || self.rng.u32(0..=people.actions) < people.pulls) {
            people.pulls -= 1;
            self.open();
            return None;
        }
        if count == 0 {
            return None;
        }
        let index = self.rng.usize(0..count);
        let open = self.github.pulls[index].state == PullRequestState::Open;
        let roll = self.rng.u32(0..100);
        match (self.github.pulls[index].state, roll) {
            (PullRequestState::Open, 0..40) => self.push(index),
            (PullRequestState::Open, 40..55) => self.close(index, roll < 48),
            (PullRequestState::Open, 55..65) => {
                let pull = self.touch(index);
                pull.draft = !pull.draft;
                let action = if pull.draft {
                    "converted_to_draft"
                } else {
                    "ready_for_review"
                };
                self.announce(index, action, false);
            }
            (PullRequestState::Open, 65..70) => {
                let pull = self.touch(index);
                pull.base_branch = if pull.base_branch == "main" {
                    "release"
                } else {
                    "main"
                };
                self.announce(index, "edited", false);
            }
            (_, 70..76) => self.rerequest(index),
            (_, 76..80) => {
                let pull = &mut self.github.pulls[index];
                pull.destroyed = Some((pull.head.clone(), pull.base_branch, pull.draft));
                let id = environment_of(pull);
                self.note(|| format!("{id} is to be destroyed"));
                return Some(Ask::Destroy(id));
            }
            (_, 80..84) => {
                let pull = &mut self.github.pulls[index];
                if !pull.comments.is_empty() {
                    pull.comments.clear();
                    pull.comment_deleted = true;
                }
            }
            (_, 84..90) => {
                self.github_away_until = self.now + TimeDelta::seconds(self.rng.i64(30..1200));
                self.note(|| "GitHub goes away".to_owned());
            }
            (_, 90..92) => self.make_stack_by_hand(),
            (_, 92) if self.rng.bool() => {
                let repository = self.github.pulls[index].repository;
                self.remove_app(repository);
            }
            (PullRequestState::Closed, _) if !open => {
                self.touch(index).state = PullRequestState::Open;
                self.counts.lives += 1;
                self.announce(index, "reopened", false);
            }
            _ => {}
        }
        None
    }

    /// Somebody works by hand in an account that is lent.
    fn leave_things(&mut self) {
        let lent: Vec<String> = self.ledger.loans.keys().cloned().collect();
        if lent.is_empty() {
            return;
        }
        let account = &lent[self.rng.usize(0..lent.len())];
        let number = self.aws.next_number();
        for thing in leftovers::made_by_hand(account, number, self.now, &mut self.rng) {
            self.note(|| format!("somebody leaves {} in {account}", thing.name));
            self.aws.leftovers.leave(thing);
        }
    }

    fn make_stack_by_hand(&mut self) {
        let number = self.aws.next_number();
        let places: Vec<(String, String)> = self
            .aws
            .stacks
            .iter()
            .filter(|stack| stack.exists())
            .map(|stack| (stack.account.clone(), stack.region.clone()))
            .collect();
        if let Some((account, region)) = places.first() {
            self.note(|| format!("somebody makes a stack by hand in {account}"));
            self.aws
                .stacks
                .push(Stack::foreign(account, region, number));
        }
    }
}
