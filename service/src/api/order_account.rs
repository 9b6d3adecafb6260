//! `POST /api/v1/accounts/{id}/retry`, `/quarantine`, `/release` and `/close`.

use super::Api;
use super::account_views::{AccountView, ReasonGiven};
use super::auth::Writer;
use super::problem::{Problem, ProblemDetails};
use super::reason;
use super::show_account::{find, nobody, view};
use crate::environment::AccountOrder;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// Tries to empty a quarantined account now, instead of on the slow period.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/retry",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's twelve digits, or the pool's own id of it")),
    security(("token" = ["write"])),
    responses(
        (status = 202, description = "It is being emptied; this is how it stands", body = AccountView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such account", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The account is not in a state for that", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn retry(
    writer: Writer,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    order(&api, &id, &AccountOrder::Retry, &writer.name).await
}

/// Sets aside an account that nobody holds: it is neither lent nor emptied until it is released.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/quarantine",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's twelve digits, or the pool's own id of it")),
    request_body = ReasonGiven,
    security(("token" = ["write"])),
    responses(
        (status = 202, description = "It is set aside; this is how it stands", body = AccountView),
        (status = 400, description = "The body is wrong", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such account", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The account is not in a state for that", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn quarantine(
    writer: Writer,
    State(api): State<Api>,
    Path(id): Path<String>,
    body: Result<Json<ReasonGiven>, JsonRejection>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let set_aside = AccountOrder::SetAside {
        by: writer.name.clone(),
        reason: reason::given(body)?,
    };
    order(&api, &id, &set_aside, &writer.name).await
}

/// Gives an account back that was set aside by hand. It is emptied, and ready only with a certificate.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/release",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's twelve digits, or the pool's own id of it")),
    security(("token" = ["write"])),
    responses(
        (status = 202, description = "It is being emptied; this is how it stands", body = AccountView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such account", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The account is not in a state for that", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn release(
    writer: Writer,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    order(&api, &id, &AccountOrder::Release, &writer.name).await
}

/// Closes an account that nobody holds, for good: AWS ends everything in it, and counts it for another 90 days.
/// That cannot be undone here. AWS takes three closings at a time and limits them over 30 days, so it may wait.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/close",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's twelve digits, or the pool's own id of it")),
    security(("token" = ["write"])),
    responses(
        (status = 202, description = "It is being closed; this is how it stands", body = AccountView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such account", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The account is not in a state for that", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn close(
    writer: Writer,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let close = AccountOrder::Close {
        by: writer.name.clone(),
        at: api.clock.now(),
    };
    order(&api, &id, &close, &writer.name).await
}

async fn order(
    api: &Api,
    id: &str,
    order: &AccountOrder,
    by: &str,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let account = find(api, id).await?;
    let ordered = api.store.order(&account.id, order, api.clock.now()).await?;
    let account = ordered
        .ok_or_else(nobody)?
        .map_err(|why| Problem::new(StatusCode::CONFLICT, why))?;
    api.poke.poke();
    tracing::info!(account = %account.id, by, ?order, "ordered by an admin");
    Ok((StatusCode::ACCEPTED, Json(view(api, &account).await?)))
}
