//! `GET /metrics`: counters and gauges in Prometheus's text format.

use super::Api;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// The process's one recorder; the first call installs it.
pub fn recorder() -> PrometheusHandle {
    let install = || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed, /metrics stays empty");
        }
        handle
    };
    HANDLE.get_or_init(install).clone()
}

/// Everything that was counted.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    responses((status = 200, description = "In Prometheus's text format", body = String, content_type = "text/plain"))
)]
pub async fn show(State(api): State<Api>) -> impl IntoResponse {
    api.metrics.run_upkeep();
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type)], api.metrics.render())
}
