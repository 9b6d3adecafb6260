//! What came back: a result as JSON, or what went wrong.

use super::super::setback::{Failed, retry_after};
use super::services::{Protocol, Service};
use super::{unanswered, xml};
use serde_json::Value;

/// Reads an answer.
pub(super) async fn read(
    service: &Service,
    operation: &str,
    answer: reqwest::Response,
) -> Result<Value, Failed> {
    let status = answer.status().as_u16();
    let header = |name: &str| {
        let value = answer.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let after = retry_after(header("retry-after").as_deref());
    let kind = header("x-amzn-errortype");
    let succeeded = answer.status().is_success();
    let body = answer.bytes().await;
    let body = body.map_err(|error| unanswered(operation, &error))?;
    let text = String::from_utf8_lossy(&body);
    let is_json = matches!(service.protocol, Protocol::Json { .. } | Protocol::RestJson);
    if succeeded {
        let result = if text.trim().is_empty() {
            Ok(Value::Object(serde_json::Map::new()))
        } else if is_json {
            serde_json::from_str(&text).map_err(|error| error.to_string())
        } else {
            xml::answer(&text, operation)
        };
        return result.map_err(|told| Failed::unreadable(operation, &told, status, after));
    }
    let error = if is_json {
        json_error(&text, kind.as_deref())
    } else {
        xml::error(&text)
    };
    Err(match error {
        Some((code, message)) => {
            let message = match message.as_str() {
                "" => "AWS gave no reason",
                message => message,
            };
            Failed::answered(operation, &code, message, status, after)
        }
        None => Failed::unreadable(operation, "an error without a code", status, after),
    })
}

/// The code stands in the body or in a header, sometimes with a namespace before it or an address after it.
fn json_error(text: &str, kind: Option<&str>) -> Option<(String, String)> {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |names: &[&str]| {
        let found = names.iter().find_map(|name| body[name].as_str());
        found.map(str::to_owned)
    };
    let code = kind
        .map(str::to_owned)
        .or_else(|| field(&["__type", "code", "Code"]))?;
    let code = code.rsplit('#').next().unwrap_or(&code);
    let code = code.split(':').next().unwrap_or(code);
    let message = field(&["message", "Message", "errorMessage"]).unwrap_or_default();
    Some((code.to_owned(), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_freed_from_what_surrounds_them() {
        let said = |code: &str, words: &str| Some((code.to_owned(), words.to_owned()));
        assert_eq!(
            json_error(
                r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}"#,
                None
            ),
            said("AccessDeniedException", "no")
        );
        assert_eq!(
            json_error(
                r#"{"message":"gone"}"#,
                Some("ResourceNotFoundException:http://internal.amazon.com/")
            ),
            said("ResourceNotFoundException", "gone")
        );
        assert_eq!(json_error(r#"{"code":"X"}"#, None), said("X", ""));
        assert_eq!(json_error("<html>", None), None);
    }
}
