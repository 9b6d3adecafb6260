//! The `stacks` part of the file.

use std::collections::BTreeMap;

use super::fields::{Reader, items_of};
use crate::expression::{Expression, is_logical_id};
use crate::file::{Capability, StackSpec};
use crate::wording::{did_you_mean, quote};
use crate::yaml::{Node, Value};

const STACK_KEYS: [&str; 5] = ["template", "needs", "capabilities", "parameters", "tags"];
pub(super) const MAX_STACKS: usize = 20;
/// AWS allows 50 on a resource; the rest is left to Ebbtide's and CloudFormation's own.
const MAX_TAGS: usize = 40;
/// CloudFormation's own limit.
const MAX_PARAMETERS: usize = 200;
const MAX_PATH: usize = 500;

impl Reader<'_> {
    pub fn stacks(&mut self, node: &Node) -> BTreeMap<String, StackSpec> {
        let entries = self.map("stacks", node, None).unwrap_or_default();
        if node.entries().is_some_and(<[_]>::is_empty) {
            self.report(node.at, "`stacks` is empty", super::STACKS_HELP);
        }
        self.at_most("stacks", node, entries.len(), MAX_STACKS);
        let mut stacks = BTreeMap::new();
        for entry in entries {
            let named = self.name("a stack", entry);
            let key = format!("stacks.{}", entry.key);
            if let Some(stack) = self.stack(&key, &entry.value)
                && named
            {
                stacks.insert(entry.key.clone(), stack);
            }
        }
        stacks
    }

    fn stack(&mut self, key: &str, node: &Node) -> Option<StackSpec> {
        let entries = self.map(key, node, Some(&STACK_KEYS))?;
        let mut stack = StackSpec {
            template: String::new(),
            needs: Vec::new(),
            capabilities: Vec::new(),
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        for entry in entries {
            let (key, node) = (format!("{key}.{}", entry.key), &entry.value);
            match entry.key.as_str() {
                "template" => stack.template = self.template(&key, node).unwrap_or_default(),
                "needs" => stack.needs = self.texts(&key, node, MAX_STACKS),
                "capabilities" => stack.capabilities = self.capabilities(&key, node),
                "parameters" => stack.parameters = self.parameters(&key, node),
                "tags" => stack.tags = self.tags(&key, node),
                _ => {}
            }
        }
        if node.get("template").is_none() {
            let message = format!("{} is missing", quote(&format!("{key}.template")));
            let help = "give the path of a CloudFormation template in this repository";
            self.report(self.position_of(key), message, help);
        }
        Some(stack)
    }

    fn template(&mut self, key: &str, node: &Node) -> Option<String> {
        let text = self.text(key, node)?;
        let key = quote(key);
        let wrong = if text.is_empty() {
            Some(format!("{key} is empty"))
        } else if text.contains("${{") {
            Some(format!("{key} can't be an expression"))
        } else if text.contains("://") {
            Some(format!("{key} can't be an address"))
        } else if text.starts_with('/') || text.contains('\\') || text.chars().nth(1) == Some(':') {
            Some(format!("{key} must be a path inside the repository"))
        } else if text.split('/').any(|part| part == "..") {
            Some(format!("{key} must not lead out of the repository"))
        } else if text.len() > MAX_PATH || text.chars().any(char::is_control) {
            Some(format!("{key} is no usable path"))
        } else if text.ends_with('/') {
            Some(format!("{key} names a folder"))
        } else {
            None
        };
        if let Some(message) = wrong {
            let help = "write the path from the repository's top, with `/` between folders, such as \
                        `infra/app.yaml`";
            self.report(node.at, message, help);
            return None;
        }
        let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
        Some(parts.collect::<Vec<_>>().join("/"))
    }

    fn capabilities(&mut self, key: &str, node: &Node) -> Vec<Capability> {
        let items = items_of(self, key, node, "write `capabilities: [CAPABILITY_IAM]`");
        let mut capabilities = Vec::new();
        for item in items {
            let Some(text) = self.text(key, item) else {
                continue;
            };
            let known = Capability::ALL.into_iter();
            if let Some(capability) = known.clone().find(|one| one.as_str() == text) {
                capabilities.push(capability);
                continue;
            }
            let message = format!("{} is not a capability", quote(&text));
            let help = did_you_mean(&text, known.map(Capability::as_str), "there are");
            self.report(item.at, message, help);
        }
        capabilities.sort_unstable();
        capabilities.dedup();
        capabilities
    }

    fn parameters(&mut self, key: &str, node: &Node) -> BTreeMap<String, Expression> {
        let mut parameters = BTreeMap::new();
        let entries = self.map(key, node, None).unwrap_or_default();
        self.at_most(key, node, entries.len(), MAX_PARAMETERS);
        for entry in entries {
            if !is_logical_id(&entry.key) {
                let message = format!("{} can't be the name of a parameter", quote(&entry.key));
                self.report(
                    entry.key_at,
                    message,
                    "CloudFormation allows letters and digits only",
                );
            }
            let key = format!("{key}.{}", entry.key);
            if let Some(expression) = self.parameter(&key, &entry.value) {
                parameters.insert(entry.key.clone(), expression);
            }
        }
        parameters
    }

    fn parameter(&mut self, key: &str, node: &Node) -> Option<Expression> {
        let Value::List(items) = &node.value else {
            let text = &self.value_text(key, node)?.text;
            return self.expression(text, node);
        };
        // Each item is parsed by itself, so that a mistake is reported where it stands.
        let mut texts = Vec::new();
        for item in items {
            if let Some(scalar) = self.value_text(key, item)
                && let Some(expression) = self.expression(&scalar.text, item)
            {
                texts.push(expression.as_str().to_owned());
            }
        }
        texts.join(",").parse().ok()
    }

    fn tags(&mut self, key: &str, node: &Node) -> BTreeMap<String, String> {
        let entries = self.map(key, node, None).unwrap_or_default();
        self.at_most(key, node, entries.len(), MAX_TAGS);
        let mut tags = BTreeMap::new();
        for entry in entries {
            let full = format!("{key}.{}", entry.key);
            let Some(value) = self.value_text(&full, &entry.value) else {
                continue;
            };
            self.without_expressions(&full, &entry.value, &value.text);
            let reserved = entry.key.to_lowercase().starts_with("aws:");
            if reserved || entry.key.is_empty() || entry.key.chars().count() > 128 {
                let message = format!("{} can't be the key of a tag", quote(&entry.key));
                let help = "AWS allows 1 to 128 characters, not beginning with `aws:`";
                self.report(entry.key_at, message, help);
            }
            if value.text.chars().count() > 256 {
                let message = format!("{} is too long", quote(&full));
                let help = "AWS allows 256 characters in a tag's value";
                self.report(entry.value.at, message, help);
            }
            tags.insert(entry.key.clone(), value.text.clone());
        }
        tags
    }
}
