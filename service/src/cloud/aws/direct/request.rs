//! A call as a signed HTTP request.

use super::super::setback::Failed;
use super::routes::{self, Rest, Route};
use super::services::{Protocol, Service};
use super::{form, unknown, xml};
use crate::cloud::{Call, Place};
use crate::environment::Setback;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use chrono::{DateTime, Utc};
use http::request::Builder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use std::error::Error;
use std::time::SystemTime;

/// What AWS leaves as it is in a path or query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The request of a call. `endpoint` stands for AWS's own address where it is set.
pub(super) fn signed(
    service: &Service,
    call: &Call,
    at: &Place,
    endpoint: Option<&str>,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<reqwest::Request, Failed> {
    let base = match endpoint {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!(
            "https://{}",
            service.host(&at.region, at.account.as_str()).0
        ),
    };
    let region = service.signing_region(&at.region);
    let request = unsigned(service, call, at, &base)?;
    sealed(request, service, &region, credentials, now)
        .map_err(|error| refused(call, &error.to_string()))
}

fn refused(call: &Call, why: &str) -> Failed {
    Failed::unspoken(Setback::refused(format!(
        "cannot ask AWS for {} of {}: {why}",
        call.operation, call.service
    )))
}

fn unsigned(
    service: &Service,
    call: &Call,
    at: &Place,
    base: &str,
) -> Result<http::Request<Vec<u8>>, Failed> {
    let empty = Map::new();
    let input = match &call.input {
        Value::Null => &empty,
        Value::Object(input) => input,
        _ => return Err(refused(call, "its input is no object")),
    };
    let building = http::Request::builder();
    let built = match service.protocol {
        Protocol::Json { version, target } => building
            .method("POST")
            .uri(format!("{base}/"))
            .header("content-type", format!("application/x-amz-json-{version}"))
            .header("x-amz-target", format!("{target}.{}", call.operation))
            .body(Value::Object(input.clone()).to_string().into_bytes()),
        Protocol::Query { version } => building
            .method("POST")
            .uri(format!("{base}/"))
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(form::written(&call.operation, version, &call.input).into_bytes()),
        Protocol::RestJson | Protocol::RestXml => {
            let route = routes::find(service.name, &call.operation).ok_or_else(|| unknown(call))?;
            let (path, rest) = placed(route, input).map_err(|missing| refused(call, &missing))?;
            rest_request(building, route, at, &format!("{base}{path}"), rest)
        }
    };
    built.map_err(|error| refused(call, &error.to_string()))
}

/// The path with its values, and the input that is left.
fn placed(
    route: &Route,
    input: &Map<String, Value>,
) -> Result<(String, Map<String, Value>), String> {
    let mut rest = input.clone();
    let mut path = String::new();
    let mut left = route.path;
    while let Some((before, after)) = left.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = match rest.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => text,
            Some(Value::Number(number)) => number.to_string(),
            _ => return Err(format!("it needs {name}")),
        };
        // Route 53 gives ids as `/hostedzone/Z1` and takes them as `Z1`.
        let short = ["/hostedzone/", "/delegationset/"]
            .iter()
            .find_map(|kind| value.strip_prefix(kind));
        let value = short.unwrap_or(&value);
        path.push_str(before);
        path.extend(utf8_percent_encode(value, ENCODED));
        left = after;
    }
    path.push_str(left);
    Ok((path, rest))
}

fn rest_request(
    building: Builder,
    route: &Route,
    at: &Place,
    url: &str,
    rest: Map<String, Value>,
) -> http::Result<http::Request<Vec<u8>>> {
    let building = building.method(route.method);
    match route.rest {
        Rest::Query(named) => building.uri(queried(url, &rest, named)).body(Vec::new()),
        Rest::Json => building
            .uri(url)
            .header("content-type", "application/json")
            .body(Value::Object(rest).to_string().into_bytes()),
        Rest::Xml(name, namespace) => building
            .uri(url)
            .header("content-type", "application/xml")
            .body(xml::written(name, namespace, &Value::Object(rest)).into_bytes()),
        Rest::Account => building
            .uri(url)
            .header("x-amz-account-id", at.account.as_str())
            .body(Vec::new()),
    }
}

