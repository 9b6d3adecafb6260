//! From the text of `.ebbtide.yml` to [`RepositoryFile`], or to everything that is wrong with it.
//!
//! The text comes from strangers. It is read within bounds (256 KiB, 20 stacks) and never only up to the first
//! mistake: whoever gets an answer on the pull request should be able to mend all of it with one push.

mod fields;
mod needs;
mod stacks;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::expression::Expression;
use crate::file::{
    HealthCheck, Positions, RepositoryFile, default_timeout, default_within, first_version,
    ok_status,
};
use crate::finding::{Finding, Position, in_order};
use crate::wording::quote;
use crate::yaml::{self, Node, Rules};
use fields::{Reader, items_of};

const RULES: Rules = Rules {
    max_bytes: 256 * 1024,
    called: "YAML",
    aliases: true,
    tags: false,
};
/// The keys at the top of the file.
const FILE_KEYS: [&str; 9] = [
    "version", "ttl", "drafts", "wait_for", "region", "stacks", "url", "outputs", "health",
];
const HEALTH_KEYS: [&str; 5] = ["url", "status", "contains", "timeout", "within"];
const MAX_WAIT_FOR: usize = 20;
const MAX_OUTPUTS: usize = 30;
const MAX_HEALTH_CHECKS: usize = 10;
const MAX_TIMEOUT: Duration = Duration::from_mins(1);
const MAX_WITHIN: Duration = Duration::from_hours(1);
const STACKS_HELP: &str =
    "name at least one stack, such as `stacks: {app: {template: infra/app.yaml}}`";

/// Reads the text of the file at `path`. The findings are in the order of the text.
pub fn read(path: &str, text: &str) -> Result<RepositoryFile, Vec<Finding>> {
    let (root, mut findings) = yaml::parse(path, text, RULES);
    let Some(root) = root else {
        if let [only] = findings.as_mut_slice()
            && only.message == "the file is empty"
        {
            only.help = Some(STACKS_HELP.to_owned());
        }
        return Err(in_order(findings));
    };
    let mut reader = Reader::new(path, findings);
    let file = reader.file(&root);
    let (findings, positions) = reader.finish();
    match file {
        Some(file) if findings.is_empty() => Ok(RepositoryFile { positions, ..file }),
        _ => Err(in_order(findings)),
    }
}

