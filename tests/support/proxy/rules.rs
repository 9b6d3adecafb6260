//! Which call meets which fault.

use std::collections::HashMap;
use tokio::sync::watch;

/// What can happen to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Told to come later, in the words of the service, with `Retry-After: 2`.
    Throttled,
    /// A server's fault with this HTTP status. Nothing took effect.
    ServerError(u16),
    /// The connection is closed; the emulator never heard of it.
    LostRequest,
    /// It took effect, then the connection is closed.
    LostReply,
    /// It is refused with this code and sentence.
    Refused {
        /// AWS's code.
        code: String,
        /// AWS's sentence.
        sentence: String,
    },
    /// An account's creation is said to go on.
    StillCreating,
    /// Answered with 200 and something that cannot be read.
    Garbled,
    /// Answered with 200 and this body: what AWS says and the emulator does not.
    Instead(String),
}

/// How likely each fault is for a call, from 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Odds {
    /// [`Fault::Throttled`].
    pub throttled: f64,
    /// [`Fault::ServerError`] 503.
    pub server_error: f64,
    /// [`Fault::LostRequest`].
    pub lost_request: f64,
    /// [`Fault::LostReply`].
    pub lost_reply: f64,
}

#[derive(Default)]
pub(super) struct Rules {
    waiting: Vec<Rule>,
    pub(super) guard_deletes: bool,
    pub(super) storm: Option<(fastrand::Rng, Odds)>,
    /// Each request is throttled so many times; and how often each was, by what tells it from others.
    pub(super) throttled_first: Option<(usize, HashMap<u64, usize>)>,
}

struct Rule {
    name: String,
    left: usize,
    what: What,
}

enum What {
    Fault(Fault),
    Hold(Hold),
}

impl Rules {
    pub(super) fn add(&mut self, name: &str, times: usize, fault: Fault) {
        self.push(name, times, What::Fault(fault));
    }

    pub(super) fn hold(&mut self, name: &str) -> Held {
        let (state, _) = watch::channel(HoldState::Expected);
        self.push(name, 1, What::Hold(Hold(state.clone())));
        Held(state)
    }

    fn push(&mut self, name: &str, times: usize, what: What) {
        let name = name.to_owned();
        self.waiting.push(Rule {
            name,
            left: times,
            what,
        });
    }

    /// The fault for a call of this name, and what holds it. `request` tells it from other calls of that name.
    pub(super) fn fault_for(&mut self, name: &str, request: u64) -> (Option<Fault>, Option<Hold>) {
        let position = self.waiting.iter().position(|rule| rule.name == name);
        if let Some(position) = position {
            let rule = &mut self.waiting[position];
            rule.left -= 1;
            let met = match &rule.what {
                What::Fault(fault) => (Some(fault.clone()), None),
                What::Hold(hold) => (None, Some(Hold(hold.0.clone()))),
            };
            if rule.left == 0 {
                self.waiting.remove(position);
            }
            return met;
        }
        if let Some((times, seen)) = &mut self.throttled_first {
            let seen = seen.entry(request).or_default();
            if *seen < *times {
                *seen += 1;
                return (Some(Fault::Throttled), None);
            }
        }
        (
            self.storm.as_mut().and_then(|(dice, odds)| odds.roll(dice)),
            None,
        )
    }
}

impl Odds {
    fn roll(&self, dice: &mut fastrand::Rng) -> Option<Fault> {
        let mut left = dice.f64();
        let faults = [
            (self.throttled, Fault::Throttled),
            (self.server_error, Fault::ServerError(503)),
            (self.lost_request, Fault::LostRequest),
            (self.lost_reply, Fault::LostReply),
        ];
        for (odds, fault) in faults {
            if left < odds {
                return Some(fault);
            }
            left -= odds;
        }
        None
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum HoldState {
    Expected,
    Arrived,
    LetGo,
}

/// The proxy's end of a held call.
pub(super) struct Hold(watch::Sender<HoldState>);

impl Hold {
    pub(super) async fn pass(self) {
        let mut state = self.0.subscribe();
        self.0.send_if_modified(|state| {
            let waits = *state == HoldState::Expected;
            if waits {
                *state = HoldState::Arrived;
            }
            waits
        });
        let _ = state.wait_for(|state| *state == HoldState::LetGo).await;
    }
}

/// The test's end of a held call.
pub struct Held(watch::Sender<HoldState>);

impl Held {
    /// Waits until the call has come.
    pub async fn arrived(&self) {
        let mut state = self.0.subscribe();
        let _ = state.wait_for(|state| *state != HoldState::Expected).await;
    }

    /// Lets it go on.
    pub fn release(self) {
        self.0.send_replace(HoldState::LetGo);
    }
}
