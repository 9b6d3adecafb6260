//! Bearer tokens: who asks, and what they may do.

use super::Api;
use super::problem::Problem;
use crate::api_token::{self, Scope};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

/// Somebody whose token may look.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The token's name.
    pub name: String,
}

/// Somebody whose token may also change things.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The token's name.
    pub name: String,
}

impl FromRequestParts<Api> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let name = authorize(parts, api, Scope::Read).await?;
        Ok(Self { name })
    }
}

impl FromRequestParts<Api> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let name = authorize(parts, api, Scope::Write).await?;
        Ok(Self { name })
    }
}

/// The name of the request's token, if it may do what `needed` allows.
async fn authorize(parts: &Parts, api: &Api, needed: Scope) -> Result<String, Problem> {
    let Some(token) = bearer(parts) else {
        return Err(unauthorized(
            "an API token is needed: send it as \"Authorization: Bearer ebt_…\"",
            r#"Bearer realm="ebbtide""#,
        ));
    };
    let stored = api.store.token(&api_token::hash(token)).await?;
    let Some(stored) = stored else {
        return Err(unauthorized(
            "this API token is not known, it may have been revoked",
            r#"Bearer realm="ebbtide", error="invalid_token""#,
        ));
    };
    match stored.scope.parse::<Scope>() {
        Ok(scope) if scope >= needed => Ok(stored.name),
        _ => {
            let detail = format!("this API token may not do that, the scope {needed} is needed");
            Err(Problem::new(StatusCode::FORBIDDEN, detail)
                .with_challenge(r#"Bearer realm="ebbtide", error="insufficient_scope""#))
        }
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn unauthorized(detail: &str, challenge: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail).with_challenge(challenge)
}
