//! What each error of the AWS SDK means for what happens next. Nothing else decides that.

use crate::environment::Setback;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use std::error::Error;
use std::io;
use std::time::Duration;

/// Codes that say "too many at a time". Each service has its own spelling.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "PriorRequestNotComplete",
];

/// Codes that say "not now" for other reasons.
const LATER: &[&str] = &[
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "InternalFailure",
    "InternalError",
    // Organizations: somebody else is changing it, or it is still being set up.
    "ConcurrentModification",
    "ConcurrentModificationException",
    "FinalizingOrganizationException",
    // CloudFormation and S3: another operation has to end first.
    "OperationInProgressException",
    "OperationAborted",
    // A new account whose subscription to the service has not arrived there yet.
    "NotSignedUp",
    "OptInRequired",
    "SubscriptionRequiredException",
    // A session that ran out between the cache and the call; the next one is fresh.
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    // Cloud Control: the service behind it, or another request for the same resource.
    "ServiceInternalErrorException",
    "NetworkFailureException",
    "HandlerInternalFailureException",
    "ConcurrentOperationException",
];

/// Codes that say that the session is over, or was never known.
const ENDED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "RequestExpired",
    "UnrecognizedClientException",
];

/// A failed call: what it means, and what AWS called it, for the few callers that know better.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) setback: Setback,
    code: String,
    message: String,
    server_fault: bool,
    /// Where the bucket is that was asked for in another region.
    pub(super) bucket_region: Option<String>,
}

impl Failed {
    /// Reads an error of the SDK. `call` is the API's name for what was asked.
    pub(super) fn read<E>(call: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(answer) => {
                let status = answer.raw().status().as_u16();
                let after = retry_after(answer.raw().headers().get("retry-after"));
                let read = match answer.err().code() {
                    Some(code) => {
                        let message = answer.err().message().unwrap_or("AWS gave no reason");
                        Self::answered(call, code, message, status, after)
                    }
                    None => Self::unreadable(call, &told(error), status, after),
                };
                let region = answer.raw().headers().get("x-amz-bucket-region");
                Self {
                    bucket_region: region.map(str::to_owned),
                    ..read
                }
            }
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => {
                Self::unspoken(undelivered(call, error))
            }
            // The request was sent, or may have been.
            _ => Self::unspoken(Setback::lost(format!("{call}: {}", told(error)))),
        }
    }

    /// What an answer with an error code means. `after` is how long it asks us to wait.
    pub(super) fn answered(
        call: &str,
        code: &str,
        message: &str,
        status: u16,
        after: Option<Duration>,
    ) -> Self {
        let setback = if status >= 500 || status == 429 || waits(code, message) {
            Setback::TryLater {
                after,
                cause: format!("{call}: {message} ({code}, HTTP {status})"),
            }
        } else {
            Setback::refused(format!("AWS refused {call}: {message} ({code})"))
        };
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            server_fault: status >= 500,
            ..Self::unspoken(setback)
        }
    }

    /// An answer without an error code: a proxy's page, half a body. What AWS did is not known, unless the
    /// status says that it did nothing.
    pub(super) fn unreadable(call: &str, told: &str, status: u16, after: Option<Duration>) -> Self {
        let said = format!("{call}: HTTP {status}: {told}");
        let setback = if status >= 500 || status == 429 {
            Setback::TryLater { after, cause: said }
        } else {
            Setback::lost(said)
        };
        Self {
            server_fault: status >= 500,
            ..Self::unspoken(setback)
        }
    }

    /// A setback that AWS said nothing about.
    pub(super) fn unspoken(setback: Setback) -> Self {
        Self {
            setback,
            code: String::new(),
            message: String::new(),
            server_fault: false,
            bucket_region: None,
        }
    }

    /// AWS's code; empty where AWS said nothing.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// AWS's words.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Whether we asked too often, in the words of the service or of one that it asked for us.
    pub(super) fn is_throttled(&self) -> bool {
        self.is_any(THROTTLED)
            || self.says("HandlerErrorCode: Throttling")
            || self.says("Rate exceeded")
    }

    /// Takes a refusal for one that time mends.
    pub(super) fn passes(&mut self) {
        if let Setback::Refused { sentence } = &self.setback {
            self.setback = Setback::later(sentence.clone());
        }
    }

    /// Whether the session is of no use any more: it ran out, or was revoked by a policy on the role.
    pub(super) fn ends_session(&self) -> bool {
        self.is_any(ENDED) || self.says("with an explicit deny in an identity-based policy")
    }

    /// Whether AWS answered with one of these codes.
    pub(super) fn is_any(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }

    /// Whether AWS's sentence contains this.
    pub(super) fn says(&self, part: &str) -> bool {
        self.message.contains(part)
    }

    /// Whether the stack or change set is not there: CloudFormation has no code of its own for stacks.
    pub(super) fn is_absent(&self) -> bool {
        self.is_any(&["ChangeSetNotFound", "ChangeSetNotFoundException"])
            || (self.code == "ValidationError" && self.says("does not exist"))
    }

    /// For a call without an idempotency token: a server's fault may have come after the effect.
    pub(super) fn uncertain(self) -> Setback {
        match self.setback {
            Setback::TryLater { cause, .. } if self.server_fault => Setback::lost(cause),
            other => other,
        }
    }
}

