//! The one place where requests go out and answers come back.

use super::AppClient;
use super::path::within_server;
use super::setback::{Deed, Trouble, is_suspended};
use crate::environment::{InstallationId, Setback};
use bytes::Bytes;
use http::header::{ACCEPT, LOCATION};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use octocrab::Octocrab;
use octocrab::models::InstallationId as OctocrabInstallation;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::error::Error;
use std::sync::{Arc, PoisonError};

/// What GitHub answers in when nothing else is asked for.
pub(super) const JSON: &str = "application/vnd.github+json";
/// Larger answers than this are not read. The largest that is wanted is a template of 1 MB.
const ANSWER_AT_MOST: usize = 8 * 1024 * 1024;
/// A renamed repository redirects once; twice if it was renamed again meanwhile.
const REDIRECTS_AT_MOST: usize = 3;

/// As whom a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The App itself.
    App,
    /// One of its installations.
    Installation(InstallationId),
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) deed: Deed,
    pub(super) voice: Voice,
    pub(super) method: Method,
    /// Path and query below the API's address.
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) accept: &'static str,
}

impl Call {
    /// A call that changes nothing.
    pub(super) fn read(name: &'static str, voice: Voice, path: String) -> Self {
        let deed = Deed {
            name,
            writes: false,
        };
        Self {
            deed,
            voice,
            method: Method::GET,
            path,
            body: None,
            accept: JSON,
        }
    }

    /// A call that changes something.
    pub(super) fn write(
        name: &'static str,
        voice: Voice,
        method: Method,
        path: String,
        body: Option<Value>,
    ) -> Self {
        let deed = Deed { name, writes: true };
        Self {
            deed,
            voice,
            method,
            path,
            body,
            accept: JSON,
        }
    }

    /// The same call, answered in another media type.
    pub(super) fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }
}

/// A call that succeeded.
pub(super) struct Answer {
    deed: Deed,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// The answer's fields that we read.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Setback> {
        serde_json::from_slice(&self.body).map_err(|error| {
            self.deed
                .lost(&format!("the answer cannot be read: {error}"))
        })
    }
}

impl AppClient {
    /// Makes one call and counts it.
    pub(super) async fn call(&self, call: &Call) -> Result<Answer, Trouble> {
        let answer = self.follow(call).await;
        let outcome = match &answer {
            Ok(_) => "ok",
            Err(Trouble::Missing(..)) => "missing",
            Err(Trouble::NoInstallation(_)) => "no_installation",
            Err(Trouble::Other(Setback::TryLater { .. })) => "later",
            Err(Trouble::Other(Setback::Refused { .. })) => "refused",
            Err(Trouble::Other(Setback::AnswerLost { .. })) => "lost",
        };
        metrics::counter!(
            "ebbtide_github_calls_total",
            "operation" => call.deed.name,
            "outcome" => outcome
        )
        .increment(1);
        answer
    }

    /// Makes a call and reads its fields.
    pub(super) async fn call_for<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Trouble> {
        let answer = self.call(call).await?;
        answer.json().map_err(Trouble::Other)
    }

    /// Octocrab follows redirects of calls without a body; those with one are repeated here, verbatim.
    async fn follow(&self, call: &Call) -> Result<Answer, Trouble> {
        let mut path = call.path.clone();
        for _ in 0..=REDIRECTS_AT_MOST {
            let (status, headers, body) = self.exchange(call, &path).await?;
            if status.is_success() {
                return Ok(Answer {
                    deed: call.deed,
                    headers,
                    body,
                });
            }
            match self.redirect(status, &headers) {
                Some(elsewhere) => path = elsewhere,
                None => {
                    return Err(call.deed.refused(status, &headers, &body, self.clock.now()));
                }
            }
        }
        Err(Trouble::Other(
            call.deed.lost("GitHub redirects in a circle"),
        ))
    }

    /// Where to repeat the call: on this server only, since the token goes with it.
    fn redirect(&self, status: StatusCode, headers: &HeaderMap) -> Option<String> {
        if !status.is_redirection() {
            return None;
        }
        let location = headers.get(LOCATION)?.to_str().ok()?;
        let url = self.api_url.join(location).ok()?;
        (url.origin() == self.api_url.origin()).then(|| within_server(&url))
    }

