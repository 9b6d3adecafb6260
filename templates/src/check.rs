//! Does `.ebbtide.yml` fit the templates it names? Asked before anything is deployed.

use std::collections::{BTreeMap, BTreeSet};

use crate::expression::Expression;
use crate::file::{Capability, RepositoryFile, StackSpec};
use crate::finding::{Finding, MAX_FINDINGS, in_order};
use crate::template::{LocalReference, Parameter, Template};
use crate::wording::{did_you_mean, list, nearest, quote};

/// Everything that would certainly go wrong. `templates` holds the templates by their path inside the repository; a
/// path that is named but not among them is reported as not being there. `file_path` is where `.ebbtide.yml` stands.
///
/// Findings point to the line in `.ebbtide.yml` that has to change, or to the template for files it refers to.
pub fn check(
    file_path: &str,
    file: &RepositoryFile,
    templates: &BTreeMap<String, Template>,
) -> Vec<Finding> {
    let mut check = Check {
        path: file_path,
        file,
        findings: Vec::new(),
    };
    let mut used = BTreeSet::new();
    for (name, stack) in &file.stacks {
        match templates.get(&stack.template) {
            Some(template) => {
                check.parameters(name, stack, template);
                check.capabilities(name, stack, template);
                used.insert(&stack.template);
            }
            None => check.report(
                &format!("stacks.{name}.template"),
                format!("there is no file {} at this commit", quote(&stack.template)),
                "write the path from the repository's top",
            ),
        }
    }
    check.outputs(templates);
    let mut findings = check.findings;
    let used = used.into_iter().filter_map(|path| templates.get(path));
    findings.extend(used.flat_map(|template| {
        let references = template.local_references.iter();
        references.map(|reference| not_packaged(&template.path, reference))
    }));
    in_order(findings)
}

fn not_packaged(path: &str, reference: &LocalReference) -> Finding {
    let message = format!(
        "{} of {} refers to a local file, {}, which is not packaged yet",
        quote(&reference.property),
        quote(&reference.resource),
        quote(&reference.file)
    );
    Finding::new(path, reference.at, message)
        .with_help("upload it and give its address, or write its content into the template")
}

