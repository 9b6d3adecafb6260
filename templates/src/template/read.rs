//! From the text of a template to [`Template`].

use std::collections::{BTreeMap, BTreeSet};

use super::local_files::{FUNCTION_GLOBALS, INCLUDE, in_properties, visit_macros};
use super::{LocalReference, Parameter, Resource, Template};
use crate::file::Capability;
use crate::finding::{Finding, in_order};
use crate::wording::{did_you_mean, quote};
use crate::yaml::{self, Entry, Node, Rules, Value};

const RULES: Rules = Rules {
    // CloudFormation's own limit for templates in S3 is 1 MB.
    max_bytes: 1_000_000,
    called: "YAML or JSON",
    aliases: false,
    tags: true,
};
/// The most CloudFormation allows in any section. (That is of resources; parameters and outputs are fewer.)
const MAX_ENTRIES: usize = 500;
/// What CloudFormation allows at the top of a template, and SAM's `Globals`.
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Rules",
    "Conditions",
    "Transform",
    "Globals",
    "Hooks",
    "Resources",
    "Outputs",
];
/// Macros that are known to leave the list of outputs alone.
const KEEPS_OUTPUTS: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];

/// Resource types that need a capability, with the property that gives the resource a name of the author's choice.
const IAM_TYPES: [(&str, Option<&str>); 11] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::GroupPolicy", None),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::RolePolicy", None),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserPolicy", None),
    ("AWS::IAM::UserToGroupAddition", None),
];
/// SAM makes a role for these when they name none.
const SAM_TYPES_WITH_ROLE: [&str; 2] =
    ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"];

/// Reads a CloudFormation template, JSON or YAML with or without short-form tags, of 1,000,000 bytes at most. The
/// findings are in the order of the text.
pub fn read_template(path: &str, text: &str) -> Result<Template, Vec<Finding>> {
    let (root, findings) = yaml::parse(path, text, RULES);
    let Some(root) = root else {
        return Err(in_order(findings));
    };
    let mut reader = TemplateReader { path, findings };
    let template = reader.template(&root);
    let findings = reader.findings;
    match template {
        Some(template) if findings.is_empty() => Ok(template),
        _ => Err(in_order(findings)),
    }
}

