//! The published JSON Schema agrees with what is really read.

use ebbtide_templates::{example, read, schema};
use serde_json::{Value, json};

fn accepts(file: &Value) -> bool {
    let schema = schema();
    jsonschema::validator_for(&schema)
        .expect("the schema is a schema")
        .is_valid(file)
}

/// Both ways of judging a file. JSON is YAML, so one text serves both.
fn both(file: &Value) -> (bool, bool) {
    (
        accepts(file),
        read(".ebbtide.yml", &file.to_string()).is_ok(),
    )
}

fn everything() -> Value {
    json!({
        "version": 1,
        "ttl": "48h",
        "drafts": false,
        "wait_for": ["build"],
        "region": "eu-west-1",
        "stacks": {
            "network": {"template": "infra/network.yaml"},
            "app": {
                "template": "infra/app.yaml",
                "needs": ["network"],
                "capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
                "parameters": {
                    "VpcId": "${{ stacks.network.outputs.VpcId }}",
                    "Size": 5,
                    "Debug": true,
                    "Zones": ["a", 1, false],
                },
                "tags": {"team": "web", "size": 5},
            },
        },
        "url": "${{ stacks.app.outputs.Url }}",
        "outputs": {"Queue": "${{ stacks.app.outputs.QueueUrl }}"},
        "health": [{
            "url": "${{ stacks.app.outputs.Url }}/healthz",
            "status": 200,
            "contains": "ok",
            "timeout": "10s",
            "within": "5m",
        }],
    })
}

#[test]
fn it_is_this() {
    insta::assert_snapshot!(format!("{:#}", schema()));
}

#[test]
fn good_files_pass_both() {
    assert_eq!(both(&everything()), (true, true));
    assert_eq!(
        both(&json!({"stacks": {"a": {"template": "a.yaml"}}})),
        (true, true)
    );
}

#[test]
fn what_is_stored_of_a_good_file_passes_too() {
    let file = read(".ebbtide.yml", example::files()[0].1).expect("the example is good");
    let mut stored = serde_json::to_value(file).unwrap();
    stored.as_object_mut().unwrap().remove("positions");
    assert!(accepts(&stored), "{stored:#}");
}

#[test]
fn bad_files_fail_both() {
    let bad = [
        ("/version", json!(2)),
        ("/ttl", Value::Null),
        ("/url", Value::Null),
        ("/region", Value::Null),
        ("/health/0/contains", Value::Null),
        ("/ttl", json!(48)),
        ("/ttl", json!("forever")),
        ("/drafts", json!("yes")),
        ("/wait_for", json!("build")),
        ("/wait_for/0", json!("")),
        ("/region", json!("Ireland")),
        ("/stacks", json!({})),
        ("/stacks", json!([])),
        ("/stacks/app", json!({})),
        ("/stacks/app", json!({"template": "a.yaml", "extra": 1})),
        ("/stacks/app/template", json!(5)),
        ("/stacks/app/template", json!("")),
        ("/stacks/app/needs", json!("network")),
        ("/stacks/app/capabilities/0", json!("CAPABILITY_ALL")),
        ("/stacks/app/parameters/Size", json!({})),
        ("/stacks/app/parameters/Size", json!(null)),
        ("/stacks/app/parameters", json!({"not-allowed": "x"})),
        ("/stacks/app/tags/team", json!(["web"])),
        ("/url", json!(["x"])),
        ("/outputs", json!({"not allowed": "x"})),
        ("/outputs/Queue", json!(5)),
        ("/health", json!({})),
        ("/health/0", json!({"status": 200})),
        ("/health/0/status", json!(99)),
        ("/health/0/contains", json!("")),
        ("/health/0/timeout", json!(10)),
    ];
    for (pointer, value) in bad {
        let mut file = everything();
        *file.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(both(&file), (false, false), "{pointer} = {value}");
    }
}

#[test]
fn the_defaults_it_tells_are_the_real_ones() {
    let file = json!({"stacks": {"a": {"template": "a.yaml"}}, "health": [{"url": "http://x"}]});
    let file = read(".ebbtide.yml", &file.to_string()).expect("the file is good");
    let check = serde_json::to_value(&file.health[0]).unwrap();
    for key in ["status", "timeout", "within"] {
        let told = schema()["$defs"]["HealthCheck"]["properties"][key]["default"].clone();
        assert_eq!(check[key], told, "{key}");
    }
}

#[test]
fn every_key_of_the_schema_is_read() {
    // An unknown key's finding lists all keys known to the reader, if no key is near.
    let schema = schema();
    let keys = |pointer: &str| -> Vec<String> {
        let properties = schema.pointer(pointer).unwrap().as_object().unwrap();
        properties.keys().cloned().collect()
    };
    let places = [
        ("/properties", "xxxxxxxxxxxxxxxx: 1\n"),
        (
            "/$defs/StackSpec/properties",
            "stacks: {a: {xxxxxxxxxxxxxxxx: 1}}\n",
        ),
        (
            "/$defs/HealthCheck/properties",
            "health: [{xxxxxxxxxxxxxxxx: 1}]\nstacks: {a: {template: x}}\n",
        ),
    ];
    for (pointer, text) in places {
        let findings = read(".ebbtide.yml", text).unwrap_err();
        let sentence = findings
            .iter()
            .map(ToString::to_string)
            .find(|line| line.contains("known are"))
            .expect("an unknown key is reported");
        for key in keys(pointer) {
            assert!(sentence.contains(&format!("`{key}`")), "{key}: {sentence}");
        }
        let listed = sentence.split("known are: ").nth(1).unwrap_or_default();
        assert_eq!(
            listed.matches('`').count() / 2,
            keys(pointer).len(),
            "{sentence}"
        );
    }
}
