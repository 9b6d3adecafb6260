//! `GET /api/v1/pool`.

use super::Api;
use super::auth::Reader;
use super::problem::{Problem, ProblemDetails};
use crate::environment::forecast::{Forecast, LOOKED_BACK, by_state, forecast};
use crate::environment::pool::{AfterUse, PoolRules};
use crate::environment::{Account, Alarm, alarms};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The pool as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolView {
    /// How many accounts stand in each state.
    pub accounts: BTreeMap<String, u64>,
    /// Accounts that can be lent now.
    pub free: u64,
    /// Accounts that will be free without anybody's doing: being made, emptied, or at rest.
    pub coming: u64,
    /// Accounts that may still be made.
    pub can_be_made: u64,
    /// Environments that wait for an account.
    pub waiting: u64,
    /// Accounts that were lent in the last 24 hours.
    pub lent_lately: u64,
    /// Accounts that were proven empty in the last 24 hours.
    pub proven_lately: u64,
    /// Seconds until nobody gets an account any more, if accounts go on being lent and coming back as in the last 24
    /// hours; `null` if at least as many come back, or it would take longer than 90 days.
    pub runway_seconds: Option<u64>,
    /// How it is to be, by configuration.
    pub rules: RulesView,
    /// What keeps several accounts from being emptied.
    pub alarms: Vec<AlarmView>,
}

/// How the pool is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RulesView {
    /// `pool.target_accounts`.
    pub target_accounts: u32,
    /// `pool.min_ready`.
    pub min_ready: u32,
    /// `pool.max_accounts`.
    pub max_accounts: u32,
    /// `pool.after_use`: `reuse`, `close` or `keep`.
    #[schema(example = "reuse")]
    pub after_use: String,
}

/// One reason why several accounts cannot be emptied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmView {
    /// `retention-locked`, `service-managed`, `denied`, `unlistable`, `comes back` or `refused`.
    #[schema(example = "retention-locked")]
    pub cause: String,
    /// The resource type.
    #[schema(example = "AWS::S3::Bucket")]
    pub type_name: String,
    /// The accounts, by the pool's own id.
    pub accounts: Vec<String>,
    /// How many repositories' environments they served last. Those get no account until an admin has looked; with
    /// three or more, nobody does.
    pub repositories: u64,
    /// One of the culprits, with AWS's words.
    pub example: String,
}

/// How many accounts there are, how long they last, and what is wrong with several of them.
#[utoipa::path(
    get,
    path = "/api/v1/pool",
    tag = "accounts",
    security(("token" = [])),
    responses(
        (status = 200, description = "The pool", body = PoolView),
        (status = 401, description = "No token, or an unknown one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn show(_reader: Reader, State(api): State<Api>) -> Result<Json<PoolView>, Problem> {
    let now = api.clock.now();
    let accounts = api.store.accounts().await?;
    let waiting = api.store.queue().await?.len();
    let traffic = api.store.traffic(now - LOOKED_BACK).await?;
    let forecast = forecast(&accounts, traffic, &api.pool, now);
    Ok(Json(PoolView::of(&accounts, waiting, &forecast, &api.pool)))
}

impl PoolView {
    fn of(accounts: &[Account], waiting: usize, forecast: &Forecast, rules: &PoolRules) -> Self {
        let states = by_state(accounts).into_iter();
        Self {
            accounts: states
                .map(|(state, count)| (state.as_str().to_owned(), count as u64))
                .collect(),
            free: forecast.free as u64,
            coming: forecast.coming as u64,
            can_be_made: forecast.can_be_made as u64,
            waiting: waiting as u64,
            lent_lately: forecast.traffic.lent,
            proven_lately: forecast.traffic.proven,
            runway_seconds: forecast
                .runway
                .and_then(|runway| u64::try_from(runway.num_seconds()).ok()),
            rules: RulesView {
                target_accounts: rules.target_accounts,
                min_ready: rules.min_ready,
                max_accounts: rules.max_accounts,
                after_use: match rules.after_use {
                    AfterUse::Reuse => "reuse",
                    AfterUse::Close => "close",
                    AfterUse::Keep => "keep",
                }
                .to_owned(),
            },
            alarms: alarms(accounts).iter().map(AlarmView::of).collect(),
        }
    }
}

impl AlarmView {
    fn of(alarm: &Alarm) -> Self {
        Self {
            cause: alarm.class.cause.as_str().to_owned(),
            type_name: alarm.class.type_name.clone(),
            accounts: alarm.accounts.iter().map(ToString::to_string).collect(),
            repositories: alarm.repositories.len() as u64,
            example: alarm.example.to_string(),
        }
    }
}
