//! Webhook deliveries: sent one after the other in the background, kept in a log for three days.
//!
//! What a test can do to them: drop them, send them twice, hold them back and let them go in another
//! order. As on GitHub, nothing is delivered again unless somebody asks.

use super::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// GitHub waits this long for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
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

    fn file(
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

/// How one attempt went.
struct Outcome {
    status: String,
    code: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Outcome {
    fn unreachable() -> Self {
        Self::failed("failed to connect to host", 502)
    }

    fn failed(status: &str, code: u16) -> Self {
        Self {
            status: status.to_owned(),
            code,
            headers: BTreeMap::new(),
            body: String::new(),
        }
    }
}

/// Delivers what the queue brings until `stop` is cancelled.
pub(super) async fn deliver_all(
    state: Arc<Mutex<State>>,
    mut queue: mpsc::UnboundedReceiver<Parcel>,
    under_way: watch::Sender<usize>,
    stop: tokio_util::sync::CancellationToken,
) {
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "the local GitHub can't send webhooks");
            return;
        }
    };
    while let Some(Some(parcel)) = stop.run_until_cancelled(queue.recv()).await {
        let (url, headers, body) = {
            let state = lock();
            let body = parcel.payload.to_string();
            let headers = request_headers(&state, &parcel, &body);
            (state.post.url.clone().unwrap_or_default(), headers, body)
        };
        let began = Instant::now();
        let attempt = attempt(&client, &url, &headers, body);
        let Some(outcome) = stop.run_until_cancelled(attempt).await else {
            break;
        };
        let duration = began.elapsed().as_secs_f64();
        lock().file(parcel, url, headers, duration, outcome);
        under_way.send_modify(|count| *count -= 1);
    }
}

async fn attempt(
    client: &reqwest::Client,
    url: &str,
    headers: &BTreeMap<String, String>,
    body: String,
) -> Outcome {
    let mut request = client.post(url).body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match request.send().await {
        Ok(response) => {
            let code = response.status();
            let headers = response
                .headers()
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect();
            let status = if code.is_success() {
                "OK".to_owned()
            } else {
                format!("Invalid HTTP Response: {}", code.as_u16())
            };
            Outcome {
                status,
                code: code.as_u16(),
                headers,
                body: response.text().await.unwrap_or_default(),
            }
        }
        Err(error) if error.is_timeout() => Outcome::failed("timed out", 504),
        Err(_) => Outcome::unreachable(),
    }
}

fn request_headers(state: &State, parcel: &Parcel, body: &str) -> BTreeMap<String, String> {
    let app = state.app.id.to_string();
    [
        ("Accept", "*/*".to_owned()),
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", "GitHub-Hookshot/local".to_owned()),
        ("X-GitHub-Delivery", parcel.guid.clone()),
        ("X-GitHub-Event", parcel.event.clone()),
        ("X-GitHub-Hook-ID", state.post.hook_id.to_string()),
        ("X-GitHub-Hook-Installation-Target-ID", app),
        (
            "X-GitHub-Hook-Installation-Target-Type",
            "integration".to_owned(),
        ),
        (
            "X-Hub-Signature-256",
            ebbtide_webhooks::signature::sign(&state.post.secret, body.as_bytes()),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
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
