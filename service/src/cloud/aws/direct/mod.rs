//! Calls to services that have no client of the SDK here, as data: a client for each would cost minutes of
//! every build for a handful of calls.
//!
//! - `services`: where a service is and how it speaks.
//! - `routes`: the calls of services that speak REST.
//! - `form`: input of the query API; `xml`: XML to JSON and back.
//! - `request`: a call as a signed HTTP request.
//! - `answer`: what came back.
//!
//! Nothing of a request or an answer is logged but the call's name.

mod answer;
mod form;
mod request;
mod routes;
mod services;
mod xml;

use super::call;
use super::connection::{Connection, Session};
use super::setback::{Failed, told};
use crate::cloud::{Call, Place};
use crate::environment::Setback;
use serde_json::Value;

/// What reads may be sent twice without a thought; whatever lasts longer is the caller's to wait for.
const READS: &[&str] = &["Describe", "List", "Get", "BatchGet"];

impl Connection {
    /// Calls a service and returns its answer as JSON.
    pub(super) async fn direct(&self, at: &Place, call: &Call) -> Result<Value, Failed> {
        let first = self.direct_once(at, call).await;
        let is_read = READS.iter().any(|read| call.operation.starts_with(read));
        match &first {
            Err(failed) if is_read && !matches!(failed.setback, Setback::Refused { .. }) => {
                self.direct_once(at, call).await
            }
            _ => first,
        }
    }

    async fn direct_once(&self, at: &Place, call: &Call) -> Result<Value, Failed> {
        let service = services::find(&call.service).ok_or_else(|| unknown(call))?;
        self.in_turn(at, service.name, async {
            let session = self.session(at).await?;
            self.direct_within(&session, at, call).await
        })
        .await
    }

    /// Calls a service within a session.
    pub(super) async fn direct_within(
        &self,
        session: &Session,
        at: &Place,
        call: &Call,
    ) -> Result<Value, Failed> {
        let service = services::find(&call.service).ok_or_else(|| unknown(call))?;
        let client = self.http.as_ref().map_err(|error| {
            Failed::unspoken(Setback::refused(format!(
                "cannot ask AWS for {}: no HTTP client: {error}",
                call.operation
            )))
        })?;
        let request = request::signed(
            service,
            call,
            at,
            self.endpoint(service.name),
            &session.credentials,
            self.options.clock.now(),
        )?;
        let sending = async {
            let answer = client.execute(request).await;
            let answer = answer.map_err(|error| unanswered(&call.operation, &error))?;
            answer::read(service, &call.operation, answer).await
        };
        call::answered(session.call(&call.operation, at), sending).await
    }
}

fn unknown(call: &Call) -> Failed {
    Failed::unspoken(Setback::refused(format!(
        "cannot ask AWS for {} of {}: how that is asked is not in service/src/cloud/aws/direct/",
        call.operation, call.service
    )))
}

fn unanswered(operation: &str, error: &reqwest::Error) -> Failed {
    let said = format!("{operation}: {}", told(error));
    Failed::unspoken(if error.is_connect() {
        Setback::later(said)
    } else {
        Setback::lost(said)
    })
}
