//! `DELETE /api/v1/environments/{id}`.

use super::auth::Writer;
use super::problem::{Problem, ProblemDetails};
use super::show_environment::find;
use super::views::EnvironmentView;
use super::{Api, request_log};
use crate::environment::{Hint, Phase};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// Ends an environment. The answer comes at once; the environment is gone when its state is `ended`.
#[utoipa::path(
    delete,
    path = "/api/v1/environments/{id}",
    tag = "environments",
    params(("id" = String, Path, description = "The environment's id, for example `pr-42-k3f9zq`")),
    security(("token" = ["write"])),
    responses(
        (status = 202, description = "It will be ended; this is how it stands", body = EnvironmentView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is none of this id", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "There is nothing to end", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn destroy(
    writer: Writer,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<EnvironmentView>), Problem> {
    let environment = find(&api, &id).await?;
    let phase = environment.phase();
    if let Phase::Ended | Phase::Declined = phase {
        let detail = format!(
            "there is nothing to end, this environment is {}",
            phase.as_str()
        );
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let hint = Hint::Destroy { by: writer.name };
    let hint_id = format!("api/{}", request_log::new_id());
    let now = api.clock.now();
    api.store
        .hint(&environment.id, &hint_id, &hint, now)
        .await?;
    api.poke.poke();
    tracing::info!(environment = %environment.id, ?hint, "asked to end an environment");
    let view = EnvironmentView::of(&environment);
    Ok((StatusCode::ACCEPTED, Json(view)))
}
