//! CloudFormation's rules for one stack.

use super::content::{Nature, Piece};
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::cloud::{ChangeRequest, ChangeSetSeen, StackSeen, StackStatus, Tags};
use ebbtide::environment::{ChangeSetState, ChangeSummary, CloudStackName, Setback};
use std::collections::{BTreeMap, VecDeque};

/// What a stack carries, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub template: String,
    pub parameters: BTreeMap<String, String>,
    pub tags: Tags,
}

struct ChangeSet {
    carried: Carried,
    ready_at: DateTime<Utc>,
}

/// A stack.
pub struct Stack {
    pub account: String,
    pub region: String,
    pub name: String,
    pub id: String,
    pub status: StackStatus,
    pub carried: Option<Carried>,
    pub protected: bool,
    pub tags: Tags,
    /// Made by a process that did not know it had lost its lease.
    pub made_late: bool,
    updated_at: Option<DateTime<Utc>>,
    change_sets: BTreeMap<String, ChangeSet>,
    coming: Option<Carried>,
    /// The statuses that the running operation goes through.
    ahead: VecDeque<(DateTime<Utc>, StackStatus)>,
    /// What the next list shows instead of the truth: a replica that is behind.
    #[expect(
        clippy::option_option,
        reason = "it may be behind by a stack that was not there"
    )]
    behind: Option<Option<StackSeen>>,
    deletes_failed: u32,
}

