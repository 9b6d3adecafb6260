//! What GitHub's errors mean: the one place where they become a [`Setback`].

use crate::environment::Setback;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// GitHub asks for at least a minute where it does not say how long.
const UNSAID_WAIT: Duration = Duration::from_mins(1);
/// Nobody is made to wait longer than this, whatever a header says.
const LONGEST_WAIT: Duration = Duration::from_hours(2);
/// Where GitHub says which permissions a call takes, for example `checks=write`.
const ACCEPTED_PERMISSIONS: &str = "x-accepted-github-permissions";
/// Characters of GitHub's message that a sentence repeats.
const MESSAGE_AT_MOST: usize = 300;

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// 404 or 410, with GitHub's message.
    Missing(Setback, String),
    /// The installation is gone or suspended.
    NoInstallation(Setback),
    /// Anything else.
    Other(Setback),
}

impl From<Trouble> for Setback {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Missing(setback, _)
            | Trouble::NoInstallation(setback)
            | Trouble::Other(setback) => setback,
        }
    }
}

/// What a call does, for the sentences and for what a lost answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deed {
    /// A verb and what it is done to, for example `read_pull_request`: the metric's label.
    pub(super) name: &'static str,
    /// Whether doing it twice makes a difference.
    pub(super) writes: bool,
}

impl Deed {
    /// The name as it stands in a sentence.
    pub(super) fn words(self) -> String {
        self.name.replace('_', " ")
    }

    /// No answer came.
    pub(super) fn lost(self, cause: &str) -> Setback {
        let cause = format!("{}: {cause}", self.words());
        if self.writes {
            Setback::lost(cause)
        } else {
            Setback::later(cause)
        }
    }

    /// GitHub answered with an error.
    pub(super) fn refused(
        self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Trouble {
        let message = message(status, body);
        let words = self.words();
        if let Some(after) = wait_asked_for(status, headers, &message, now) {
            return Trouble::Other(Setback::TryLater {
                after: Some(after),
                cause: format!("{words}: {message} (HTTP {})", status.as_u16()),
            });
        }
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            return Trouble::Other(self.lost(&format!("{message} (HTTP {})", status.as_u16())));
        }
        let advice = advice(status, headers, &message);
        let setback = Setback::refused(format!(
            "GitHub refused to {words}: {message} (HTTP {}){advice}",
            status.as_u16()
        ));
        match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => Trouble::Missing(setback, message),
            // A token that was still good when the installation was suspended.
            StatusCode::FORBIDDEN if is_suspended(&message) => Trouble::NoInstallation(setback),
            _ => Trouble::Other(setback),
        }
    }
}

/// Whether GitHub speaks of a suspended installation.
pub(super) fn is_suspended(message: &str) -> bool {
    message.to_lowercase().contains("suspended")
}

/// How long GitHub asks to wait, if it was a limit that was hit.
fn wait_asked_for(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    now: DateTime<Utc>,
) -> Option<Duration> {
    let number =
        |name: &str| -> Option<i64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    let seconds = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let is_limit = matches!(
        status,
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
    );
    let wait = match number("retry-after") {
        Some(after) if is_limit || status.is_server_error() && after > 0 => {
            // A server error with a date to come back by has had no effect only if it says 503.
            if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
                return None;
            }
            seconds(after)
        }
        _ if !is_limit => return None,
        _ if number("x-ratelimit-remaining") == Some(0) => match number("x-ratelimit-reset") {
            // A second more, because the reset is told in whole seconds.
            Some(reset) => seconds(reset.saturating_sub(now.timestamp()).saturating_add(1)),
            None => UNSAID_WAIT,
        },
        _ if status == StatusCode::TOO_MANY_REQUESTS => UNSAID_WAIT,
        _ if message.to_lowercase().contains("rate limit") => UNSAID_WAIT,
        _ => return None,
    };
    Some(wait.min(LONGEST_WAIT))
}

/// How to mend it, where that is known.
fn advice(status: StatusCode, headers: &HeaderMap, message: &str) -> String {
    match status {
        StatusCode::UNAUTHORIZED => {
            "; check github.app_id, github.private_key and the machine's clock".to_owned()
        }
        StatusCode::FORBIDDEN if message.contains("not accessible by integration") => {
            let asked_for = headers.get(ACCEPTED_PERMISSIONS);
            let asked_for = asked_for.and_then(|value| value.to_str().ok());
            let which = asked_for.map(|permissions| format!(" ({permissions})"));
            format!(
                "; the App lacks a permission{}, compare its settings with the README, and have the installation's \
                 owner accept the change",
                which.unwrap_or_default()
            )
        }
        _ => String::new(),
    }
}

