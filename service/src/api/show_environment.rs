//! `GET /api/v1/environments/{id}`.

use super::Api;
use super::auth::Reader;
use super::problem::{Problem, ProblemDetails};
use super::views::{EnvironmentDetail, EnvironmentView, TimelineLine};
use crate::environment::{Environment, EnvironmentId};
use axum::Json;
use axum::extract::{Path, State};

/// One environment with its timeline.
#[utoipa::path(
    get,
    path = "/api/v1/environments/{id}",
    tag = "environments",
    params(("id" = String, Path, description = "The environment's id, for example `pr-42-k3f9zq`")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The environment", body = EnvironmentDetail),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is none of this id", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn show(
    _reader: Reader,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<EnvironmentDetail>, Problem> {
    let environment = find(&api, &id).await?;
    let timeline = api.store.timeline(&environment.id).await?;
    Ok(Json(EnvironmentDetail {
        environment: EnvironmentView::of(&environment),
        timeline: timeline.iter().map(TimelineLine::of).collect(),
    }))
}

/// The environment of this id, or the 404 that says so.
pub(super) async fn find(api: &Api, id: &str) -> Result<Environment, Problem> {
    let found = api.store.environment(&EnvironmentId::new(id)).await?;
    found.ok_or_else(|| {
        Problem::not_found(
            "there is no environment of this id, GET /api/v1/environments lists them",
        )
    })
}