impl Stack {
    /// A stack that only a change set is for.
    pub fn in_review(account: &str, region: &str, name: &str, number: u64, tags: &Tags) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            name: name.to_owned(),
            id: format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{number}"),
            status: StackStatus::ReviewInProgress,
            carried: None,
            protected: false,
            tags: tags.clone(),
            made_late: false,
            updated_at: None,
            change_sets: BTreeMap::new(),
            coming: None,
            ahead: VecDeque::new(),
            behind: Some(None),
            deletes_failed: 0,
        }
    }

    /// A stack that somebody made by hand.
    pub fn foreign(account: &str, region: &str, number: u64) -> Self {
        Self {
            status: StackStatus::CreateComplete,
            ..Self::in_review(account, region, "by-hand", number, &Tags::new())
        }
    }

    pub fn exists(&self) -> bool {
        self.status != StackStatus::DeleteComplete
    }

    pub fn is_forgotten(&self) -> bool {
        !self.exists() && self.behind.is_none()
    }

    pub fn is(&self, account: &str, region: &str, address: &str) -> bool {
        self.account == account
            && self.region == region
            && (self.id == address || (self.name == address && self.exists()))
    }

    pub fn advance(&mut self, now: DateTime<Utc>, rng: &mut fastrand::Rng) {
        while let Some((at, status)) = self.ahead.front().copied() {
            if at > now {
                return;
            }
            self.ahead.pop_front();
            if matches!(
                status,
                StackStatus::CreateComplete | StackStatus::UpdateCompleteCleanupInProgress
            ) && let Some(coming) = self.coming.take()
            {
                self.tags.clone_from(&coming.tags);
                self.carried = Some(coming);
            }
            if status == StackStatus::DeleteFailed {
                self.deletes_failed += 1;
            }
            self.turn(status, rng);
            if status == StackStatus::CreateComplete && rng.u32(0..100) < 2 {
                // Somebody protects it by hand.
                self.protected = true;
            }
        }
    }

    /// Changes the status; now and then the next list does not know it yet.
    fn turn(&mut self, status: StackStatus, rng: &mut fastrand::Rng) {
        if rng.u32(0..100) < 12 {
            self.behind = Some(Some(self.seen()));
        }
        self.status = status;
    }

    fn begin(
        &mut self,
        status: StackStatus,
        then: &[StackStatus],
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) {
        self.turn(status, rng);
        self.ahead.clear();
        let mut at = now;
        for next in then {
            let slow = rng.u32(0..100) < 8;
            at += TimeDelta::seconds(rng.i64(if slow { 120..400 } else { 2..20 }));
            self.ahead.push_back((at, *next));
        }
    }

    fn seen(&self) -> StackSeen {
        let template = self.carried.as_ref().map(|carried| &carried.template);
        StackSeen {
            name: CloudStackName::new(&self.name),
            id: self.id.clone(),
            status: self.status,
            updated_at: self.updated_at,
            reason: None,
            protected: self.protected,
            outputs: template
                .map(|template| ("Url".to_owned(), Piece::output(template)))
                .into_iter()
                .collect(),
            tags: self.tags.clone(),
            parent: None,
        }
    }

    /// What a list shows of it.
    pub fn listed(&mut self) -> Option<StackSeen> {
        let shown = match self.behind.take() {
            Some(before) => before,
            None => Some(self.seen()),
        };
        shown.filter(|seen| seen.status != StackStatus::DeleteComplete)
    }

    fn not_now(&self) -> Setback {
        Setback::later(format!("stack {} is in {} state", self.name, self.status))
    }

    pub fn plan(
        &mut self,
        request: &ChangeRequest,
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) -> Result<(), Setback> {
        let name = request.change_set.as_str();
        let carried = Carried {
            template: request.template.clone(),
            parameters: request.parameters.clone(),
            tags: request.tags.clone(),
        };
        if let Some(there) = self.change_sets.get(name) {
            return if there.carried == carried {
                Ok(())
            } else {
                Err(Setback::refused(format!(
                    "{name} exists with other content"
                )))
            };
        }
        let review = self.status == StackStatus::ReviewInProgress;
        if self.status.is_busy() {
            return Err(self.not_now());
        }
        if request.create && !review {
            return Err(Setback::refused(format!("stack {} exists", self.name)));
        }
        let stands = self.status.is_good() || self.status == StackStatus::UpdateRollbackComplete;
        if !request.create && !stands {
            return Err(Setback::refused(format!(
                "stack {} is in {} state and cannot be updated",
                self.name, self.status
            )));
        }
        let ready_at = now + TimeDelta::milliseconds(rng.i64(0..8000));
        let change_set = ChangeSet { carried, ready_at };
        self.change_sets.insert(name.to_owned(), change_set);
        Ok(())
    }

    pub fn change_set(&self, name: &str, now: DateTime<Utc>) -> Option<ChangeSetSeen> {
        let change_set = self.change_sets.get(name)?;
        let state = if change_set.ready_at > now {
            ChangeSetState::Pending
        } else if self.carried.as_ref() == Some(&change_set.carried) {
            ChangeSetState::NoChanges
        } else {
            ChangeSetState::Available
        };
        Some(ChangeSetSeen {
            state,
            changes: ChangeSummary::default(),
        })
    }

    pub fn execute(
        &mut self,
        name: &str,
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) -> Result<(), Setback> {
        use StackStatus as S;
        let state = self.change_set(name, now).map(|seen| seen.state);
        if state != Some(ChangeSetState::Available) {
            return Err(Setback::later(format!("{name} cannot be executed now")));
        }
        if self.status.is_busy() {
            return Err(self.not_now());
        }
        let Some(change_set) = self.change_sets.remove(name) else {
            return Ok(());
        };
        // Executing one removes all others of the stack from view.
        self.change_sets.clear();
        let fails = Nature::of(&change_set.carried.template) == Nature::Fails;
        self.coming = (!fails).then_some(change_set.carried);
        let first = self.status == S::ReviewInProgress;
        match (first, fails) {
            (true, false) => self.begin(S::CreateInProgress, &[S::CreateComplete], now, rng),
            (true, true) => {
                let then = [S::RollbackInProgress, S::RollbackComplete];
                self.begin(S::CreateInProgress, &then, now, rng);
            }
            (false, false) => {
                let then = [S::UpdateCompleteCleanupInProgress, S::UpdateComplete];
                self.begin(S::UpdateInProgress, &then, now, rng);
            }
            (false, true) => self.begin(S::UpdateInProgress, &ROLLBACK, now, rng),
        }
        self.updated_at = Some(now);
        Ok(())
    }

    pub fn drop_change_set(&mut self, name: &str) {
        self.change_sets.remove(name);
    }

    pub fn cancel_update(&mut self, now: DateTime<Utc>, rng: &mut fastrand::Rng) {
        if self.status == StackStatus::UpdateInProgress {
            self.coming = None;
            self.begin(StackStatus::UpdateInProgress, &ROLLBACK, now, rng);
        }
    }

    pub fn delete(
        &mut self,
        force: bool,
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) -> Result<(), Setback> {
        use StackStatus as S;
        match self.status {
            S::DeleteInProgress if force => {
                return Err(Setback::refused("force is for stacks in DELETE_FAILED"));
            }
            S::DeleteInProgress | S::DeleteComplete => return Ok(()),
            S::ReviewInProgress | S::CreateInProgress | S::RollbackInProgress => {}
            status if status.is_busy() => return Err(self.not_now()),
            _ => {}
        }
        if self.protected {
            return Err(Setback::refused("termination protection is on"));
        }
        if force && self.status != S::DeleteFailed {
            return Err(Setback::refused("force is for stacks in DELETE_FAILED"));
        }
        if self.status == S::ReviewInProgress {
            self.begin(S::DeleteComplete, &[], now, rng);
            return Ok(());
        }
        self.coming = None;
        let nature = self
            .carried
            .as_ref()
            .map_or(Nature::Good, |carried| Nature::of(&carried.template));
        let fails = match nature {
            Nature::Immortal => true,
            Nature::Stubborn => !force && self.deletes_failed < 2,
            Nature::Good | Nature::Fails => false,
        };
        let end = if fails {
            S::DeleteFailed
        } else {
            S::DeleteComplete
        };
        self.begin(S::DeleteInProgress, &[end], now, rng);
        Ok(())
    }
}

const ROLLBACK: [StackStatus; 3] = [
    StackStatus::UpdateRollbackInProgress,
    StackStatus::UpdateRollbackCompleteCleanupInProgress,
    StackStatus::UpdateRollbackComplete,
];