struct Check<'a> {
    path: &'a str,
    file: &'a RepositoryFile,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn report(&mut self, key: &str, message: String, help: impl Into<String>) {
        let at = self.file.positions.of(key);
        let finding = Finding::new(self.path, at, message);
        self.findings.push(finding.with_help(help));
    }

    /// Whether enough has been found. Looking for the name that was meant can then be spared.
    fn has_enough(&self) -> bool {
        self.findings.len() > MAX_FINDINGS
    }

    fn parameters(&mut self, name: &str, stack: &StackSpec, template: &Template) {
        let given = format!("stacks.{name}.parameters");
        for (parameter, value) in &stack.parameters {
            let key = format!("{given}.{parameter}");
            if let Some(declared) = template.parameters.get(parameter) {
                self.parameter_value(&key, value, declared);
                continue;
            }
            if self.has_enough() {
                return;
            }
            let message = format!(
                "{} declares no parameter {}",
                template.path,
                quote(parameter)
            );
            let names = template.parameters.keys().map(String::as_str);
            let help = if template.parameters.is_empty() {
                "leave it out, the template has no parameters".to_owned()
            } else {
                did_you_mean(parameter, names, "it declares")
            };
            self.report(&key, message, help);
        }
        for (parameter, declared) in &template.parameters {
            if !declared.has_default && !stack.parameters.contains_key(parameter) {
                let message = format!(
                    "the parameter {} of {} has no default and is given no value",
                    quote(parameter),
                    template.path
                );
                let help = format!(
                    "add {} to {}{}",
                    quote(&format!("{parameter}: …")),
                    quote(&given),
                    about(declared)
                );
                self.report(&given, message, help);
            }
        }
    }

    /// Values that are known already are held against what the template allows.
    fn parameter_value(&mut self, key: &str, value: &Expression, declared: &Parameter) {
        let Some(literal) = value.literal() else {
            return;
        };
        let is_list = declared.kind == "CommaDelimitedList" || declared.kind.starts_with("List<");
        let values: Vec<&str> = if is_list {
            literal.split(',').map(str::trim).collect()
        } else {
            vec![literal]
        };
        let is_number = matches!(declared.kind.as_str(), "Number" | "List<Number>");
        for value in values {
            if is_number && value.trim().parse::<f64>().is_err() {
                let message = format!("{} must be a number, not {}", quote(key), quote(value));
                self.report(key, message, format!("its type is {}", declared.kind));
            } else if !declared.allowed_values.is_empty()
                && !declared
                    .allowed_values
                    .iter()
                    .any(|allowed| allowed == value)
            {
                // A secret's values are nobody's business on a pull request.
                let message = if declared.no_echo {
                    format!("{} is not one of the allowed values", quote(key))
                } else {
                    format!("{} can't be {}", quote(key), quote(value))
                };
                let help = format!("allowed are {}", list(&declared.allowed_values));
                self.report(key, message, help);
            }
        }
    }

    fn capabilities(&mut self, name: &str, stack: &StackSpec, template: &Template) {
        let key = format!("stacks.{name}.capabilities");
        let allowed = &stack.capabilities;
        let may_name = allowed.contains(&Capability::NamedIam);
        let needing = |capability| {
            let resources = template.resources.iter();
            resources
                .filter(move |(_, resource)| resource.capability == Some(capability))
                .map(|(id, _)| id)
        };
        let named: Vec<_> = needing(Capability::NamedIam).collect();
        let unnamed: Vec<_> = needing(Capability::Iam).collect();
        let add = |capability: Capability| {
            let capability = quote(capability.as_str());
            format!("add {capability} to {} if that is wanted", quote(&key))
        };
        if !named.is_empty() && !may_name {
            let message = format!(
                "{} makes IAM resources under names of its own: {}",
                template.path,
                list(named)
            );
            self.report(&key, message, add(Capability::NamedIam));
        } else if !unnamed.is_empty() && !may_name && !allowed.contains(&Capability::Iam) {
            let message = format!("{} makes IAM resources: {}", template.path, list(unnamed));
            self.report(&key, message, add(Capability::Iam));
        }
    }

    /// Outputs that are used must be declared.
    fn outputs(&mut self, templates: &BTreeMap<String, Template>) {
        for (key, expression) in self.file.expressions() {
            for (stack, output) in expression.stack_outputs() {
                let spec = self.file.stacks.get(stack);
                let template = spec.and_then(|spec| templates.get(&spec.template));
                if let Some(template) = template
                    && !template.outputs_are_open
                    && !template.outputs.contains(output)
                    && !self.has_enough()
                {
                    self.undeclared_output(&key, output, template);
                }
            }
        }
    }

    fn undeclared_output(&mut self, key: &str, output: &str, template: &Template) {
        let message = format!("{} declares no output {}", template.path, quote(output));
        let names = template.outputs.iter().map(String::as_str);
        let help = match nearest(output, names.clone()) {
            Some(name) => format!("did you mean {}?", quote(name)),
            None if template.outputs.is_empty() => {
                format!("add it to the `Outputs` of {}", template.path)
            }
            None => format!("its outputs are {}", list(names)),
        };
        self.report(key, message, help);
    }
}

/// What a template says about a parameter, to be put after a sentence.
fn about(parameter: &Parameter) -> String {
    let mut facts = vec![format!("type {}", parameter.kind)];
    if !parameter.allowed_values.is_empty() {
        facts.push(format!("one of {}", list(&parameter.allowed_values)));
    }
    if let Some(description) = &parameter.description {
        facts.push(format!("“{}”", quote(description).trim_matches('`')));
    }
    format!(" ({})", facts.join(", "))
}
