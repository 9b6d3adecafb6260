//! The courier: takes one webhook after the other to the App, signed, and writes down how it went.

use super::post::Parcel;
use super::state::State;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// GitHub waits this long for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How one attempt went.
pub(super) struct Outcome {
    pub status: String,
    pub code: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Outcome {
    pub fn unreachable() -> Self {
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

pub(super) fn request_headers(
    state: &State,
    parcel: &Parcel,
    body: &str,
) -> BTreeMap<String, String> {
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
