//! What came in and what went out: for tests that count, and for the check against GitHub's description.

use serde_json::Value;
use std::collections::VecDeque;

/// So many requests are remembered; a demo may run for days.
const REMEMBERED: usize = 20_000;

/// A request to the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// With the query.
    pub path: String,
    /// The answer's status; `None` when the answer was lost on order.
    pub status: Option<u16>,
}

/// A request to the API with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// With the query.
    pub path: String,
    /// What was asked; `None` without a body, a string where it was no JSON.
    pub request: Option<Value>,
    /// The answer's status.
    pub status: u16,
    /// The answer's media type, where it has a body.
    pub content_type: Option<String>,
    /// The answer, where it is JSON.
    pub answer: Option<Value>,
}

/// All that passed.
#[derive(Default)]
pub(super) struct Traffic {
    pub requests: VecDeque<Seen>,
    pub recording: bool,
    pub exchanges: Vec<Exchange>,
}

impl Traffic {
    pub fn note(&mut self, seen: Seen) {
        if self.requests.len() == REMEMBERED {
            self.requests.pop_front();
        }
        self.requests.push_back(seen);
    }

    pub fn record(&mut self, exchange: impl FnOnce() -> Exchange) {
        if self.recording {
            self.exchanges.push(exchange());
        }
    }
}
