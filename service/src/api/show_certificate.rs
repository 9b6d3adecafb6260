//! `GET /api/v1/certificates/{id}`.

use super::Api;
use super::auth::Reader;
use super::certificate_views::CertificateView;
use super::problem::{Problem, ProblemDetails};
use crate::environment::ScrubId;
use axum::Json;
use axum::extract::{Path, State};

/// The recorded proof that an account was emptied.
#[utoipa::path(
    get,
    path = "/api/v1/certificates/{id}",
    tag = "accounts",
    params(("id" = String, Path, description = "The certificate's name, for example `acct-69a42a407e7291-1`")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The certificate", body = CertificateView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such certificate", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn show(
    _reader: Reader,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<CertificateView>, Problem> {
    let certificate = api.store.certificate(&ScrubId::new(id)).await?;
    let certificate = certificate.ok_or_else(|| {
        let detail = "there is no certificate of this name, GET /api/v1/accounts/{id}/certificates lists an account's";
        Problem::not_found(detail)
    })?;
    Ok(Json(CertificateView::of(&certificate)))
}
