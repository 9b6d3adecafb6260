//! `GET /healthz` and `GET /readyz`, for whatever starts, stops and balances the service.

use super::Api;
use super::problem::{Problem, ProblemDetails};
use axum::extract::State;

/// Whether the process lives. Looks at nothing else, so that a broken database does not get it restarted.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    responses((status = 200, description = "It lives", body = String, content_type = "text/plain"))
)]
pub async fn alive() -> &'static str {
    "ok\n"
}

/// Whether requests can be served: the database answers.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses(
        (status = 200, description = "It can serve", body = String, content_type = "text/plain"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    api.store.ping().await?;
    Ok("ok\n")
}