/// GitHub's own words, on one line.
fn message(status: StatusCode, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        message: Option<String>,
        #[serde(default)]
        errors: Value,
    }
    let said = serde_json::from_slice::<Said>(body).ok();
    let mut message = said
        .as_ref()
        .and_then(|said| said.message.clone())
        .or_else(|| status.canonical_reason().map(str::to_owned))
        .unwrap_or_else(|| "no reason given".to_owned());
    let errors = said.as_ref().and_then(|said| said.errors.as_array());
    for error in errors.into_iter().flatten().take(5) {
        let field = |name: &str| error.get(name).and_then(Value::as_str);
        let detail = match (
            error.as_str(),
            field("message"),
            field("field"),
            field("code"),
        ) {
            (Some(text), ..) | (None, Some(text), ..) => text.to_owned(),
            (None, None, Some(field), Some(code)) => format!("{field} is {code}"),
            _ => continue,
        };
        message = format!("{message}; {detail}");
    }
    let line: Vec<&str> = message
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    line.join(" ").chars().take(MESSAGE_AT_MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_debug_snapshot;

    const READ: Deed = Deed {
        name: "read_pull_request",
        writes: false,
    };
    const WRITE: Deed = Deed {
        name: "create_comment",
        writes: true,
    };

    fn judged(deed: Deed, status: u16, headers: &[(&'static str, &str)], body: &str) -> Trouble {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        deed.refused(
            StatusCode::from_u16(status).unwrap(),
            &map,
            body.as_bytes(),
            now,
        )
    }

    fn waits(status: u16, headers: &[(&'static str, &str)], body: &str) -> Option<u64> {
        match judged(WRITE, status, headers, body).into() {
            Setback::TryLater { after, .. } => Some(after.expect("a time to wait").as_secs()),
            Setback::Refused { .. } | Setback::AnswerLost { .. } => None,
        }
    }

    #[test]
    fn limits_say_when_to_come_back() {
        assert_eq!(waits(403, &[("retry-after", "17")], ""), Some(17));
        assert_eq!(waits(429, &[], ""), Some(60));
        assert_eq!(waits(429, &[("retry-after", "99999999")], ""), Some(7_200));
        let exhausted = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1030"),
        ];
        assert_eq!(waits(403, &exhausted, ""), Some(31));
        let past = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "900")];
        assert_eq!(waits(403, &past, ""), Some(0));
        let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(
            waits(403, &[("x-ratelimit-remaining", "12")], secondary),
            Some(60)
        );
        assert_eq!(waits(503, &[("retry-after", "5")], ""), Some(5));
    }

    #[test]
    fn other_refusals_do_not_ask_to_wait() {
        assert_eq!(waits(403, &[("x-ratelimit-remaining", "12")], ""), None);
        assert_eq!(waits(422, &[], ""), None);
        assert_eq!(waits(502, &[("retry-after", "5")], ""), None);
    }

    #[test]
    fn a_server_error_may_have_had_an_effect() {
        assert_debug_snapshot!(judged(READ, 502, &[], "<html>"), @r#"
        Other(
            TryLater {
                after: None,
                cause: "read pull request: Bad Gateway (HTTP 502)",
            },
        )
        "#);
        assert_debug_snapshot!(judged(WRITE, 502, &[], "<html>"), @r#"
        Other(
            AnswerLost {
                cause: "create comment: Bad Gateway (HTTP 502)",
            },
        )
        "#);
    }

    #[test]
    fn refusals_say_what_and_how_to_mend_it() {
        assert_debug_snapshot!(judged(WRITE, 403, &[], r#"{"message":"Resource not accessible by integration"}"#), @r#"
        Other(
            Refused {
                sentence: "GitHub refused to create comment: Resource not accessible by integration (HTTP 403); the App lacks a permission, compare its settings with the README, and have the installation's owner accept the change",
            },
        )
        "#);
        let accepted = [(ACCEPTED_PERMISSIONS, "checks=write")];
        assert_debug_snapshot!(judged(WRITE, 403, &accepted, r#"{"message":"Resource not accessible by integration"}"#), @r#"
        Other(
            Refused {
                sentence: "GitHub refused to create comment: Resource not accessible by integration (HTTP 403); the App lacks a permission (checks=write), compare its settings with the README, and have the installation's owner accept the change",
            },
        )
        "#);
        assert_debug_snapshot!(judged(READ, 401, &[], r#"{"message":"Bad credentials"}"#), @r#"
        Other(
            Refused {
                sentence: "GitHub refused to read pull request: Bad credentials (HTTP 401); check github.app_id, github.private_key and the machine's clock",
            },
        )
        "#);
        assert_debug_snapshot!(
            judged(WRITE, 422, &[], "{\"message\":\"Validation\\nFailed\",\"errors\":[{\"message\":\"body is too long\"},{\"field\":\"ref\",\"code\":\"missing\"},\"odd\",7]}"),
            @r#"
        Other(
            Refused {
                sentence: "GitHub refused to create comment: Validation Failed; body is too long; ref is missing; odd (HTTP 422)",
            },
        )
        "#
        );
        assert_debug_snapshot!(judged(READ, 404, &[], r#"{"message":"Not Found"}"#), @r#"
        Missing(
            Refused {
                sentence: "GitHub refused to read pull request: Not Found (HTTP 404)",
            },
            "Not Found",
        )
        "#);
        assert_debug_snapshot!(judged(READ, 403, &[], r#"{"message":"This installation has been suspended"}"#), @r#"
        NoInstallation(
            Refused {
                sentence: "GitHub refused to read pull request: This installation has been suspended (HTTP 403)",
            },
        )
        "#);
    }
}