struct TemplateReader<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl TemplateReader<'_> {
    fn template(&mut self, root: &Node) -> Option<Template> {
        let Some(entries) = root.entries() else {
            let message = format!("a template must be a map, not {}", root.describe());
            self.findings
                .push(Finding::new(self.path, root.at, message));
            return None;
        };
        let mut local_references = Vec::new();
        let macros = macros(root, &mut local_references);
        if macros.is_empty() {
            self.check_sections(entries);
        }
        let resources = self.resources(root, &mut local_references);
        if let Some(globals) = root.get("Globals").and_then(|node| node.get("Function")) {
            in_properties("Globals", FUNCTION_GLOBALS, globals, &mut local_references);
        }
        local_references.sort_by_key(|reference| reference.at);
        let outputs = self.section(root, "Outputs");
        Some(Template {
            path: self.path.to_owned(),
            description: text_of(root, "Description"),
            parameters: self.parameters(root),
            outputs: outputs.iter().map(|entry| entry.key.clone()).collect(),
            outputs_are_open: outputs.iter().any(|entry| entry.key.starts_with("Fn::"))
                || macros
                    .iter()
                    .any(|name| !KEEPS_OUTPUTS.contains(&name.as_str())),
            macros,
            resources,
            local_references,
        })
    }

    fn check_sections(&mut self, entries: &[Entry]) {
        for entry in entries {
            if !SECTIONS.contains(&entry.key.as_str()) {
                let message = format!("{} is no section of a template", quote(&entry.key));
                let help = did_you_mean(&entry.key, SECTIONS, "sections are");
                let finding = Finding::new(self.path, entry.key_at, message);
                self.findings.push(finding.with_help(help));
            }
        }
    }

    /// The entries of a section that may be left out.
    fn section<'n>(&mut self, root: &'n Node, name: &str) -> &'n [Entry] {
        let Some(node) = root.get(name) else {
            return &[];
        };
        let Some(entries) = node.entries() else {
            let message = format!("{} must be a map, not {}", quote(name), node.describe());
            self.findings
                .push(Finding::new(self.path, node.at, message));
            return &[];
        };
        if entries.len() > MAX_ENTRIES {
            let number = entries.len();
            let message = format!("{} holds {number} entries", quote(name));
            let finding = Finding::new(self.path, node.at, message);
            self.findings
                .push(finding.with_help(format!("CloudFormation allows {MAX_ENTRIES} at most")));
            return &[];
        }
        entries
    }

    fn parameters(&mut self, root: &Node) -> BTreeMap<String, Parameter> {
        let mut parameters = BTreeMap::new();
        for entry in self.section(root, "Parameters") {
            // An included file stands for parameters that can't be seen from here.
            if entry.key.starts_with("Fn::") {
                continue;
            }
            let Some(kind) = text_of(&entry.value, "Type") else {
                let message = format!("the parameter {} has no `Type`", quote(&entry.key));
                let finding = Finding::new(self.path, entry.key_at, message);
                self.findings
                    .push(finding.with_help("add `Type: String`, or the type that it is"));
                continue;
            };
            let allowed_values = match entry.value.get("AllowedValues").map(|node| &node.value) {
                Some(Value::List(items)) => items
                    .iter()
                    .filter_map(|item| item.plain())
                    .map(|scalar| scalar.text.clone())
                    .collect(),
                _ => Vec::new(),
            };
            let parameter = Parameter {
                kind,
                has_default: entry.value.get("Default").is_some(),
                no_echo: text_of(&entry.value, "NoEcho")
                    .is_some_and(|text| text.eq_ignore_ascii_case("true")),
                allowed_values,
                description: text_of(&entry.value, "Description"),
            };
            parameters.insert(entry.key.clone(), parameter);
        }
        parameters
    }

    fn resources(
        &mut self,
        root: &Node,
        local_references: &mut Vec<LocalReference>,
    ) -> BTreeMap<String, Resource> {
        let entries = self.section(root, "Resources");
        let missing = match root.get("Resources") {
            None => Some("a template must have `Resources`"),
            Some(node) if node.entries().is_some_and(<[_]>::is_empty) => {
                Some("`Resources` is empty")
            }
            Some(_) => None,
        };
        if let Some(message) = missing {
            let at = root.get("Resources").map_or(root.at, |node| node.at);
            let finding = Finding::new(self.path, at, message);
            self.findings
                .push(finding.with_help("CloudFormation wants at least one resource"));
        }
        let mut resources = BTreeMap::new();
        for entry in entries {
            // A loop or an included file: what comes of it can't be seen from here.
            if entry.key.starts_with("Fn::") {
                continue;
            }
            let Some(kind) = text_of(&entry.value, "Type") else {
                let message = format!("the resource {} has no `Type`", quote(&entry.key));
                let finding = Finding::new(self.path, entry.key_at, message);
                self.findings
                    .push(finding.with_help("add its type, such as `Type: AWS::S3::Bucket`"));
                continue;
            };
            let properties = entry.value.get("Properties");
            if let Some(properties) = properties {
                in_properties(&entry.key, &kind, properties, local_references);
            }
            let resource = Resource {
                capability: capability(&kind, properties),
                kind,
                at: entry.key_at,
            };
            resources.insert(entry.key.clone(), resource);
        }
        resources
    }
}

/// The capability that making a resource of this type needs.
fn capability(kind: &str, properties: Option<&Node>) -> Option<Capability> {
    let has = |property: &str| properties.is_some_and(|node| node.get(property).is_some());
    if SAM_TYPES_WITH_ROLE.contains(&kind) && !has("Role") {
        return Some(Capability::Iam);
    }
    let (_, name_property) = IAM_TYPES.iter().find(|(known, _)| *known == kind)?;
    Some(if name_property.is_some_and(has) {
        Capability::NamedIam
    } else {
        Capability::Iam
    })
}

/// The macros that run over the template, and the files they include.
fn macros(root: &Node, local_references: &mut Vec<LocalReference>) -> BTreeSet<String> {
    let mut macros = BTreeSet::new();
    let mut one = |node: &Node| {
        if let Some(scalar) = node.plain() {
            macros.insert(scalar.text.clone());
        } else if let Some(name) = text_of(node, "Name") {
            if let Some(parameters) = node.get("Parameters")
                && name == INCLUDE
            {
                in_properties("Transform", INCLUDE, parameters, local_references);
            }
            macros.insert(name);
        }
    };
    if let Some(transform) = root.get("Transform") {
        match &transform.value {
            Value::List(items) => items.iter().for_each(&mut one),
            _ => one(transform),
        }
    }
    visit_macros(root, &mut one);
    macros
}

/// A key's value as text, if it is plain text, a number or a truth value.
fn text_of(node: &Node, key: &str) -> Option<String> {
    let scalar = node.get(key)?.plain()?;
    Some(scalar.text.clone())
}
