//! Properties that refer to files on somebody's disk. `aws cloudformation package` and `sam package` upload them and
//! put an address in their place; until that is done here too, such a template can't be deployed.

use super::LocalReference;
use crate::yaml::{Node, Value};

/// The macro that copies another file into the template.
pub(super) const INCLUDE: &str = "AWS::Include";
/// What SAM lets all functions of a template share.
pub(super) const FUNCTION_GLOBALS: &str = "Globals.Function";

/// Resource types with the properties that may hold a path, as listed in the documentation of
/// `aws cloudformation package` and `sam package`.
const PROPERTIES: [(&str, &[&str]); 29] = [
    ("AWS::ApiGateway::RestApi", &["BodyS3Location"]),
    ("AWS::AppSync::FunctionConfiguration", &["CodeS3Location"]),
    (
        "AWS::AppSync::FunctionConfiguration",
        &["RequestMappingTemplateS3Location"],
    ),
    (
        "AWS::AppSync::FunctionConfiguration",
        &["ResponseMappingTemplateS3Location"],
    ),
    ("AWS::AppSync::GraphQLSchema", &["DefinitionS3Location"]),
    ("AWS::AppSync::Resolver", &["CodeS3Location"]),
    (
        "AWS::AppSync::Resolver",
        &["RequestMappingTemplateS3Location"],
    ),
    (
        "AWS::AppSync::Resolver",
        &["ResponseMappingTemplateS3Location"],
    ),
    ("AWS::CloudFormation::ModuleVersion", &["ModulePackage"]),
    (
        "AWS::CloudFormation::ResourceVersion",
        &["SchemaHandlerPackage"],
    ),
    ("AWS::CloudFormation::Stack", &["TemplateURL"]),
    ("AWS::CodeCommit::Repository", &["Code", "S3"]),
    (
        "AWS::ElasticBeanstalk::ApplicationVersion",
        &["SourceBundle"],
    ),
    ("AWS::Glue::Job", &["Command", "ScriptLocation"]),
    ("AWS::Lambda::Function", &["Code"]),
    ("AWS::Lambda::LayerVersion", &["Content"]),
    ("AWS::Serverless::Api", &["DefinitionUri"]),
    ("AWS::Serverless::Application", &["Location"]),
    ("AWS::Serverless::Function", &["CodeUri"]),
    ("AWS::Serverless::GraphQLApi", &["SchemaUri"]),
    ("AWS::Serverless::HttpApi", &["DefinitionUri"]),
    ("AWS::Serverless::LayerVersion", &["ContentUri"]),
    ("AWS::Serverless::StateMachine", &["DefinitionUri"]),
    ("AWS::ServerlessRepo::Application", &["LicenseUrl"]),
    ("AWS::ServerlessRepo::Application", &["ReadmeUrl"]),
    (
        "AWS::StepFunctions::StateMachine",
        &["DefinitionS3Location"],
    ),
    ("AWS::Synthetics::Canary", &["Code"]),
    // Not resources, but places where the same is written.
    (INCLUDE, &["Location"]),
    (FUNCTION_GLOBALS, &["CodeUri"]),
];

/// The references in the properties of one resource.
pub(super) fn in_properties(
    resource: &str,
    kind: &str,
    properties: &Node,
    found: &mut Vec<LocalReference>,
) {
    for (_, path) in PROPERTIES.iter().filter(|(known, _)| *known == kind) {
        let value = path
            .iter()
            .try_fold(properties, |node, property| node.get(property));
        if let Some(node) = value
            && let Some(scalar) = node.plain()
            && is_path(&scalar.text)
        {
            found.push(LocalReference {
                resource: resource.to_owned(),
                property: path.join("."),
                file: scalar.text.clone(),
                at: node.at,
            });
        }
    }
}

/// Finds every use of a macro inside the tree; those of `AWS::Include` may refer to a file.
pub(super) fn visit_macros<'n>(node: &'n Node, visit: &mut impl FnMut(&'n Node)) {
    if node.tag.as_deref() == Some("Transform") {
        visit(node);
    }
    match &node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter().for_each(|item| visit_macros(item, visit)),
        Value::Map(entries) => {
            for entry in entries {
                if entry.key == "Fn::Transform" {
                    visit(&entry.value);
                }
                visit_macros(&entry.value, visit);
            }
        }
    }
}

/// Anything that is no address is taken for a path.
fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains("://") && !text.contains("{{resolve:")
}
