//! `GET /metrics`: counters and gauges in Prometheus's text format.
//!
//! [`METRICS`] is the list of all of them. They are counted where things happen; a test keeps list, code and
//! README together.

use super::Api;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, and starts again at zero with the process.
    Counter,
    /// It stands at a value.
    Gauge,
    /// A summary with quantiles, a sum and a count.
    Summary,
}

/// One metric, as `/metrics` and the README explain it.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is to Prometheus.
    pub kind: Kind,
    /// The labels it is told apart by.
    pub labels: &'static [&'static str],
    /// What it says.
    pub meaning: &'static str,
}

/// Every metric.
pub const METRICS: [Metric; 17] = [
    Metric {
        name: "ebbtide_deliveries_total",
        kind: Kind::Counter,
        labels: &["event"],
        meaning: "Webhook deliveries that were worked on",
    },
    Metric {
        name: "ebbtide_steps_total",
        kind: Kind::Counter,
        labels: &["step"],
        meaning: "Steps of environments that were taken",
    },
    Metric {
        name: "ebbtide_setbacks_total",
        kind: Kind::Counter,
        labels: &[],
        meaning: "Steps that failed and are tried again",
    },
    Metric {
        name: "ebbtide_repairs_total",
        kind: Kind::Counter,
        labels: &["kind"],
        meaning: "Differences that the slow period found between GitHub, AWS and the database",
    },
    Metric {
        name: "ebbtide_certificates_total",
        kind: Kind::Counter,
        labels: &[],
        meaning: "Accounts that were emptied and proven to be",
    },
    Metric {
        name: "ebbtide_quarantines_total",
        kind: Kind::Counter,
        labels: &[],
        meaning: "Accounts set aside because they could not be proven empty",
    },
    Metric {
        name: "ebbtide_closures_total",
        kind: Kind::Counter,
        labels: &[],
        meaning: "Accounts that were closed for good",
    },
    Metric {
        name: "ebbtide_accounts",
        kind: Kind::Gauge,
        labels: &["state"],
        meaning: "Accounts of the pool",
    },
    Metric {
        name: "ebbtide_queue_length",
        kind: Kind::Gauge,
        labels: &[],
        meaning: "Environments that wait for an account",
    },
    Metric {
        name: "ebbtide_pool_runway_seconds",
        kind: Kind::Gauge,
        labels: &[],
        meaning: "How long until nobody gets an account, if it goes on as in the last 24 hours; `+Inf` if it lasts",
    },
    Metric {
        name: "ebbtide_alarms",
        kind: Kind::Gauge,
        labels: &[],
        meaning: "Reasons for which more than one account cannot be emptied",
    },
    Metric {
        name: "ebbtide_last_sweep_timestamp_seconds",
        kind: Kind::Gauge,
        labels: &[],
        meaning: "When the slow period's last comparison ended, in seconds since 1970",
    },
    Metric {
        name: "ebbtide_guardrails_drifted",
        kind: Kind::Gauge,
        labels: &[],
        meaning: "Guardrails that the slow period found to differ from what is configured",
    },
    Metric {
        name: "ebbtide_aws_calls_total",
        kind: Kind::Counter,
        labels: &["call", "outcome"],
        meaning: "Calls to AWS",
    },
    Metric {
        name: "ebbtide_github_calls_total",
        kind: Kind::Counter,
        labels: &["operation", "outcome"],
        meaning: "Calls to GitHub",
    },
    Metric {
        name: "ebbtide_http_requests_total",
        kind: Kind::Counter,
        labels: &["method", "route", "status"],
        meaning: "Requests to this service",
    },
    Metric {
        name: "ebbtide_http_request_seconds",
        kind: Kind::Summary,
        labels: &["route"],
        meaning: "How long requests to this service took, in seconds",
    },
];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// The process's one recorder; the first call installs it.
pub fn recorder() -> PrometheusHandle {
    let install = || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed, /metrics stays empty");
        }
        describe();
        handle
    };
    HANDLE.get_or_init(install).clone()
}

fn describe() {
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.meaning),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.meaning),
            Kind::Summary => metrics::describe_histogram!(metric.name, metric.meaning),
        }
    }
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
