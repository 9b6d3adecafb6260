//! Templates that can't be deployed, and what is understood of those that can.

use ebbtide_templates::{Capability, Template, example, read_template};
use insta::assert_snapshot;

const PATH: &str = "infra/app.yaml";

fn findings(text: &str) -> String {
    let findings = read_template(PATH, text).expect_err("the template should have been refused");
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn template(text: &str) -> Template {
    read_template(PATH, text).expect("the template is good")
}

#[test]
fn what_cloudformation_would_certainly_refuse() {
    assert_snapshot!(findings(""), @"infra/app.yaml:1:1: the file is empty");
    assert_snapshot!(findings("[]"), @"infra/app.yaml:1:1: a template must be a map, not a list");
    assert_snapshot!(findings("Description: nothing\n"), @"infra/app.yaml:1:1: a template must have `Resources`; CloudFormation wants at least one resource");
    assert_snapshot!(findings("Resources: {}\n"), @"infra/app.yaml:1:12: `Resources` is empty; CloudFormation wants at least one resource");
    assert_snapshot!(findings("Resources: []\n"), @"infra/app.yaml:1:12: `Resources` must be a map, not a list");
    assert_snapshot!(
        findings("Parametres: {}\nParameters: {A: {}}\nResources: {B: {Properties: {}}, C: x}\n"),
        @"
        infra/app.yaml:1:1: `Parametres` is no section of a template; did you mean `Parameters`?
        infra/app.yaml:2:14: the parameter `A` has no `Type`; add `Type: String`, or the type that it is
        infra/app.yaml:3:13: the resource `B` has no `Type`; add its type, such as `Type: AWS::S3::Bucket`
        infra/app.yaml:3:34: the resource `C` has no `Type`; add its type, such as `Type: AWS::S3::Bucket`
        "
    );
    assert_snapshot!(findings("Resources: {A: &a {Type: T}, B: *a}\n"), @"infra/app.yaml:1:33: CloudFormation does not know YAML aliases; write the value out here");
    assert_snapshot!(findings("Resources:\n  A: {Type: T}\n  A: {Type: T}\n"), @"infra/app.yaml:3:3: `A` is given twice, first on line 2; keep one of the two");
    assert_snapshot!(findings(&format!("# {}", "x".repeat(1_000_000))), @"infra/app.yaml:1:1: the file has 1000002 bytes, and at most 1000000 are read");
    assert_snapshot!(findings("{\"Resources\": {\"A\": {\"Type\": \"T\"}}"), @"infra/app.yaml:1:1: this is not YAML or JSON: unclosed bracket '{'");
}

#[test]
fn too_many_entries() {
    let resources: Vec<String> = (0..501).map(|n| format!("  R{n}: {{Type: T}}\n")).collect();
    assert_snapshot!(findings(&format!("Resources:\n{}", resources.concat())), @"infra/app.yaml:2:3: `Resources` holds 501 entries; CloudFormation allows 500 at most");
}

#[test]
fn json_and_yaml_say_the_same() {
    let yaml = "\
Description: both
Parameters:
  Size:
    Type: Number
    Default: 5
    AllowedValues: [5, 10]
  Secret: {Type: String, NoEcho: true, Description: hush}
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub '${AWS::StackName}-x'}}
Outputs:
  Arn: {Value: !GetAtt Role.Arn}
";
    let json = "{\n\t\"Description\": \"both\",\n\t\"Parameters\": {\"Size\": {\"Type\": \"Number\", \"Default\": 5, \"AllowedValues\": [5, 10]},\n\t\t\"Secret\": {\"Type\": \"String\", \"NoEcho\": true, \"Description\": \"hush\"}},\n\t\"Resources\": {\"Role\": {\"Type\": \"AWS::IAM::Role\", \"Properties\": {\"RoleName\": {\"Fn::Sub\": \"${AWS::StackName}-x\"}}}},\n\t\"Outputs\": {\"Arn\": {\"Value\": {\"Fn::GetAtt\": [\"Role\", \"Arn\"]}}}\n}\n";
    let (yaml, mut json) = (template(yaml), template(json));
    let size = &yaml.parameters["Size"];
    assert!(size.has_default && !size.no_echo);
    assert_eq!(size.allowed_values, ["5", "10"]);
    assert!(yaml.parameters["Secret"].no_echo);
    assert_eq!(
        yaml.resources["Role"].capability,
        Some(Capability::NamedIam)
    );
    json.resources.get_mut("Role").unwrap().at = yaml.resources["Role"].at;
    assert_eq!(yaml, json);
}

