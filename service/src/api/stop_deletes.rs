//! `GET`, `POST` and `DELETE /api/v1/deletes/stop`: the switch that stops every deletion at once.

use super::Api;
use super::account_views::{DeletesView, ReasonGiven};
use super::auth::{Reader, Writer};
use super::problem::{Problem, ProblemDetails};
use super::reason;
use crate::store::Switch;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;

/// Whether deletions are stopped, and why.
#[utoipa::path(
    get,
    path = "/api/v1/deletes/stop",
    tag = "deletes",
    security(("token" = [])),
    responses(
        (status = 200, description = "How the switch stands", body = DeletesView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn status(_reader: Reader, State(api): State<Api>) -> Result<Json<DeletesView>, Problem> {
    let switch = api.store.deletes_stopped().await?;
    Ok(Json(DeletesView::of(switch.as_ref())))
}

/// Stops all deletions. What AWS was asked to delete before is deleted; nothing else is.
#[utoipa::path(
    post,
    path = "/api/v1/deletes/stop",
    tag = "deletes",
    request_body = ReasonGiven,
    security(("token" = ["write"])),
    responses(
        (status = 200, description = "They are stopped", body = DeletesView),
        (status = 400, description = "The body is wrong", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn stop(
    writer: Writer,
    State(api): State<Api>,
    body: Result<Json<ReasonGiven>, JsonRejection>,
) -> Result<Json<DeletesView>, Problem> {
    let switch = Switch {
        reason: reason::given(body)?,
        by: writer.name,
        at: api.clock.now(),
    };
    api.store.stop_deletes(Some(&switch)).await?;
    tracing::warn!(
        by = switch.by,
        reason = switch.reason,
        "deletions are stopped"
    );
    Ok(Json(DeletesView::of(Some(&switch))))
}

/// Lets deletions go on.
#[utoipa::path(
    delete,
    path = "/api/v1/deletes/stop",
    tag = "deletes",
    security(("token" = ["write"])),
    responses(
        (status = 200, description = "They go on", body = DeletesView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn resume(writer: Writer, State(api): State<Api>) -> Result<Json<DeletesView>, Problem> {
    api.store.stop_deletes(None).await?;
    tracing::warn!(by = writer.name, "deletions go on");
    api.poke.poke();
    Ok(Json(DeletesView::of(None)))
}
