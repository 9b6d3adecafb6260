//! `GET /api/v1/accounts`.

use super::Api;
use super::account_views::AccountList;
use super::auth::Reader;
use super::problem::{Problem, ProblemDetails};
use super::show_account::view;
use axum::Json;
use axum::extract::State;

/// The accounts of the pool, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    tag = "accounts",
    security(("token" = [])),
    responses(
        (status = 200, description = "The accounts", body = AccountList),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn list(_reader: Reader, State(api): State<Api>) -> Result<Json<AccountList>, Problem> {
    let accounts = api.store.accounts().await?;
    let mut list = AccountList {
        accounts: Vec::new(),
    };
    for account in &accounts {
        list.accounts.push(view(&api, account).await?);
    }
    Ok(Json(list))
}