#[test]
fn roles_need_a_capability_also_when_sam_makes_them() {
    let of = |resource: &str| {
        let text = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n  It: {resource}\n");
        template(&text).resources["It"].capability
    };
    assert_eq!(of("{Type: AWS::IAM::Role}"), Some(Capability::Iam));
    assert_eq!(
        of("{Type: AWS::IAM::Policy, Properties: {PolicyName: x}}"),
        Some(Capability::Iam)
    );
    assert_eq!(
        of("{Type: AWS::IAM::User, Properties: {UserName: x}}"),
        Some(Capability::NamedIam)
    );
    assert_eq!(
        of("{Type: AWS::Serverless::Function}"),
        Some(Capability::Iam)
    );
    assert_eq!(
        of("{Type: AWS::Serverless::Function, Properties: {Role: x}}"),
        None
    );
    assert_eq!(of("{Type: AWS::S3::Bucket}"), None);
}

#[test]
fn macros_are_found_wherever_they_are() {
    let macros = |text: &str| {
        let template = template(text);
        (Vec::from_iter(template.macros), template.outputs_are_open)
    };
    let resources = "Resources: {A: {Type: T}}\n";
    let sam = "AWS::Serverless-2016-10-31".to_owned();
    assert_eq!(macros(resources), (vec![], false));
    assert_eq!(
        macros(&format!("{resources}Transform: {sam}\n")),
        (vec![sam.clone()], false)
    );
    assert_eq!(
        macros(&format!("{resources}Transform: [{sam}, {{Name: Mine}}]\n")),
        (vec![sam, "Mine".to_owned()], true)
    );
    let inside = "Resources: {A: {Type: T, Properties: {X: [{Fn::Transform: {Name: Deep}}, !Transform {Name: Tagged}]}}}\n";
    assert_eq!(
        macros(inside),
        (vec!["Deep".to_owned(), "Tagged".to_owned()], true)
    );
}

#[test]
fn loops_and_includes_are_let_through() {
    let text = "\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Buckets: [Name, [A, B], {'Bucket${Name}': {Type: AWS::S3::Bucket}}]
Outputs:
  Fn::ForEach::Names: [Name, [A, B], {'Name${Name}': {Value: x}}]
";
    assert!(template(text).outputs_are_open);
}

#[test]
fn local_files_are_noticed() {
    let text = "\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {CodeUri: shared/}
Resources:
  Sam: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/}}
  Uploaded: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://bucket/key}}
  Computed: {Type: AWS::Serverless::Function, Properties: {CodeUri: !Sub 's3://${Bucket}/key'}}
  Inline: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x}}}
  Plain: {Type: AWS::Lambda::Function, Properties: {Code: build/function.zip}}
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./nested.yaml}}
  Remote: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://example.org/x.yaml}}
  Job: {Type: AWS::Glue::Job, Properties: {Command: {ScriptLocation: job.py}}}
  Included: {Type: T, Properties: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}}}
";
    let references = template(text).local_references;
    let references = references.iter().map(|reference| {
        format!(
            "{}: {}.{} = {}",
            reference.at.line, reference.resource, reference.property, reference.file
        )
    });
    assert_snapshot!(references.collect::<Vec<_>>().join("\n"), @"
    3: Globals.CodeUri = shared/
    5: Sam.CodeUri = src/
    9: Plain.Code = build/function.zip
    10: Nested.TemplateURL = ./nested.yaml
    12: Job.Command.ScriptLocation = job.py
    13: Transform.Location = more.yaml
    ");
}

#[test]
fn the_example_holds_no_surprise() {
    let all = example::files().iter().chain(example::second_revision());
    for (path, text) in all.filter(|(path, _)| path.starts_with("infra/")) {
        let template = read_template(path, text).expect("the template is good");
        assert!(template.local_references.is_empty() && template.macros.is_empty());
        let stored = serde_json::to_string(&template).unwrap();
        assert_eq!(serde_json::from_str::<Template>(&stored).unwrap(), template);
    }
}
