//! Every call to AWS goes through [`call`]: one span, one count, one translation of what went wrong.

use super::setback::Failed;
use crate::cloud::Place;
use crate::environment::{AccountId, Setback};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tracing::Instrument;

use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

/// A call's name, and where it goes.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// The API's name for it: `CreateChangeSet`.
    pub(super) name: &'a str,
    account: &'a str,
    session: &'a str,
    /// Set when AWS says that the session is no good any more.
    ended: Option<&'a AtomicBool>,
}

impl<'a> Call<'a> {
    /// A call to Organizations that concerns no account in particular.
    pub(super) fn organization(name: &'a str) -> Self {
        Self {
            name,
            account: "",
            session: "",
            ended: None,
        }
    }

    /// A call to Organizations about one account.
    pub(super) fn about(name: &'a str, account: &'a AccountId) -> Self {
        Self {
            name,
            account: account.as_str(),
            session: "",
            ended: None,
        }
    }

    /// A call that opens a session in an account.
    pub(super) fn at(name: &'a str, at: &'a Place) -> Self {
        Self {
            name,
            account: at.account.as_str(),
            session: at.session.as_str(),
            ended: None,
        }
    }

    /// A call within a session in an account.
    pub(super) fn within(name: &'a str, at: &'a Place, ended: &'a AtomicBool) -> Self {
        Self {
            ended: Some(ended),
            ..Self::at(name, at)
        }
    }
}

/// Sends a call, counts it and translates its failure.
pub(super) fn call<'a, T, E>(
    call: Call<'a>,
    sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
) -> impl Future<Output = Result<T, Failed>> + Send + 'a
where
    T: Send + 'a,
    E: ProvideErrorMetadata + Error + Send + 'static,
{
    call_or(call, sending, |_| None)
}

/// Like [`call`], for errors whose code alone does not say what they mean.
pub(super) fn call_or<'a, T, E>(
    call: Call<'a>,
    sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    reading: impl FnOnce(&E) -> Option<Setback> + Send + 'a,
) -> impl Future<Output = Result<T, Failed>> + Send + 'a
where
    T: Send + 'a,
    E: ProvideErrorMetadata + Error + Send + 'static,
{
    // Boxed at once: the SDK's futures are large, and those of the callers would be larger.
    let sending = Box::pin(sending);
    answered(call, async move {
        sending.await.map_err(|error| {
            let mut failed = Failed::read(call.name, &error);
            if let Some(setback) = error.as_service_error().and_then(reading) {
                failed.setback = setback;
            }
            failed
        })
    })
}

/// Counts a call whose failure is translated already, and marks its session where AWS ended it.
pub(super) async fn answered<T>(
    call: Call<'_>,
    sending: impl Future<Output = Result<T, Failed>> + Send,
) -> Result<T, Failed> {
    let span = tracing::debug_span!(
        "aws",
        call = call.name,
        account = call.account,
        session = call.session
    );
    let mut result = sending.instrument(span.clone()).await;
    if let (Err(failed), Some(ended)) = (&mut result, call.ended)
        && failed.ends_session()
    {
        ended.store(true, Ordering::Relaxed);
        // The next call has a session of its own, for which none of this need hold.
        failed.passes();
    }
    span.in_scope(|| note(call.name, &result));
    result
}

fn note<T>(name: &str, result: &Result<T, Failed>) {
    let outcome = match result {
        Ok(_) => "ok",
        Err(failed) => match failed.setback {
            Setback::TryLater { .. } => "try_later",
            Setback::Refused { .. } => "refused",
            Setback::AnswerLost { .. } => "answer_lost",
        },
    };
    metrics::counter!("ebbtide_aws_calls_total", "call" => name.to_owned(), "outcome" => outcome)
        .increment(1);
    match result {
        Ok(_) => tracing::debug!(outcome, "answered"),
        Err(failed) => tracing::debug!(outcome, setback = %failed.setback, "failed"),
    }
}
