//! `GET /api/v1/accounts/{id}/certificates`.

use super::Api;
use super::auth::Reader;
use super::certificate_views::{CertificateList, CertificateView};
use super::problem::{Problem, ProblemDetails};
use super::show_account::find;
use axum::Json;
use axum::extract::{Path, State};

/// The certificates of an account's emptyings, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/certificates",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's twelve digits, or the pool's own id of it")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The certificates", body = CertificateList),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such account", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    _reader: Reader,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<CertificateList>, Problem> {
    let account = find(&api, &id).await?;
    let certificates = api.store.certificates(&account.id).await?;
    Ok(Json(CertificateList {
        certificates: certificates.iter().map(CertificateView::of).collect(),
    }))
}
