//! `POST /webhooks/github`: verifies a delivery, stores it, answers. The work is done by the reconciler.

use super::Api;
use super::problem::{Problem, ProblemDetails};
use crate::environment::DeliveryId;
use crate::store::{Delivery, Received};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use ebbtide_webhooks::{Event, signature};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest body GitHub sends, in bytes: 25 MB.
pub const BODY_LIMIT: usize = 25 * 1024 * 1024;

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// `X-GitHub-Delivery`.
    pub delivery: String,
    /// Whether it was kept.
    pub stored: Stored,
}

/// Whether a delivery was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stored {
    /// It is, and will be worked on.
    New,
    /// It was already.
    Repeated,
    /// It means nothing to this service.
    Ignored,
}

/// Takes a delivery of GitHub's. It is durable before the answer; a repeated one is done once.
#[utoipa::path(
    post,
    path = "/webhooks/github",
    tag = "webhooks",
    params(
        ("X-GitHub-Event" = String, Header, description = "The event's name"),
        ("X-GitHub-Delivery" = String, Header, description = "The delivery's id; a repeated one is done once"),
        ("X-Hub-Signature-256" = String, Header, description = "`sha256=` and the HMAC of the body"),
    ),
    request_body(content = serde_json::Value, description = "The payload, 25 MB at most"),
    responses(
        (status = 202, description = "Kept, or nothing to do", body = Answer),
        (status = 400, description = "A header or field is missing or wrong", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 401, description = "The signature does not fit", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not sent as JSON", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "It could not be kept; deliver it again", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn receive(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    verify(&api, &headers, &body)?;
    let event = required(&headers, "x-github-event")?;
    let delivery = required(&headers, "x-github-delivery")?;
    require_json(&headers)?;
    let understood =
        ebbtide_webhooks::parse(event, &body).map_err(|bad| Problem::bad_request(bad.message))?;
    let stored = if let Event::Ignored { .. } = understood {
        Stored::Ignored
    } else {
        store(&api, event, delivery, &body).await?
    };
    tracing::info!(delivery, event, ?stored, "delivery");
    let answer = Answer {
        delivery: delivery.to_owned(),
        stored,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn unreadable(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is too large, at most {BODY_LIMIT} bytes are taken"),
        ),
        status => Problem::new(status, "the body could not be read"),
    }
}

/// Refuses without a word on why: whoever guesses learns nothing.
fn verify(api: &Api, headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let secrets: Vec<&[u8]> = api
        .webhook_secrets
        .iter()
        .map(|secret| secret.expose_secret().as_bytes())
        .collect();
    let given = headers.get(signature::HEADER);
    let given = given.and_then(|value| value.to_str().ok());
    if signature::verify(&secrets, body, given) {
        Ok(())
    } else {
        Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized"))
    }
}

fn required<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str, Problem> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|value| (1..=200).contains(&value.len()))
        .ok_or_else(|| {
            let detail = format!("the header {name} is missing or not 1 to 200 characters");
            Problem::bad_request(detail)
        })
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(media_type) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    if media_type.as_bytes().starts_with(b"application/json") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "the body is not sent as JSON: set the webhook's content type to application/json",
    ))
}

async fn store(api: &Api, event: &str, delivery: &str, body: &[u8]) -> Result<Stored, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Problem::bad_request("the body is not valid UTF-8"))?;
    let delivery = Delivery {
        id: DeliveryId::new(delivery),
        event: event.to_owned(),
        body: text.to_owned(),
        received_at: api.clock.now(),
    };
    Ok(match api.store.receive(&delivery).await? {
        Received::New => {
            api.poke.poke();
            Stored::New
        }
        Received::Repeated => Stored::Repeated,
    })
}
