//! One service under test: its router, its store, and short ways to ask it.

use super::memory_store::MemoryStore;
use super::records::at;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use chrono::{DateTime, Utc};
use ebbtide::api::{Api, metrics, router};
use ebbtide::api_token::{self, Scope};
use ebbtide::clock::Clock;
use ebbtide::poke::Poke;
use ebbtide::store::Store;
use ebbtide_webhooks::signature;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// Both secrets are good: one is on its way out.
pub const SECRETS: [&str; 2] = ["old secret", "new secret"];

/// A clock that stands still at [`at`]`(0)`.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        at(0)
    }

    async fn sleep(&self, _duration: Duration) {}
}

/// The service under test.
pub struct Door {
    pub store: Arc<dyn Store>,
    pub poke: Poke,
    router: Router,
}

/// What was answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Door {
    pub fn new() -> Self {
        Self::over(Arc::new(MemoryStore::default()))
    }

    pub fn over(store: Arc<dyn Store>) -> Self {
        let poke = Poke::default();
        let api = Api {
            store: Arc::clone(&store),
            clock: Arc::new(Still),
            webhook_secrets: SECRETS.map(SecretString::from).into(),
            pool: ebbtide::config::PoolConfig::default().rules(),
            poke: poke.clone(),
            metrics: metrics::recorder(),
        };
        Self {
            store,
            poke,
            router: router(api),
        }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("answered");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.expect("a whole body"),
        }
    }

    /// Asks without a token.
    pub async fn ask(&self, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path);
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Asks with a token.
    pub async fn ask_with(&self, token: &str, method: &str, path: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Posts JSON with a token.
    pub async fn tell(&self, token: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = Body::from(body.to_owned());
        self.send(request.body(body).expect("a request")).await
    }

    /// A token of this scope, known to the service; named after the scope.
    pub async fn token(&self, scope: Scope) -> String {
        let (token, stored) = api_token::make(scope.as_str(), scope, at(0)).expect("random bytes");
        self.store.put_token(&stored).await.expect("stored");
        token.expose_secret().to_owned()
    }

    /// A delivery, signed with the newer secret.
    pub async fn deliver(&self, event: &str, id: &str, body: &str) -> Answer {
        let signature = signature::sign(SECRETS[1], body.as_bytes());
        let headers = [
            ("x-github-event", event),
            ("x-github-delivery", id),
            ("x-hub-signature-256", &signature),
            ("content-type", "application/json"),
        ];
        self.post(&headers, body).await
    }

    /// A delivery with these headers alone.
    pub async fn post(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method("POST").uri("/webhooks/github");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Body::from(body.to_owned());
        self.send(request.body(body).expect("a request")).await
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {} {}", self.status, self.text());
        })
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("text"))
    }

    /// The status and the sentence of a problem; fails if it is none.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(
            problem["title"],
            self.status.canonical_reason().unwrap_or_default()
        );
        let instance = problem["instance"].as_str().expect("where");
        let detail = problem["detail"].as_str().expect("a sentence");
        format!("{} at {instance}: {detail}", self.status.as_u16())
    }
}
