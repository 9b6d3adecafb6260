//! The service's doors: webhooks, the JSON API, the page behind a details link, health and metrics.
//!
//! One file per endpoint. In reading order:
//! - [`webhook`]: `POST /webhooks/github`.
//! - [`list_environments`], [`show_environment`], [`destroy_environment`], [`list_accounts`]: the JSON API.
//! - [`show_account`], [`list_certificates`], [`show_certificate`]: accounts and the proof that they are empty.
//! - [`show_pool`]: all accounts together, how long they last, and alarms.
//! - [`order_account`], [`stop_deletes`]: what admins may do about them. `reason`: why they do.
//! - [`environment_page`]: `GET /environments/{id}`, for people who come from GitHub.
//! - [`health`], [`metrics`]: for the machine that runs the service.
//! - [`auth`]: bearer tokens. [`views`], [`account_views`], [`certificate_views`]: what is answered. [`problem`]: how a request is refused.
//! - [`openapi`]: the description of all of it. [`file_schema`]: the JSON Schema of `.ebbtide.yml`. [`request_log`]: ids, log lines and counts of requests.

pub mod account_views;
pub mod auth;
pub mod certificate_views;
pub mod destroy_environment;
pub mod environment_page;
pub mod file_schema;
pub mod health;
pub mod list_accounts;
pub mod list_certificates;
pub mod list_environments;
pub mod metrics;
pub mod openapi;
pub mod order_account;
pub mod problem;
mod reason;
pub mod request_log;
pub mod show_account;
pub mod show_certificate;
pub mod show_environment;
pub mod show_pool;
pub mod stop_deletes;
pub mod views;
pub mod webhook;

use crate::clock::Clock;
use crate::environment::pool::PoolRules;
use crate::poke::Poke;
use crate::store::Store;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use problem::Problem;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests may go on once the service is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What the endpoints share.
#[derive(Clone)]
pub struct Api {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Tells when a delivery came.
    pub clock: Arc<dyn Clock>,
    /// Secrets of the webhook; any of them is accepted.
    pub webhook_secrets: Arc<[SecretString]>,
    /// How the pool is to be.
    pub pool: PoolRules,
    /// Wakes the reconciler.
    pub poke: Poke,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
}

/// Every endpoint.
pub fn router(api: Api) -> Router {
    Router::new()
        .route(
            "/webhooks/github",
            post(webhook::receive).layer(DefaultBodyLimit::max(webhook::BODY_LIMIT)),
        )
        .route("/api/v1/environments", get(list_environments::list))
        .route(
            "/api/v1/environments/{id}",
            get(show_environment::show).delete(destroy_environment::destroy),
        )
        .route("/api/v1/accounts", get(list_accounts::list))
        .route("/api/v1/accounts/{id}", get(show_account::show))
        .route(
            "/api/v1/accounts/{id}/certificates",
            get(list_certificates::list),
        )
        .route("/api/v1/accounts/{id}/retry", post(order_account::retry))
        .route(
            "/api/v1/accounts/{id}/quarantine",
            post(order_account::quarantine),
        )
        .route(
            "/api/v1/accounts/{id}/release",
            post(order_account::release),
        )
        .route("/api/v1/accounts/{id}/close", post(order_account::close))
        .route("/api/v1/pool", get(show_pool::show))
        .route("/api/v1/certificates/{id}", get(show_certificate::show))
        .route(
            "/api/v1/deletes/stop",
            get(stop_deletes::status)
                .post(stop_deletes::stop)
                .delete(stop_deletes::resume),
        )
        .route("/environments/{id}", get(environment_page::page))
        .route("/openapi.json", get(openapi::document))
        .route("/ebbtide.schema.json", get(file_schema::document))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route_layer(middleware::from_fn(request_log::count))
        .fallback(async || Problem::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn(problem::render))
        .layer(middleware::from_fn(request_log::log))
        .with_state(api)
}

/// Answers requests until `shutdown`, then lets those that are under way end.
pub async fn serve(
    listener: TcpListener,
    api: Api,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let stopping = shutdown.clone();
    let server = axum::serve(listener, router(api))
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .into_future();
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => return ended,
        () = stopping.cancelled() => {}
    }
    let ended = tokio::time::timeout(GRACE, server).await;
    ended.unwrap_or_else(|_| {
        tracing::warn!("requests were cut off after {}s of grace", GRACE.as_secs());
        Ok(())
    })
}
