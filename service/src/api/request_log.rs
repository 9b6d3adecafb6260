//! An id, a log line and a count for every request.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A new id, unique enough to find a request in the log and to make a hint count once.
pub fn new_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Logs a request with its id; a caller's own id is kept. The id goes back in `X-Request-Id`.
pub async fn log(request: Request, next: Next) -> Response {
    let id = given_id(&request).unwrap_or_else(new_id);
    let method = request.method().clone();
    // The path alone: a query may hold what should not be logged.
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id, %method, path);
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    span.in_scope(|| tracing::debug!(status, duration_ms, "answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn given_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=64).contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
}

/// Counts a request by its route, not by its path: the number of routes is bounded.
pub async fn count(route: MatchedPath, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    let route = route.as_str().to_owned();
    metrics::counter!(
        "ebbtide_http_requests_total",
        "method" => method, "route" => route.clone(), "status" => status
    )
    .increment(1);
    metrics::histogram!("ebbtide_http_request_seconds", "route" => route)
        .record(began.elapsed().as_secs_f64());
    response
}