fn queried(url: &str, input: &Map<String, Value>, named: fn(&str) -> String) -> String {
    let pairs = input.iter().filter_map(|(name, value)| {
        let value = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let value = utf8_percent_encode(&value, ENCODED);
        Some(format!("{}={value}", named(name)))
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    if query.is_empty() {
        url.to_owned()
    } else {
        format!("{url}?{query}")
    }
}

fn sealed(
    mut request: http::Request<Vec<u8>>,
    service: &Service,
    region: &str,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<reqwest::Request, Box<dyn Error + Send + Sync>> {
    let mut settings = SigningSettings::default();
    if service.signing == "s3" {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = Identity::from(credentials.clone());
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service.signing)
        .time(SystemTime::from(now))
        .settings(settings)
        .build()?
        .into();
    let url = request.uri().to_string();
    let mut headers = Vec::new();
    for (name, value) in request.headers() {
        headers.push((name.as_str(), value.to_str()?));
    }
    let signable = SignableRequest::new(
        request.method().as_str(),
        url.as_str(),
        headers.into_iter(),
        SignableBody::Bytes(request.body()),
    )?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(reqwest::Request::try_from(request)?)
}

#[cfg(test)]
mod tests {
    use super::super::services;
    use super::*;
    use crate::environment::{AccountId, Region, SessionName};
    use serde_json::json;

    /// The request of a call in a known place, at a known time and with known credentials.
    fn request(service: &str, operation: &str, input: Value) -> reqwest::Request {
        let at = Place {
            account: AccountId::new("111122223333"),
            region: Region::new("eu-central-1"),
            session: SessionName::new("sweep"),
        };
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            Some("token".to_owned()),
            None,
            "test",
        );
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let call = Call::new(service, operation, input);
        let service = services::find(service).unwrap();
        signed(service, &call, &at, None, &credentials, now).unwrap()
    }

    fn signature(request: &reqwest::Request) -> String {
        let header = request.headers()["authorization"].to_str().unwrap();
        header.rsplit('=').next().unwrap().to_owned()
    }

    /// The signatures are those that AWS's SDK for Python makes for the same requests.
    #[test]
    fn signatures_are_those_of_another_sdk() {
        let keys = request("kms", "ListKeys", Value::Null);
        assert_eq!(
            keys.url().as_str(),
            "https://kms.eu-central-1.amazonaws.com/"
        );
        assert_eq!(
            signature(&keys),
            "ae99ebec0d91e693cf6ef8a49bae1480b5ddd130a8b71f30e8e447d560c2443c"
        );
        let vpcs = request(
            "ec2",
            "DescribeVpcs",
            json!({"Filter": [{"Name": "tag:a"}]}),
        );
        assert_eq!(
            signature(&vpcs),
            "a88cce62e44e9e84dd92aed9e90479077a47ff8e5ffddf13b5a8cedc82c077dc"
        );
        let point = json!({
            "BackupVaultName": "one vault",
            "RecoveryPointArn": "arn:aws:ec2:eu-central-1::snapshot/snap-1"
        });
        let point = request("backup", "DeleteRecoveryPoint", point);
        assert_eq!(
            point.url().path(),
            "/backup-vaults/one%20vault/recovery-points/arn%3Aaws%3Aec2%3Aeu-central-1%3A%3Asnapshot%2Fsnap-1"
        );
        assert_eq!(
            signature(&point),
            "309d1eee434b213edc105df105d4151697cc1b9f19b288cacbd3e28c64824028"
        );
        let vaults = json!({"NextToken": "a/b+=", "ByResourceArn": "x y"});
        let vaults = request("backup", "ListBackupVaults", vaults);
        assert_eq!(
            signature(&vaults),
            "d12c54d7b457a2f955c7de199787f71296fff59c2ec9edbe845d452cc14aceec"
        );
        let block = request("s3control", "GetPublicAccessBlock", Value::Null);
        assert_eq!(
            block.url().as_str(),
            "https://111122223333.s3-control.eu-central-1.amazonaws.com/v20180820/configuration/publicAccessBlock"
        );
        assert_eq!(
            signature(&block),
            "c788f0ab9d678f218afd1d0271dce2de079be1133a91b0d306657e42fa4bbf59"
        );
    }

    #[test]
    fn records_are_changed_by_xml() {
        let change = json!({
            "HostedZoneId": "/hostedzone/Z1",
            "ChangeBatch": {"Changes": {"Change": [{"Action": "DELETE"}]}}
        });
        let request = request("route53", "ChangeResourceRecordSets", change);
        assert_eq!(
            request.url().as_str(),
            "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset/"
        );
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap();
        assert_eq!(
            String::from_utf8_lossy(body),
            "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>\
             <Changes><Change><Action>DELETE</Action></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
        );
    }

    #[test]
    fn secrets_are_not_in_what_can_be_printed() {
        let printed = format!("{:?}", request("kms", "ListKeys", Value::Null));
        assert!(!printed.contains("wJalrXUtnFEMI"), "{printed}");
        assert!(!printed.contains("\"token\""), "{printed}");
    }
}
