//! Lists come in pages, and each service has its own names for the way to the next one.

use super::Call;
use serde_json::Value;

/// What an answer names, and as what it goes into the next call.
type Tokens = &'static [(&'static str, &'static str)];

const NEXT_TOKEN: Tokens = &[("NextToken", "NextToken")];
const NEXT_MARKER: Tokens = &[("NextMarker", "Marker")];
const MARKER: Tokens = &[("Marker", "Marker")];
const LOWER_CASE: Tokens = &[("nextToken", "nextToken")];

/// The names of a service; most of those not listed have `NextToken`.
fn tokens(service: &str) -> Tokens {
    match service {
        "ec2" => &[("nextToken", "NextToken")],
        "codebuild" | "ecr" | "ecs" | "logs" | "states" => LOWER_CASE,
        "elasticache" | "iam" | "rds" | "redshift" => MARKER,
        "elasticloadbalancing" | "elasticloadbalancing-classic" | "kms" | "lambda" => NEXT_MARKER,
        "dynamodb" => &[
            ("LastEvaluatedTableName", "ExclusiveStartTableName"),
            ("LastEvaluatedBackupArn", "ExclusiveStartBackupArn"),
            ("NextToken", "NextToken"),
        ],
        "elasticfilesystem" => &[("NextMarker", "Marker"), ("NextToken", "NextToken")],
        "route53" => &[
            ("NextMarker", "Marker"),
            ("NextRecordName", "StartRecordName"),
            ("NextRecordType", "StartRecordType"),
            ("NextRecordIdentifier", "StartRecordIdentifier"),
            ("TrafficPolicyIdMarker", "TrafficPolicyIdMarker"),
            ("TrafficPolicyVersionMarker", "TrafficPolicyVersionMarker"),
            ("HostedZoneIdMarker", "HostedZoneIdMarker"),
            (
                "TrafficPolicyInstanceNameMarker",
                "TrafficPolicyInstanceNameMarker",
            ),
            (
                "TrafficPolicyInstanceTypeMarker",
                "TrafficPolicyInstanceTypeMarker",
            ),
            ("NextToken", "NextToken"),
        ],
        _ => NEXT_TOKEN,
    }
}

/// The call for the page after this answer; `None` after the last one.
pub fn next_page(call: &Call, answer: &Value) -> Option<Call> {
    let tokens = tokens(&call.service);
    // Some services repeat the marker of the last page, and say beside it that there is no next one.
    if answer
        .get("IsTruncated")
        .is_some_and(|it| *it == Value::Bool(false) || it == "false")
    {
        return None;
    }
    let mut next = call.clone();
    if !next.input.is_object() {
        next.input = Value::Object(serde_json::Map::new());
    }
    let input = next.input.as_object_mut()?;
    let mut goes_on = false;
    for (given, taken) in tokens {
        // What an earlier page named counts no more.
        input.remove(*taken);
        let token = answer.get(*given).and_then(Value::as_str);
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            input.insert((*taken).to_owned(), Value::from(token));
            goes_on = true;
        }
    }
    goes_on.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn next(service: &str, input: Value, answer: &Value) -> Option<Value> {
        next_page(&Call::new(service, "List", input), answer).map(|call| call.input)
    }

    #[test]
    fn each_service_has_its_own_names() {
        let token = |name: &str| json!({ name: "two" });
        assert_eq!(
            next("ec2", Value::Null, &token("nextToken")),
            Some(token("NextToken"))
        );
        assert_eq!(
            next("logs", Value::Null, &token("nextToken")),
            Some(token("nextToken"))
        );
        assert_eq!(
            next("iam", Value::Null, &token("Marker")),
            Some(token("Marker"))
        );
        assert_eq!(
            next("kms", Value::Null, &token("NextMarker")),
            Some(token("Marker"))
        );
        assert_eq!(
            next("dynamodb", Value::Null, &token("LastEvaluatedTableName")),
            Some(token("ExclusiveStartTableName"))
        );
        assert_eq!(
            next("backup", Value::Null, &token("NextToken")),
            Some(token("NextToken"))
        );
    }

    #[test]
    fn an_answer_without_a_token_is_the_last() {
        assert_eq!(next("ec2", Value::Null, &json!({"vpcSet": []})), None);
        assert_eq!(next("ec2", Value::Null, &json!({"nextToken": null})), None);
        assert_eq!(next("ec2", Value::Null, &json!({"nextToken": ""})), None);
    }

    #[test]
    fn a_marker_beside_the_word_that_this_was_all_counts_for_nothing() {
        let answer = |more: Value| json!({"IsTruncated": more, "TrafficPolicyIdMarker": "P1"});
        let none = [json!(false), json!("false")].map(|no| next("route53", json!({}), &answer(no)));
        assert_eq!(none, [None, None]);
        assert_eq!(
            next("route53", json!({}), &answer(json!("true"))),
            Some(json!({"TrafficPolicyIdMarker": "P1"}))
        );
    }

    #[test]
    fn the_rest_of_the_input_stays_and_the_last_token_goes() {
        let input = json!({"Id": "Z1", "StartRecordName": "a.", "StartRecordIdentifier": "one"});
        let answer = json!({"NextRecordName": "b.", "NextRecordType": "A"});
        assert_eq!(
            next("route53", input, &answer),
            Some(json!({"Id": "Z1", "StartRecordName": "b.", "StartRecordType": "A"}))
        );
    }
}
