//! What the API answers, refusals in GitHub's words among it.

use serde_json::{Value, json};

/// Where every refusal points.
const DOCUMENTATION: &str = "https://docs.github.com/rest";
/// Where a refusal because of too many writes points.
const LIMITS: &str = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits";

/// The bytes of an answer.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Empty,
    Json(Value),
    /// Content and its type.
    Raw(Vec<u8>, String),
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Body,
    pub headers: Vec<(&'static str, String)>,
}

/// What an endpoint comes to; the error is an answer, too.
pub(super) type Reply = Result<Answer, Answer>;

impl Answer {
    pub fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Body::Json(body),
            headers: Vec::new(),
        }
    }

    pub fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    /// 201 with the address of what was made.
    pub fn created(body: Value) -> Self {
        let location = body["url"].as_str().unwrap_or_default().to_owned();
        Self::json(201, body).with("location", location)
    }

    pub fn no_content() -> Self {
        Self {
            status: 204,
            body: Body::Empty,
            headers: Vec::new(),
        }
    }

    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn refusal(status: u16, message: &str) -> Self {
        let body = json!({
            "message": message,
            "documentation_url": DOCUMENTATION,
            "status": status.to_string(),
        });
        Self::json(status, body)
    }

    pub fn not_found() -> Self {
        Self::missing("Not Found")
    }

    pub fn missing(message: &str) -> Self {
        Self::refusal(404, message)
    }

    pub fn unauthorized(message: &str) -> Self {
        Self::refusal(401, message)
    }

    pub fn suspended() -> Self {
        Self::refusal(403, "This installation has been suspended")
    }

    pub fn not_for_apps() -> Self {
        Self::refusal(403, "Resource not accessible by integration")
    }

    /// 422 with a sentence.
    pub fn unprocessable(message: &str) -> Self {
        Self::refusal(422, message)
    }

    /// 422 about one field.
    pub fn invalid(resource: &str, field: &str, code: &str, message: &str) -> Self {
        let mut error = json!({ "resource": resource, "field": field, "code": code });
        if !message.is_empty() {
            error["message"] = message.into();
        }
        let mut answer = Self::unprocessable("Validation Failed");
        if let Body::Json(body) = &mut answer.body {
            body["errors"] = json!([error]);
        }
        answer
    }

    /// Too many writes; `seconds` from now they are taken again.
    pub fn secondary_limit(seconds: u64) -> Self {
        let mut answer = Self::refusal(
            403,
            "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.",
        );
        if let Body::Json(body) = &mut answer.body {
            body["documentation_url"] = LIMITS.into();
        }
        answer.with("retry-after", seconds.to_string())
    }
}
