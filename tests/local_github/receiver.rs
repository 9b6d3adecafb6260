//! The other end of the webhooks.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// A webhook as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Arrived {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// `event action`, for short.
    pub fn name(&self) -> String {
        let action = self.json()["action"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        format!("{} {action}", self.header("x-github-event"))
            .trim()
            .to_owned()
    }
}

#[derive(Clone)]
struct Shared {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    status: Arc<Mutex<u16>>,
}

/// A server that keeps what it is sent.
pub struct Receiver {
    shared: Shared,
    url: String,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let shared = Shared {
            arrived: Arc::default(),
            status: Arc::new(Mutex::new(202)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("bound");
        let router = Router::new()
            .route("/webhooks/github", post(take))
            .with_state(shared.clone());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let serving = tokio::spawn(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(stopped);
            server.await.expect("it serves");
        });
        Self {
            shared,
            url: format!("http://{address}/webhooks/github"),
            stop,
            serving,
        }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Answers with this status from now on.
    pub fn answer_with(&self, status: u16) {
        *self.shared.status.lock().expect("nobody panicked") = status;
    }

    /// What arrived since the last look.
    pub fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.shared.arrived.lock().expect("nobody panicked"))
    }

    /// The names of what arrived since the last look.
    pub fn names(&self) -> Vec<String> {
        self.take().iter().map(Arrived::name).collect()
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.serving.await.expect("it stops");
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    shared
        .arrived
        .lock()
        .expect("nobody panicked")
        .push(Arrived { headers, body });
    let status = *shared.status.lock().expect("nobody panicked");
    StatusCode::from_u16(status).expect("a status")
}
