//! A door that counts: every call that goes through it is counted by service and name, and takes a while longer, as
//! it would to somewhere far away.

use bytes::Bytes;
use ebbtide::clock::{Clock as _, SystemClock};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How often each call was made, by service and name.
pub type Counts = BTreeMap<String, u64>;

/// The door. Dropping it closes its port.
pub struct Toll {
    url: String,
    beyond: Arc<Beyond>,
    serving: JoinHandle<()>,
}

struct Beyond {
    emulator: String,
    front: String,
    latency: Duration,
    client: reqwest::Client,
    counts: Mutex<Counts>,
}

impl Toll {
    /// Opens one in front of the emulator, and of the front for what that answers; each call takes `latency` longer.
    pub async fn before(emulator: &str, front: &str, latency: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let beyond = Arc::new(Beyond {
            emulator: emulator.to_owned(),
            front: front.to_owned(),
            latency,
            client: client.build().expect("a client"),
            counts: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, beyond.clone()));
        Self {
            url,
            beyond,
            serving,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was counted since the last time, and begins anew.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *self.beyond.counts.lock().expect("no panic"))
    }
}

impl Drop for Toll {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, beyond: Arc<Beyond>) {
    while let Ok((stream, _)) = listener.accept().await {
        let beyond = beyond.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| hand_on(request, beyond.clone()));
            // An error here is a connection that its client closed.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn hand_on(
    request: Request<Incoming>,
    beyond: Arc<Beyond>,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let name = name(&parts, &body);
    let url = match name.split(' ').next() {
        Some("cloudcontrolapi" | "route53") => &beyond.front,
        _ => &beyond.emulator,
    };
    let url = format!("{url}{}", parts.uri);
    *beyond
        .counts
        .lock()
        .expect("no panic")
        .entry(name)
        .or_default() += 1;
    if !beyond.latency.is_zero() {
        SystemClock.sleep(beyond.latency).await;
    }
    // What says how a body is framed is written anew.
    for header in [
        "content-length",
        "transfer-encoding",
        "connection",
        "expect",
    ] {
        parts.headers.remove(header);
    }
    let sent = beyond
        .client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let (status, mut headers) = (sent.status(), sent.headers().clone());
    let mut answer = Response::new(Full::new(sent.bytes().await?));
    for header in ["content-length", "transfer-encoding", "connection"] {
        headers.remove(header);
    }
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

/// The service by the signature, and the operation where the request names it.
fn name(parts: &Parts, body: &[u8]) -> String {
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let scope = header("authorization").and_then(|it| it.split_once("Credential="));
    let service = scope.and_then(|(_, scope)| scope.split('/').nth(3));
    let target = header("x-amz-target").and_then(|it| it.rsplit('.').next());
    let action = || {
        let mut form = url::form_urlencoded::parse(body);
        form.find(|(key, _)| key == "Action").map(|(_, it)| it)
    };
    let operation = match target {
        Some(target) => target.to_owned(),
        None => action().map_or_else(|| parts.method.to_string(), std::borrow::Cow::into_owned),
    };
    let service = service.unwrap_or("unsigned");
    // Cloud Control's calls are told apart by what they are about.
    let asked: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    match asked["TypeName"].as_str() {
        Some(type_name) => format!("{service} {operation} {type_name}"),
        None => format!("{service} {operation}"),
    }
}
