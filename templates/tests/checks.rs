//! `.ebbtide.yml` held against the templates it names.

use std::collections::BTreeMap;

use ebbtide_templates::{Template, check, example, read, read_template};
use insta::assert_snapshot;

/// What is said about a file and its templates, one finding per line.
fn findings(file: &str, templates: &[(&str, &str)]) -> String {
    let file = read(".ebbtide.yml", file).expect("the file is good");
    let templates: BTreeMap<String, Template> = templates
        .iter()
        .map(|(path, text)| {
            let template = read_template(path, text).expect("the template is good");
            ((*path).to_owned(), template)
        })
        .collect();
    let findings = check(".ebbtide.yml", &file, &templates);
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A file with one stack, `app`, that has these lines too.
fn app(lines: &str) -> String {
    format!("stacks:\n  app:\n    template: app.yaml\n{lines}")
}

const BUCKET: &str = "Resources: {Bucket: {Type: AWS::S3::Bucket}}\n";

#[test]
fn the_example_fits() {
    let [(_, file), templates @ ..] = example::files() else {
        panic!("the example has files")
    };
    assert_eq!(findings(file, templates), "");
    let second = [templates[0], example::second_revision()[0]];
    assert_eq!(findings(file, &second), "");
}

#[test]
fn a_template_that_is_not_there() {
    assert_snapshot!(findings(&app(""), &[]), @".ebbtide.yml:3:5: there is no file `app.yaml` at this commit; write the path from the repository's top");
}

#[test]
fn parameters() {
    let template = "\
Parameters:
  VpcId: {Type: 'AWS::EC2::VPC::Id', Description: The network}
  Stage: {Type: String, AllowedValues: [test, live]}
  Count: {Type: Number, Default: 1}
  Zones: {Type: CommaDelimitedList, AllowedValues: [a, b], Default: a}
  Key: {Type: String, NoEcho: true, AllowedValues: [x], Default: x}
Resources: {Bucket: {Type: AWS::S3::Bucket}}
";
    let file = app("    parameters: {VpcID: x, Colour: red}\n");
    assert_snapshot!(findings(&file, &[("app.yaml", template)]), @"
    .ebbtide.yml:4:5: the parameter `Stage` of app.yaml has no default and is given no value; add `Stage: …` to `stacks.app.parameters` (type String, one of `test` and `live`)
    .ebbtide.yml:4:5: the parameter `VpcId` of app.yaml has no default and is given no value; add `VpcId: …` to `stacks.app.parameters` (type AWS::EC2::VPC::Id, “The network”)
    .ebbtide.yml:4:18: app.yaml declares no parameter `VpcID`; did you mean `VpcId`?
    .ebbtide.yml:4:28: app.yaml declares no parameter `Colour`; it declares: `Count`, `Key`, `Stage`, `VpcId` and `Zones`
    ");
    assert_snapshot!(findings(&app(""), &[("app.yaml", template)]), @"
    .ebbtide.yml:2:3: the parameter `Stage` of app.yaml has no default and is given no value; add `Stage: …` to `stacks.app.parameters` (type String, one of `test` and `live`)
    .ebbtide.yml:2:3: the parameter `VpcId` of app.yaml has no default and is given no value; add `VpcId: …` to `stacks.app.parameters` (type AWS::EC2::VPC::Id, “The network”)
    ");
    let file = app(
        "    parameters:\n      VpcId: ${{ region }}\n      Stage: prod\n      Count: many\n      Zones: [a, c]\n      Key: hunter2\n",
    );
    assert_snapshot!(findings(&file, &[("app.yaml", template)]), @"
    .ebbtide.yml:6:7: `stacks.app.parameters.Stage` can't be `prod`; allowed are `test` and `live`
    .ebbtide.yml:7:7: `stacks.app.parameters.Count` must be a number, not `many`; its type is Number
    .ebbtide.yml:8:7: `stacks.app.parameters.Zones` can't be `c`; allowed are `a` and `b`
    .ebbtide.yml:9:7: `stacks.app.parameters.Key` is not one of the allowed values; allowed are `x`
    ");
    let file = app("    parameters: {VpcId: x, Stage: \"${{ sha }}\", Count: 2, Zones: [b, a]}\n");
    assert_eq!(findings(&file, &[("app.yaml", template)]), "");
    let file = app("    parameters: {A: b}\n");
    assert_snapshot!(findings(&file, &[("app.yaml", BUCKET)]), @".ebbtide.yml:4:18: app.yaml declares no parameter `A`; leave it out, the template has no parameters");
}

#[test]
fn capabilities() {
    let role = "Resources: {Role: {Type: AWS::IAM::Role}, Key: {Type: AWS::IAM::AccessKey}}\n";
    let named = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {RoleName: admin}}}\n";
    let sam = "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}}\n";
    let say = |capabilities: &str, template: &str| {
        let file = app(&format!("    capabilities: [{capabilities}]\n"));
        findings(&file, &[("app.yaml", template)])
    };
    assert_snapshot!(say("", role), @".ebbtide.yml:4:5: app.yaml makes IAM resources: `Key` and `Role`; add `CAPABILITY_IAM` to `stacks.app.capabilities` if that is wanted");
    assert_snapshot!(findings(&app(""), &[("app.yaml", role)]), @".ebbtide.yml:2:3: app.yaml makes IAM resources: `Key` and `Role`; add `CAPABILITY_IAM` to `stacks.app.capabilities` if that is wanted");
    assert_eq!(say("CAPABILITY_IAM", role), "");
    assert_eq!(say("CAPABILITY_NAMED_IAM", role), "");
    assert_snapshot!(say("CAPABILITY_IAM", named), @".ebbtide.yml:4:5: app.yaml makes IAM resources under names of its own: `Role`; add `CAPABILITY_NAMED_IAM` to `stacks.app.capabilities` if that is wanted");
    assert_eq!(say("CAPABILITY_NAMED_IAM", named), "");
    // A change set runs macros without CAPABILITY_AUTO_EXPAND; naming it does no harm.
    assert_snapshot!(say("", sam), @".ebbtide.yml:4:5: app.yaml makes IAM resources: `F`; add `CAPABILITY_IAM` to `stacks.app.capabilities` if that is wanted");
    assert_eq!(say("CAPABILITY_IAM", sam), "");
    assert_eq!(say("CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND", sam), "");
}

#[test]
fn outputs() {
    let template =
        format!("{BUCKET}Outputs: {{BucketName: {{Value: !Ref Bucket}}, Arn: {{Value: x}}}}\n");
    let file = app(
        "url: ${{ stacks.app.outputs.Url }}\noutputs: {Bucket: \"${{ stacks.app.outputs.BucketNam }}\"}\n\
         health: [{url: \"${{ stacks.app.outputs.Arn }}\"}, {url: \"https://${{ stacks.app.outputs.Host }}\"}]\n",
    );
    assert_snapshot!(findings(&file, &[("app.yaml", &template)]), @"
    .ebbtide.yml:4:1: app.yaml declares no output `Url`; its outputs are `Arn` and `BucketName`
    .ebbtide.yml:5:11: app.yaml declares no output `BucketNam`; did you mean `BucketName`?
    .ebbtide.yml:6:51: app.yaml declares no output `Host`; its outputs are `Arn` and `BucketName`
    ");
    assert_snapshot!(findings(&file, &[("app.yaml", BUCKET)]), @"
    .ebbtide.yml:4:1: app.yaml declares no output `Url`; add it to the `Outputs` of app.yaml
    .ebbtide.yml:5:11: app.yaml declares no output `BucketNam`; add it to the `Outputs` of app.yaml
    .ebbtide.yml:6:11: app.yaml declares no output `Arn`; add it to the `Outputs` of app.yaml
    .ebbtide.yml:6:51: app.yaml declares no output `Host`; add it to the `Outputs` of app.yaml
    ");
    // Macros may add outputs that nobody can see from here.
    let open = format!("{BUCKET}Transform: Mine\n");
    let file = file.replace(
        "app.yaml\n",
        "app.yaml\n    capabilities: [CAPABILITY_AUTO_EXPAND]\n",
    );
    assert_eq!(findings(&file, &[("app.yaml", &open)]), "");
}

#[test]
fn local_files_are_not_packaged() {
    let template = "Resources:\n  Worker:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: build/worker.zip\n";
    let file = app("") + "  other: {template: app.yaml}\n";
    assert_snapshot!(findings(&file, &[("app.yaml", template)]), @"app.yaml:5:13: `Code` of `Worker` refers to a local file, `build/worker.zip`, which is not packaged yet; upload it and give its address, or write its content into the template");
}