    /// One request and its answer, within the time.
    async fn exchange(
        &self,
        call: &Call,
        path: &str,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Trouble> {
        let octocrab = self.voice(call).await?;
        let request = Request::builder()
            .method(call.method.clone())
            .uri(path)
            .header(ACCEPT, call.accept);
        let request = octocrab
            .build_request(request, call.body.as_ref())
            .map_err(|error| Trouble::Other(Setback::refused(told(&error))))?;
        let exchange = async {
            let (parts, body) = octocrab.execute(request).await?.into_parts();
            let body = Limited::new(body, ANSWER_AT_MOST).collect().await;
            Ok((parts.status, parts.headers, body))
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Err(_) => Err(Trouble::Other(call.deed.lost(&self.too_slow()))),
            Ok(Err(error)) => Err(self.no_answer(call, &error)),
            Ok(Ok((status, headers, Ok(body)))) => Ok((status, headers, body.to_bytes())),
            Ok(Ok((_, _, Err(error)))) if error.is::<LengthLimitError>() => {
                Err(Trouble::Other(Setback::refused(format!(
                    "GitHub's answer to {} is larger than {} MiB",
                    call.deed.words(),
                    ANSWER_AT_MOST / (1024 * 1024)
                ))))
            }
            Ok(Ok((_, _, Err(error)))) => Err(Trouble::Other(call.deed.lost(&told(&*error)))),
        }
    }

    /// The client that speaks in this voice, with a token that is good for a while.
    async fn voice(&self, call: &Call) -> Result<Arc<Octocrab>, Trouble> {
        let Voice::Installation(id) = call.voice else {
            return Ok(Arc::clone(&self.app));
        };
        let octocrab = self.installation(id)?;
        // Asked for apart from the call, because a token that cannot be had means that the call was never made.
        let token = tokio::time::timeout(self.timeout, octocrab.installation_token()).await;
        match token {
            Ok(Ok(_)) => Ok(octocrab),
            Ok(Err(error)) => Err(self.no_token(id, &error)),
            Err(_) => Err(Trouble::Other(TOKEN.lost(&self.too_slow()))),
        }
    }

    fn installation(&self, id: InstallationId) -> Result<Arc<Octocrab>, Trouble> {
        let mut installations = self
            .installations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = installations.get(&id) {
            return Ok(Arc::clone(known));
        }
        let octocrab = self
            .app
            .installation(OctocrabInstallation(id.0))
            .map_err(|error| Trouble::Other(Setback::refused(told(&error))))?;
        let octocrab = Arc::new(octocrab);
        installations.insert(id, Arc::clone(&octocrab));
        Ok(octocrab)
    }

    /// No answer to a call, or none to the renewal of a token that GitHub would not take any more.
    fn no_answer(&self, call: &Call, error: &octocrab::Error) -> Trouble {
        match (error, call.voice) {
            (octocrab::Error::GitHub { .. }, Voice::Installation(id)) => self.no_token(id, error),
            _ if never_left(error) => Trouble::Other(Setback::later(format!(
                "{}: {}",
                call.deed.words(),
                told(error)
            ))),
            _ => Trouble::Other(call.deed.lost(&told(error))),
        }
    }

    fn no_token(&self, id: InstallationId, error: &octocrab::Error) -> Trouble {
        let octocrab::Error::GitHub { source, .. } = error else {
            return Trouble::Other(TOKEN.lost(&told(error)));
        };
        let headers = source.headers.clone().unwrap_or_default();
        let body = serde_json::json!({ "message": source.message }).to_string();
        let trouble = TOKEN.refused(
            source.status_code,
            &headers,
            body.as_bytes(),
            self.clock.now(),
        );
        let is_gone = match &trouble {
            Trouble::Missing(..) | Trouble::NoInstallation(_) => true,
            Trouble::Other(setback) => setback.is_refusal() && is_suspended(&source.message),
        };
        if !is_gone {
            return trouble;
        }
        self.installations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        Trouble::NoInstallation(Setback::refused(format!(
            "the App's installation {id} is gone or suspended: {}",
            source.message
        )))
    }

    fn too_slow(&self) -> String {
        format!("no answer within {} s", self.timeout.as_secs_f32())
    }
}

/// Getting a token: repeating it makes no difference to anybody.
const TOKEN: Deed = Deed {
    name: "create_installation_token",
    writes: false,
};

/// Whether nobody was there to take the request.
fn never_left(error: &octocrab::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    causes(error).any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                ConnectionRefused | HostUnreachable | NetworkUnreachable
            )
        })
    })
}

/// An error and its causes on one line, without what repeats.
fn told(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for cause in causes(error) {
        let words = cause.to_string();
        let words = words.lines().next().unwrap_or_default().trim();
        if words.is_empty() || line.contains(words) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(words);
    }
    line
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}
