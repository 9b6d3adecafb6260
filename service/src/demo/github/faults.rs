//! Faults on order: an answer that is an error, one that is lost, one that keeps people waiting.

use super::answer::Answer;
use tokio::sync::watch;

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It has no effect and is answered with this status.
    Status(u16),
    /// It has no effect and is answered with 403 for too many writes, to be tried again after so many
    /// seconds.
    SecondaryLimit(u64),
    /// It has no effect, and the connection is closed without an answer.
    LoseRequest,
    /// It takes effect, and the connection is closed without an answer.
    LoseAnswer,
}

impl Failure {
    /// The answer without an effect, if there is to be one.
    pub(super) fn answer(&self) -> Option<Answer> {
        match self {
            Self::Status(status) => Some(Answer::refusal(*status, "Server Error")),
            Self::SecondaryLimit(seconds) => Some(Answer::secondary_limit(*seconds)),
            Self::LoseRequest | Self::LoseAnswer => None,
        }
    }
}

/// What a rule does to the requests it matches.
#[derive(Clone)]
pub(super) enum Effect {
    Fail(Failure),
    /// The first channel tells that a request waits, the second that it may go on.
    Hold(watch::Sender<bool>, watch::Receiver<bool>),
}

struct Rule {
    method: String,
    prefix: String,
    left: u32,
    effect: Effect,
}

/// All faults that are still to come.
#[derive(Default)]
pub(super) struct Faults(Vec<Rule>);

impl Faults {
    pub fn order(&mut self, count: u32, method: &str, prefix: &str, effect: Effect) {
        self.0.push(Rule {
            method: method.to_owned(),
            prefix: prefix.to_owned(),
            left: count,
            effect,
        });
    }

    /// What is to happen to this request; counts it.
    pub fn meet(&mut self, method: &str, path: &str) -> Option<Effect> {
        let rule = self.0.iter_mut().find(|rule| {
            rule.left > 0 && rule.method == method && path.starts_with(&rule.prefix)
        })?;
        rule.left -= 1;
        let effect = rule.effect.clone();
        self.0.retain(|rule| rule.left > 0);
        Some(effect)
    }

    /// Forgets all faults; requests that are held go on.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// A request that is held until this is released or dropped.
pub struct Hold {
    pub(super) reached: watch::Receiver<bool>,
    pub(super) go: watch::Sender<bool>,
}

impl Hold {
    /// Waits until the request has come in. It has no effect yet.
    pub async fn reached(&mut self) {
        // The other end is dropped when the order is cleared: then nothing will come.
        drop(self.reached.wait_for(|reached| *reached).await);
    }

    /// Lets the request go on.
    pub fn release(self) {
        self.go.send_replace(true);
    }
}

/// Waits until a held request may go on.
pub(super) async fn wait(reached: &watch::Sender<bool>, mut go: watch::Receiver<bool>) {
    reached.send_replace(true);
    // An error means that the `Hold` was dropped, which releases as well.
    drop(go.wait_for(|go| *go).await);
}
