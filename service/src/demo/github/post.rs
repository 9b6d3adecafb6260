//! Webhook deliveries: sent one after the other in the background, kept in a log for three days.
//!
//! What a test can do to them: drop them, send them twice, hold them back and let them go in another
//! order. As on GitHub, nothing is delivered again unless somebody asks.

use super::courier::{Outcome, request_headers};
use super::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// How long GitHub keeps the log.
const LOG_LIFE: TimeDelta = TimeDelta::days(3);

/// In which order held deliveries are let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they happened.
    AsSent,
    /// The last first.
    Reversed,
    /// In an order that follows from this number.
    Shuffled(u64),
}

/// An event on its way.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub guid: String,
    pub event: String,
    pub action: Option<String>,
    pub installation: Option<u64>,
    pub repository: Option<u64>,
    pub payload: Arc<Value>,
    pub redelivery: bool,
}

/// A line of the delivery log.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub id: u64,
    pub parcel: Parcel,
    pub delivered_at: DateTime<Utc>,
    /// In seconds.
    pub duration: f64,
    pub status: String,
    pub status_code: u16,
    pub url: String,
    pub request_headers: BTreeMap<String, String>,
    pub response_headers: BTreeMap<String, String>,
    pub response_body: String,
}

/// Where webhooks go, what is on its way, and what went.
pub(super) struct PostOffice {
    /// None: this App has no webhook, and nothing is sent or logged.
    pub url: Option<String>,
    pub secret: String,
    pub hook_id: u64,
    /// Oldest first.
    pub log: Vec<Entry>,
    drop_next: u32,
    duplicate_next: u32,
    holding: bool,
    held: Vec<Parcel>,
    queue: mpsc::UnboundedSender<Parcel>,
    under_way: watch::Sender<usize>,
}

impl PostOffice {
    pub fn new(
        url: Option<String>,
        secret: String,
        queue: mpsc::UnboundedSender<Parcel>,
        under_way: watch::Sender<usize>,
    ) -> Self {
        Self {
            url,
            secret,
            hook_id: 1,
            log: Vec::new(),
            drop_next: 0,
            duplicate_next: 0,
            holding: false,
            held: Vec::new(),
            queue,
            under_way,
        }
    }

    fn send(&mut self, parcel: Parcel) {
        self.under_way.send_modify(|count| *count += 1);
        if self.queue.send(parcel).is_err() {
            // The server is stopping: nobody waits for this parcel.
            self.under_way.send_modify(|count| *count -= 1);
        }
    }

    pub fn drop_next(&mut self, count: u32) {
        self.drop_next += count;
    }

    pub fn duplicate_next(&mut self, count: u32) {
        self.duplicate_next += count;
    }

    pub fn hold(&mut self) {
        self.holding = true;
    }

    pub fn release(&mut self, order: Order) {
        self.holding = false;
        let mut held = std::mem::take(&mut self.held);
        match order {
            Order::AsSent => {}
            Order::Reversed => held.reverse(),
            Order::Shuffled(seed) => fastrand::Rng::with_seed(seed).shuffle(&mut held),
        }
        for parcel in held {
            self.send(parcel);
        }
    }

    /// The log as GitHub still shows it, newest first.
    pub fn kept(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Entry> {
        self.log
            .iter()
            .rev()
            .filter(move |entry| now - entry.delivered_at <= LOG_LIFE)
    }
}

impl State {
    /// Sends an event to the App's webhook.
    pub fn dispatch(
        &mut self,
        event: &str,
        action: Option<&str>,
        installation: Option<u64>,
        repository: Option<u64>,
        payload: Value,
    ) {
        let Some(url) = self.post.url.clone() else {
            return;
        };
        let parcel = Parcel {
            guid: guid(),
            event: event.to_owned(),
            action: action.map(str::to_owned),
            installation,
            repository,
            payload: Arc::new(payload),
            redelivery: false,
        };
        if self.post.drop_next > 0 {
            self.post.drop_next -= 1;
            let body = parcel.payload.to_string();
            let headers = request_headers(self, &parcel, &body);
            self.file(parcel, url, headers, 0.0, Outcome::unreachable());
        } else if self.post.holding {
            self.post.held.push(parcel);
        } else if self.post.duplicate_next > 0 {
            self.post.duplicate_next -= 1;
            self.post.send(parcel.clone());
            self.post.send(parcel);
        } else {
            self.post.send(parcel);
        }
    }

    /// Sends a logged delivery again, under its old GUID. False when the log has no such number.
    pub fn redeliver(&mut self, id: u64) -> bool {
        let now = self.now();
        let Some(entry) = self.post.kept(now).find(|entry| entry.id == id) else {
            return false;
        };
        let parcel = Parcel {
            redelivery: true,
            ..entry.parcel.clone()
        };
        self.post.send(parcel);
        true
    }

    pub fn file(
        &mut self,
        parcel: Parcel,
        url: String,
        request_headers: BTreeMap<String, String>,
        duration: f64,
        outcome: Outcome,
    ) {
        let (id, delivered_at) = (self.next_id(), self.now());
        self.post.log.push(Entry {
            id,
            parcel,
            delivered_at,
            duration,
            status: outcome.status,
            status_code: outcome.code,
            url,
            request_headers,
            response_headers: outcome.headers,
            response_body: outcome.body,
        });
    }
}

/// A random UUID, version 4.
fn guid() -> String {
    let mut bits = fastrand::u128(..);
    bits = (bits & !(0xf << 76)) | (0x4 << 76);
    bits = (bits & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |range| hex.get(range).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    )
}

/// What `ping` says when the webhook is set up.
pub(super) fn ping_payload(state: &State) -> Value {
    json!({
        "zen": "Keep it logically awesome.",
        "hook_id": state.post.hook_id,
        "hook": {
            "type": "App",
            "id": state.post.hook_id,
            "name": "web",
            "active": true,
            "events": state.app.events,
            "config": {
                "content_type": "json",
                "insecure_ssl": "0",
                "secret": "********",
                "url": state.post.url,
            },
            "updated_at": state.app.created_at,
            "created_at": state.app.created_at,
            "app_id": state.app.id,
            "deliveries_url": format!("{}/app/hook/deliveries", state.base),
        },
    })
}
