//! The server: one port for the API and for the page, HTTP/1.1 only.
//!
//! It has its own loop over connections because an answer that gets lost can only be shown by closing
//! the connection, and the usual servers always answer.

use super::Revision;
use super::answer::{Answer, Body};
use super::api;
use super::call::Call;
use super::faults::{Effect, Failure, Faults, wait};
use super::limits::Limits;
use super::page;
use super::state::State;
use super::traffic::{Exchange, Seen, Traffic};
use http::{Method, Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// GitHub takes request bodies up to this size.
const LARGEST_BODY: usize = 25 * 1024 * 1024;

/// The state and everything around it that all connections share.
pub(super) struct World {
    pub state: Arc<Mutex<State>>,
    pub faults: Mutex<Faults>,
    pub limits: Mutex<Limits>,
    pub traffic: Mutex<Traffic>,
    /// What the page offers to push.
    pub revisions: Vec<Revision>,
}

/// Locks, also after a panic elsewhere: the test that panicked fails anyhow.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer was lost on order")]
struct AnswerLost;

/// Serves connections until `stop` is cancelled.
pub(super) async fn serve(
    world: Arc<World>,
    listener: TcpListener,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(connection(Arc::clone(&world), stream, stop.clone()));
            }
            Err(error) => tracing::warn!(%error, "the local GitHub could not accept a connection"),
        }
    }
}

async fn connection(world: Arc<World>, stream: TcpStream, stop: CancellationToken) {
    let service = hyper::service::service_fn(|request| {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        async move { respond(&world, request, &stop).await }
    });
    let serving =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the local GitHub ended");
    }
}

async fn respond(
    world: &World,
    request: Request<Incoming>,
    stop: &CancellationToken,
) -> Result<Response<axum::body::Body>, AnswerLost> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(axum::body::Body::new(body), LARGEST_BODY).await;
    let body = body.map_err(|_| AnswerLost)?;
    let call = Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        headers: head.headers,
        body: body.to_vec(),
    };
    let first = call.path.split('/').nth(1).unwrap_or_default();
    if !matches!(first, "app" | "installation" | "repos") {
        return Ok(to_response(page::answer(world, &call)));
    }
    let target = head
        .uri
        .path_and_query()
        .map_or(call.path.as_str(), |whole| whole.as_str());
    let answered = respond_api(world, &call, target, stop).await;
    lock(&world.traffic).note(Seen {
        method: call.method.to_string(),
        path: target.to_owned(),
        status: answered.as_ref().ok().map(|answer| answer.status),
    });
    answered.map(to_response)
}

async fn respond_api(
    world: &World,
    call: &Call,
    target: &str,
    stop: &CancellationToken,
) -> Result<Answer, AnswerLost> {
    let effect = lock(&world.faults).meet(call.method.as_str(), target);
    let failure = match effect {
        None => None,
        Some(Effect::Fail(failure)) => Some(failure),
        Some(Effect::Hold(reached, go)) => {
            stop.run_until_cancelled(wait(&reached, go))
                .await
                .ok_or(AnswerLost)?;
            None
        }
    };
    if let Some(answer) = failure.as_ref().and_then(Failure::answer) {
        record(world, call, target, &answer);
        return Ok(answer);
    }
    if failure == Some(Failure::LoseRequest) {
        return Err(AnswerLost);
    }
    let answer = perform(world, call);
    record(world, call, target, &answer);
    if failure == Some(Failure::LoseAnswer) {
        return Err(AnswerLost);
    }
    Ok(answer)
}

/// Counts the request against the limits and lets the API do it.
fn perform(world: &World, call: &Call) -> Answer {
    let mut state = lock(&world.state);
    let who = state
        .require_token(call.bearer())
        .map_or(0, |token| token.installation);
    let write = call.method != Method::GET && call.path.starts_with("/repos/");
    let (headers, refusal) = lock(&world.limits).count(who, write, state.now());
    let mut answer = refusal.unwrap_or_else(|| api::answer(&mut state, call));
    answer.headers.extend(headers);
    answer
}

fn record(world: &World, call: &Call, target: &str, answer: &Answer) {
    lock(&world.traffic).record(|| {
        let text = || Value::String(String::from_utf8_lossy(&call.body).into_owned());
        let request = (!call.body.is_empty())
            .then(|| serde_json::from_slice(&call.body).unwrap_or_else(|_| text()));
        let (content_type, body) = match &answer.body {
            Body::Empty => (None, None),
            Body::Json(value) => (Some(JSON.to_owned()), Some(value.clone())),
            Body::Raw(_, kind) => (Some(kind.clone()), None),
        };
        Exchange {
            method: call.method.to_string(),
            path: target.to_owned(),
            request,
            status: answer.status,
            content_type,
            answer: body,
        }
    });
}

/// The media type of the API's answers.
const JSON: &str = "application/json; charset=utf-8";

fn to_response(answer: Answer) -> Response<axum::body::Body> {
    let (kind, bytes) = match answer.body {
        Body::Empty => (None, Vec::new()),
        Body::Json(value) => (Some(JSON.to_owned()), value.to_string().into_bytes()),
        Body::Raw(bytes, kind) => (Some(kind), bytes),
    };
    let mut response = Response::builder().status(answer.status);
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response
        .body(axum::body::Body::from(bytes))
        .unwrap_or_else(|error| {
            // A header that was no header: a mistake in this model, shown as such.
            let mut response = Response::new(axum::body::Body::from(error.to_string()));
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
}
