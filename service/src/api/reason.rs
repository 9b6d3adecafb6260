//! The reason that some requests have to give.

use super::account_views::ReasonGiven;
use super::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// The reason in a body, or the 400 that asks for one.
pub(super) fn given(body: Result<Json<ReasonGiven>, JsonRejection>) -> Result<String, Problem> {
    let Json(body) = body.map_err(|rejection| {
        let why = rejection.body_text();
        Problem::bad_request(format!(
            "a reason is needed, as JSON: {{\"reason\": \"…\"}}: {why}"
        ))
    })?;
    let reason = body.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        let detail = format!("the reason is to be 1 to {LONGEST} characters long");
        return Err(Problem::bad_request(detail));
    }
    Ok(reason.to_owned())
}
