//! A plain client of the App: a signed token for itself, a token of one hour for its installation.

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::clock::{Clock, SystemClock};
use ebbtide::demo::github::{LocalGitHub, Options, Permission};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A clock that stands still until it is moved.
pub struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    pub fn at_noon() -> Arc<Self> {
        let noon = "2026-03-01T12:00:00Z".parse().expect("a time");
        Arc::new(Self(Mutex::new(noon)))
    }

    pub fn forward(&self, step: TimeDelta) {
        *self.0.lock().expect("nobody panicked") += step;
    }
}

#[async_trait::async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panicked")
    }

    async fn sleep(&self, _: Duration) {}
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub headers: reqwest::header::HeaderMap,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("text"))
    }

    pub fn message(&self) -> &str {
        self.body["message"]
            .as_str()
            .expect("a refusal has a message")
    }

    /// The number of what was made or shown.
    pub fn id(&self) -> u64 {
        self.body["id"]
            .as_u64()
            .unwrap_or_else(|| panic!("{self:?} has no id"))
    }
}

/// The App.
pub struct Caller {
    pub http: reqwest::Client,
    pub url: String,
    pub jwt: String,
    pub token: String,
}

impl Caller {
    /// Signs in, as the first installation if there is one.
    pub async fn of(github: &LocalGitHub) -> Self {
        let mut caller = Self {
            http: reqwest::Client::new(),
            url: github.url().to_owned(),
            jwt: jwt(github, SystemClock.now(), &4242.into(), 540),
            token: String::new(),
        };
        let path = format!("/app/installations/{}/access_tokens", github.installation());
        let made = caller.app("POST", &path, None).await;
        made.body["token"]
            .as_str()
            .expect("a token")
            .clone_into(&mut caller.token);
        caller
    }

    pub fn request(&self, method: &str, path: &str, bearer: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(bearer)
    }

    /// A call as the App itself.
    pub async fn app(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.send(self.request(method, path, &self.jwt), body).await
    }

    /// A call as the installation.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.send(self.request(method, path, &self.token), body)
            .await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call("POST", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call("PATCH", path, Some(body)).await
    }

    pub async fn send(&self, request: RequestBuilder, body: Option<Value>) -> Reply {
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Reply {
            status,
            body,
            headers,
        }
    }
}

/// The App's own token.
pub fn jwt(github: &LocalGitHub, now: DateTime<Utc>, iss: &Value, life: i64) -> String {
    let now = now.timestamp();
    let claims = json!({ "iss": iss, "iat": now - 60, "exp": now + life });
    let key = EncodingKey::from_rsa_pem(github.private_key_pem().as_bytes()).expect("a key");
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).expect("a token")
}

/// A shop, whose alice may write and whose bob may read.
pub async fn shop(options: Options) -> LocalGitHub {
    let github = LocalGitHub::start(options).await.expect("a free port");
    github
        .repository("acme/shop")
        .collaborator("alice", Permission::Write)
        .collaborator("bob", Permission::Read)
        .files([
            ("README.md", "A shop\n"),
            ("infra/app.yml", "Resources: {}\n"),
        ])
        .create();
    github
}
