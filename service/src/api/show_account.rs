//! `GET /api/v1/accounts/{id}`.

use super::Api;
use super::account_views::AccountView;
use super::auth::Reader;
use super::problem::{Problem, ProblemDetails};
use crate::environment::{Account, AccountRowId, AccountState};
use axum::Json;
use axum::extract::{Path, State};

/// One account, with how far its emptying has come.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's twelve digits, or the pool's own id of it")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The account", body = AccountView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such account", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn show(
    _reader: Reader,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<AccountView>, Problem> {
    let account = find(&api, &id).await?;
    Ok(Json(view(&api, &account).await?))
}

/// The account of this number or id, or the 404 that says so.
pub(super) async fn find(api: &Api, id: &str) -> Result<Account, Problem> {
    let mut found = api.store.account(&AccountRowId::new(id)).await?;
    if found.is_none() {
        let accounts = api.store.accounts().await?;
        found = accounts
            .into_iter()
            .find(|account| account.account.as_ref().is_some_and(|it| it.as_str() == id));
    }
    found.ok_or_else(nobody)
}

/// The 404 that says that there is no such account.
pub(super) fn nobody() -> Problem {
    let detail = "there is no account of this number or id, GET /api/v1/accounts lists them";
    Problem::not_found(detail)
}

/// The answer for an account, with how far its emptying has come.
pub(super) async fn view(api: &Api, account: &Account) -> Result<AccountView, Problem> {
    let work = match account.state {
        AccountState::Scrubbing | AccountState::Quarantined => {
            api.store.scrub_work(&account.scrub()).await?
        }
        _ => None,
    };
    Ok(AccountView::of(account, work.as_deref()))
}
