//! Reads a request: what it asks, and for which account.

use hyper::Method;
use hyper::http::request::Parts;

use std::collections::HashMap;

/// The API's name for what is asked.
pub(super) fn name(parts: &Parts, body: &[u8]) -> String {
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    if let Some(target) = target {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    field(body, "Action").unwrap_or_else(|| s3(parts))
}

/// What an S3 request with the bucket in its path does.
fn s3(parts: &Parts) -> String {
    let has_key = parts.uri.path().trim_matches('/').contains('/');
    let query = parts.uri.query().unwrap_or_default();
    let asks = |what: &str| {
        query
            .split('&')
            .any(|pair| pair.split('=').next() == Some(what))
    };
    match (&parts.method, has_key) {
        (&Method::PUT, false) if asks("publicAccessBlock") => "PutPublicAccessBlock",
        (&Method::PUT, false) => "CreateBucket",
        (&Method::PUT, true) => "PutObject",
        (&Method::GET, false) if asks("list-type") => "ListObjectsV2",
        (&Method::GET, false) if asks("versions") => "ListObjectVersions",
        (&Method::GET, false) if asks("uploads") => "ListMultipartUploads",
        (&Method::HEAD, false) => "HeadBucket",
        (&Method::DELETE, true) if asks("uploadId") => "AbortMultipartUpload",
        (&Method::GET, true) => "GetObject",
        (&Method::POST, false) if asks("delete") => "DeleteObjects",
        (&Method::DELETE, false) => "DeleteBucket",
        (&Method::DELETE, true) => "DeleteObject",
        _ => return format!("{} {}", parts.method, parts.uri),
    }
    .to_owned()
}

/// The account a request is about: of its session, or named in it.
pub(super) fn account(
    parts: &Parts,
    body: &[u8],
    sessions: &HashMap<String, String>,
) -> Option<String> {
    let authorization = parts.headers.get("authorization")?.to_str().ok()?;
    let key = between(authorization, "Credential=", "/")?;
    if let Some(account) = sessions.get(key) {
        return Some(account.clone());
    }
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let named = ["AccountId", "ChildId", "ResourceId"]
        .iter()
        .find_map(|field| json[field].as_str().map(str::to_owned));
    let role = field(body, "RoleArn").and_then(|arn| arn.split(':').nth(4).map(str::to_owned));
    named.or(role)
}

/// The key and the account of the session that an answer of `AssumeRole` opens.
pub(super) fn session(answer: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(answer);
    let key = between(&text, "<AccessKeyId>", "</AccessKeyId>")?;
    let account = between(&text, "arn:aws:sts::", ":")?;
    Some((key.to_owned(), account.to_owned()))
}

/// A field of a form.
pub(super) fn field(body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(body)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A form.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// The first text between two others.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
