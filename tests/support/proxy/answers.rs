//! Answers in the words of AWS, which has three ways to write an error.

use bytes::Bytes;
use http_body_util::Full;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::json;

/// An answer in whole.
pub(super) type Answer = Response<Full<Bytes>>;

/// A body.
pub(super) fn whole(body: impl Into<Bytes>) -> Full<Bytes> {
    Full::new(body.into())
}

pub(super) fn throttled(asked: &Parts) -> Answer {
    let (status, code) = match way(asked) {
        Way::Json => (400, "TooManyRequestsException"),
        Way::Form => (400, "Throttling"),
        Way::S3 => (503, "SlowDown"),
    };
    let mut answer = error(asked, status, code, "Rate exceeded");
    answer
        .headers_mut()
        .insert("retry-after", hyper::header::HeaderValue::from_static("2"));
    answer
}

pub(super) fn server_error(asked: &Parts, status: u16) -> Answer {
    error(
        asked,
        status,
        "InternalFailure",
        "We encountered an internal error",
    )
}

pub(super) fn refused(asked: &Parts, code: &str, sentence: &str) -> Answer {
    error(asked, 400, code, sentence)
}

pub(super) fn still_creating(asked: &[u8]) -> Answer {
    let asked: serde_json::Value = serde_json::from_slice(asked).unwrap_or_default();
    let status = json!({"Id": asked["CreateAccountRequestId"], "State": "IN_PROGRESS"});
    let body = json!({ "CreateAccountStatus": status }).to_string();
    written(200, "application/x-amz-json-1.1", body)
}

pub(super) fn instead(asked: &Parts, body: String) -> Answer {
    let kind = match way(asked) {
        Way::Json => "application/x-amz-json-1.1",
        Way::Form | Way::S3 => "text/xml",
    };
    written(200, kind, body)
}

pub(super) fn garbled() -> Answer {
    written(
        200,
        "text/html",
        "<html>A captive portal says hello".to_owned(),
    )
}

enum Way {
    Json,
    Form,
    S3,
}

fn way(asked: &Parts) -> Way {
    let content = asked
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok());
    if asked.headers.contains_key("x-amz-target") {
        Way::Json
    } else if content.is_some_and(|content| content.contains("form-urlencoded")) {
        Way::Form
    } else {
        Way::S3
    }
}

fn error(asked: &Parts, status: u16, code: &str, sentence: &str) -> Answer {
    match way(asked) {
        Way::Json => {
            let body = json!({"__type": code, "message": sentence}).to_string();
            written(status, "application/x-amz-json-1.1", body)
        }
        Way::Form => {
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{sentence}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            );
            written(status, "text/xml", body)
        }
        Way::S3 => {
            let body = format!("<Error><Code>{code}</Code><Message>{sentence}</Message></Error>");
            written(status, "application/xml", body)
        }
    }
}

fn written(status: u16, kind: &'static str, body: String) -> Answer {
    let mut answer = Response::new(whole(body));
    *answer.status_mut() = StatusCode::from_u16(status).expect("an HTTP status");
    answer.headers_mut().insert(
        "content-type",
        hyper::header::HeaderValue::from_static(kind),
    );
    answer
}
