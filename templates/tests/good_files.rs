//! What a good `.ebbtide.yml` becomes.

use std::time::Duration;

use ebbtide_templates::{Capability, RepositoryFile, read};

/// The file that shows everything there is.
const EVERYTHING: &str = r#"
version: 1
ttl: 48h
drafts: false
wait_for: [build]
region: eu-west-1
stacks:
  network:
    template: infra/network.yaml
  app:
    template: ./infra/app.yaml
    needs: [network]
    capabilities: [CAPABILITY_IAM]
    parameters:
      VpcId: ${{ stacks.network.outputs.VpcId }}
      Commit: ${{ sha }}
      Size: 5
      Debug: true
      Zones: [a, "${{ region }}", 3]
      Code: 007
    tags: {team: web, version: 1.10}
url: ${{ stacks.app.outputs.Url }}
outputs:
  Queue: ${{ stacks.app.outputs.QueueUrl }}
health:
  - url: ${{ stacks.app.outputs.Url }}/healthz
    contains: "ok"
"#;

fn everything() -> RepositoryFile {
    read(".ebbtide.yml", EVERYTHING).expect("the file is good")
}

#[test]
fn everything_is_read() {
    let file = everything();
    assert_eq!(file.ttl, Some(Duration::from_hours(48)));
    assert!(!file.drafts);
    assert_eq!(file.wait_for, ["build"]);
    assert_eq!(file.region.as_deref(), Some("eu-west-1"));
    let app = &file.stacks["app"];
    assert_eq!(app.template, "infra/app.yaml");
    assert_eq!(app.needs, ["network"]);
    assert_eq!(app.capabilities, [Capability::Iam]);
    assert_eq!(app.tags["version"], "1.10");
    let health = &file.health[0];
    assert_eq!(health.url.as_str(), "${{ stacks.app.outputs.Url }}/healthz");
    assert_eq!(health.status, 200);
    assert_eq!(health.contains.as_deref(), Some("ok"));
    assert_eq!(health.timeout, Duration::from_secs(10));
    assert_eq!(health.within, Duration::from_mins(5));
}

#[test]
fn parameter_values_are_the_text_that_was_written() {
    let file = everything();
    let parameters = &file.stacks["app"].parameters;
    assert_eq!(parameters["Size"].as_str(), "5");
    assert_eq!(parameters["Debug"].as_str(), "true");
    assert_eq!(parameters["Zones"].as_str(), "a,${{ region }},3");
    assert_eq!(parameters["Code"].as_str(), "007");
}

#[test]
fn using_an_output_is_needing_the_stack() {
    let text = EVERYTHING.replace("    needs: [network]\n", "");
    let file = read(".ebbtide.yml", &text).expect("the file is good");
    assert_eq!(file.stacks["app"].needs, ["network"]);
}

#[test]
fn positions_are_kept_for_later_findings() {
    let positions = everything().positions;
    let at = |key: &str| (positions.of(key).line, positions.of(key).column);
    assert_eq!(at("stacks.app"), (10, 3));
    assert_eq!(at("stacks.app.parameters.Commit"), (16, 7));
    assert_eq!(at("stacks.app.parameters.Missing"), (14, 5));
    assert_eq!(at("health.0.url"), (26, 5));
}

#[test]
fn aliases_repeat_a_value() {
    let text = "stacks:\n  a: {template: a.yaml, tags: &tags {team: web}}\n  b: {template: b.yaml, tags: *tags}\n";
    let file = read(".ebbtide.yml", text).expect("the file is good");
    assert_eq!(file.stacks["a"].tags, file.stacks["b"].tags);
}

#[test]
fn json_is_yaml_too() {
    let text = "{\n\t\"stacks\": {\n\t\t\"app\": {\"template\": \"infra\\/app.json\"}\n\t}\n}\n";
    let file = read(".ebbtide.yml", text).expect("the file is good");
    assert_eq!(file.stacks["app"].template, "infra/app.json");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_fine() {
    let text = format!("\u{feff}{}", EVERYTHING.trim_start().replace('\n', "\r\n"));
    let file = read(".ebbtide.yml", &text).expect("the file is good");
    assert_eq!(file.stacks, everything().stacks);
}

#[test]
fn what_is_stored_reads_back_the_same() {
    let file = everything();
    let stored = serde_json::to_string(&file).unwrap();
    assert_eq!(
        serde_json::from_str::<RepositoryFile>(&stored).unwrap(),
        file
    );
}

#[test]
fn rows_of_other_versions_can_be_read() {
    let row =
        r#"{"stacks": {"app": {"template": "a.yaml", "from_the_future": 1}}, "also_new": {}}"#;
    let file: RepositoryFile = serde_json::from_str(row).unwrap();
    assert_eq!(file.stacks["app"].template, "a.yaml");
    assert_eq!(file.version, 1);
}