impl Reader<'_> {
    fn file(&mut self, root: &Node) -> Option<RepositoryFile> {
        let entries = self.map("", root, Some(&FILE_KEYS))?;
        let mut file = RepositoryFile {
            version: first_version(),
            ttl: None,
            drafts: false,
            wait_for: Vec::new(),
            region: None,
            stacks: BTreeMap::new(),
            url: None,
            outputs: BTreeMap::new(),
            health: Vec::new(),
            positions: Positions::default(),
        };
        for entry in entries {
            let (key, node) = (entry.key.as_str(), &entry.value);
            match key {
                "version" => self.version(node),
                "ttl" => file.ttl = self.duration(key, node, None),
                "drafts" => file.drafts = self.boolean(key, node).unwrap_or_default(),
                "wait_for" => file.wait_for = self.texts(key, node, MAX_WAIT_FOR),
                "region" => file.region = self.region(node),
                "stacks" => file.stacks = self.stacks(node),
                "url" => file.url = self.address(key, node),
                "outputs" => file.outputs = self.outputs(node),
                "health" => file.health = self.health(node),
                _ => {}
            }
        }
        if root.get("stacks").is_none() {
            self.report(root.at, "`stacks` is missing", STACKS_HELP);
        }
        let declared = root.get("stacks").and_then(Node::entries);
        let names = declared.unwrap_or_default().iter();
        let names: BTreeSet<&str> = names.map(|entry| entry.key.as_str()).collect();
        self.resolve_needs(&mut file.stacks, &names);
        self.check_mentions(&file, &names);
        Some(file)
    }

    fn version(&mut self, node: &Node) {
        if let Some(number) = self.integer("version", node)
            && number != i64::from(first_version())
        {
            let message = format!("`version` {number} of this format is not known");
            self.report(node.at, message, "write `version: 1`, or leave it out");
        }
    }

    fn region(&mut self, node: &Node) -> Option<String> {
        let text = self.text("region", node)?;
        let mut words = text.split('-').rev();
        let number = words.next().unwrap_or_default();
        let words: Vec<&str> = words.collect();
        let looks_right = words.len() >= 2
            && words
                .iter()
                .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
            && words.last().is_some_and(|first| first.len() >= 2)
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit());
        if !looks_right {
            let message = format!("`region` can't be {}", quote(&text));
            self.report(node.at, message, "write an AWS region such as `eu-west-1`");
            return None;
        }
        Some(text)
    }

    /// An expression that must become an http or https address.
    fn address(&mut self, key: &str, node: &Node) -> Option<Expression> {
        let text = self.text(key, node)?;
        let expression = self.expression(&text, node)?;
        let beginning = expression.literal_beginning();
        let certainly_wrong = !beginning.is_empty()
            && !["http://", "https://"]
                .iter()
                .any(|scheme| beginning.starts_with(scheme) || scheme.starts_with(beginning));
        let scheme_alone = ["http://", "https://"].contains(&text.trim());
        if text.trim().is_empty() || certainly_wrong || scheme_alone {
            let message = format!("{} must be an http or https address", quote(key));
            let help =
                "write something like `https://example.org` or `${{ stacks.app.outputs.Url }}`";
            self.report(node.at, message, help);
            return None;
        }
        Some(expression)
    }

    fn outputs(&mut self, node: &Node) -> BTreeMap<String, Expression> {
        let entries = self.map("outputs", node, None).unwrap_or_default();
        self.at_most("outputs", node, entries.len(), MAX_OUTPUTS);
        let mut outputs = BTreeMap::new();
        for entry in entries {
            self.name("an output", entry);
            let key = format!("outputs.{}", entry.key);
            if let Some(text) = self.text(&key, &entry.value)
                && let Some(expression) = self.expression(&text, &entry.value)
            {
                outputs.insert(entry.key.clone(), expression);
            }
        }
        outputs
    }

    fn health(&mut self, node: &Node) -> Vec<HealthCheck> {
        let example = "write `health: [{url: https://example.org/healthz}]`";
        let items = items_of(self, "health", node, example);
        self.at_most("health", node, items.len(), MAX_HEALTH_CHECKS);
        let checks = items.iter().enumerate();
        checks
            .filter_map(|(index, item)| self.health_check(&format!("health.{index}"), item))
            .collect()
    }

    fn health_check(&mut self, key: &str, node: &Node) -> Option<HealthCheck> {
        self.remember(key.to_owned(), node.at);
        let entries = self.map(key, node, Some(&HEALTH_KEYS))?;
        let mut url = None;
        let mut status = None;
        let mut contains = None;
        let mut timeout = None;
        let mut within = None;
        for entry in entries {
            let (key, node) = (format!("{key}.{}", entry.key), &entry.value);
            match entry.key.as_str() {
                "url" => url = self.address(&key, node),
                "status" => status = self.status(&key, node),
                "contains" => contains = self.fixed_text(&key, node),
                "timeout" => timeout = self.duration(&key, node, Some(MAX_TIMEOUT)),
                "within" => within = self.duration(&key, node, Some(MAX_WITHIN)),
                _ => {}
            }
        }
        if node.get("url").is_none() {
            let message = format!("{} is missing", quote(&format!("{key}.url")));
            self.report(node.at, message, "say which address to ask");
        }
        Some(HealthCheck {
            url: url?,
            status: status.unwrap_or_else(ok_status),
            contains,
            timeout: timeout.unwrap_or_else(default_timeout),
            within: within.unwrap_or_else(default_within),
        })
    }

    fn status(&mut self, key: &str, node: &Node) -> Option<u16> {
        let number = self.integer(key, node)?;
        let status = u16::try_from(number)
            .ok()
            .filter(|status| (100..=599).contains(status));
        if status.is_none() {
            let message = format!("{} can't be {number}", quote(key));
            self.report(node.at, message, "an HTTP status is 100 to 599");
        }
        status
    }

    fn at_most(&mut self, key: &str, node: &Node, number: usize, limit: usize) {
        if number > limit {
            let message = format!(
                "{} holds {number} entries, at most {limit} are allowed",
                quote(key)
            );
            self.report_plainly(node.at, message);
        }
    }

    fn report(&mut self, at: Position, message: impl Into<String>, help: impl Into<String>) {
        let finding = self.finding(at, message).with_help(help);
        self.push(finding);
    }

    fn report_plainly(&mut self, at: Position, message: impl Into<String>) {
        let finding = self.finding(at, message);
        self.push(finding);
    }
}
