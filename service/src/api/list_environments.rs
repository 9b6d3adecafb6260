//! `GET /api/v1/environments`.

use super::Api;
use super::auth::Reader;
use super::problem::{Problem, ProblemDetails};
use super::views::{EnvironmentList, EnvironmentView};
use crate::store::EnvironmentFilter;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which environments to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those of this repository, `owner/name`.
    pub repository: Option<String>,
    /// Also those that ended.
    pub ended: bool,
}

/// Environments, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/environments",
    tag = "environments",
    params(Which),
    security(("token" = [])),
    responses(
        (status = 200, description = "The environments", body = EnvironmentList),
        (status = 400, description = "The query is wrong", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    _reader: Reader,
    State(api): State<Api>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<EnvironmentList>, Problem> {
    let Query(which) = which.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let filter = EnvironmentFilter {
        ended: which.ended,
        repository: which.repository,
    };
    let environments = api.store.environments(&filter).await?;
    Ok(Json(EnvironmentList {
        environments: environments.iter().map(EnvironmentView::of).collect(),
    }))
}