impl From<Failed> for Setback {
    fn from(failed: Failed) -> Self {
        failed.setback
    }
}

/// Whether time alone mends it. CloudFormation refuses what collides with a running operation as a
/// `ValidationError` that names the stack's status; that operation ends by itself.
fn waits(code: &str, message: &str) -> bool {
    THROTTLED.contains(&code)
        || LATER.contains(&code)
        || (code == "ValidationError" && message.contains("_IN_PROGRESS"))
}

/// An error and its causes on one line, for people: without what repeats, and without the SDK's innards.
pub(super) fn told(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !line.contains(&words) {
            line = format!("{line}: {words}");
        }
        next = cause.source();
    }
    line
}

/// HTTP's own header; the form with a date is not used by AWS.
pub(super) fn retry_after(header: Option<&str>) -> Option<Duration> {
    let seconds = header?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// No answer came. It is harmless only where the request cannot have left.
fn undelivered<E>(call: &str, error: &SdkError<E, HttpResponse>) -> Setback
where
    E: Error + 'static,
{
    let said = format!("{call}: {}", told(error));
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(current) = cause {
        if let Some(credentials) = current.downcast_ref::<CredentialsError>() {
            return without_credentials(call, credentials, said);
        }
        if never_connected(current) {
            return Setback::later(said);
        }
        cause = current.source();
    }
    match error {
        SdkError::ConstructionFailure(_) => Setback::refused(format!("cannot ask AWS for {said}")),
        _ => Setback::lost(said),
    }
}

fn without_credentials(call: &str, error: &CredentialsError, said: String) -> Setback {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Setback::refused(format!(
            "cannot ask AWS for {call}: no credentials found; set AWS_PROFILE, the AWS_ACCESS_KEY_ID pair, or run with a role"
        )),
        CredentialsError::InvalidConfiguration(_) => Setback::refused(format!(
            "cannot ask AWS for {call}: the credentials' configuration is invalid: {}",
            told(error)
        )),
        _ => Setback::later(said),
    }
}

fn never_connected(cause: &(dyn Error + 'static)) -> bool {
    if let Some(io) = cause.downcast_ref::<io::Error>() {
        return matches!(
            io.kind(),
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::AddrNotAvailable
        );
    }
    // The HTTP client's own words for "while connecting": name resolution, TCP, TLS, and its timeout.
    let words = cause.to_string();
    words.contains("client error (Connect)") || words.contains("HTTP connect timeout")
}
