//! How a request is refused: RFC 9457 problem details, for every refusal of the router alike.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal on its way out; [`render`] adds where it happened.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    challenge: Option<&'static str>,
}

/// Problem details as they are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemDetails {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status as a number.
    pub status: u16,
    /// What is wrong with this request, and how to mend it.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
}

impl Problem {
    /// A refusal with this status and sentence.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            challenge: None,
        }
    }

    /// With the `WWW-Authenticate` that says what is asked for.
    #[must_use]
    pub fn with_challenge(self, challenge: &'static str) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    /// 400.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        let detail =
            "this address does not take that method, the Allow header names those it takes";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    /// 503: the store did not do it. The cause is for the log only.
    pub fn unavailable(error: &crate::store::StoreError) -> Self {
        tracing::error!(error = %error, "the store failed a request");
        let detail = "the database does not answer, try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

impl From<crate::store::StoreError> for Problem {
    fn from(error: crate::store::StoreError) -> Self {
        Self::unavailable(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(challenge) = self.challenge {
            let value = HeaderValue::from_static(challenge);
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every refusal its body, also those that the router makes by itself.
pub async fn render(request: Request, next: Next) -> Response {
    let instance = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_page(&response) {
        return response;
    }
    let detail = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem.detail,
        None => status.canonical_reason().unwrap_or_default().to_lowercase(),
    };
    let details = ProblemDetails {
        kind: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        detail,
        instance,
    };
    let mut headers = response.headers().clone();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    // The headers come last: they name another media type than plain JSON.
    let mut rendered = (status, Json(details)).into_response();
    rendered.headers_mut().remove(header::CONTENT_TYPE);
    rendered.headers_mut().extend(headers);
    rendered
}

fn is_page(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}
