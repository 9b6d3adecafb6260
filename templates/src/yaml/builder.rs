//! From the parser's events to the tree, within bounds.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{Entry, Node, Rules, Scalar, ScalarKind, Value};
use crate::finding::{Finding, Position};
use crate::wording::quote;

/// How deep collections may be nested. CloudFormation's own templates rarely pass 20.
const MAX_DEPTH: usize = 100;
/// How many nodes a text may have once its aliases are written out.
const MAX_NODES: usize = 200_000;

/// The tree, unless a mistake ended the reading, and all mistakes of form.
pub(super) fn build(path: &str, text: &str, rules: Rules) -> (Option<Node>, Vec<Finding>) {
    let mut builder = Builder::new(path, text, rules);
    let root = builder.run().unwrap_or_else(|fatal| {
        builder.findings.push(fatal);
        None
    });
    (root, builder.findings)
}

/// A collection whose end has not been read yet.
struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value. The inner `None` is a key that can't be used, already reported.
    key: Option<(Option<String>, Position)>,
    /// The keys read so far, with their lines.
    keys: HashMap<String, u32>,
    /// Nodes read before this one: what its alias costs is the difference.
    nodes_before: usize,
}

struct Builder<'a> {
    path: &'a str,
    text: &'a str,
    rules: Rules,
    findings: Vec<Finding>,
    open: Vec<Open>,
    root: Option<Node>,
    /// Anchored nodes that are complete, and how many nodes each is made of.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl<'a> Builder<'a> {
    fn new(path: &'a str, text: &'a str, rules: Rules) -> Self {
        Self {
            path,
            text,
            rules,
            findings: Vec::new(),
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            nodes: 0,
        }
    }

    /// `Err` is a mistake after which the rest of the text can't be understood.
    fn run(&mut self) -> Result<Option<Node>, Finding> {
        let mut documents = 0;
        for event in Parser::new_from_str(self.text) {
            let (event, span) = event.map_err(|error| self.not_yaml(&error))?;
            let at = position(span.start);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(Finding::new(self.path, at, "a second document begins here")
                            .with_help("keep one document in the file, without another `---`"));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let scalar = self.scalar(text.into_owned(), style, tag.as_deref(), &span);
                    let node = self.node(at, tag.as_deref(), Value::Scalar(scalar))?;
                    self.complete(node, anchor, 1)?;
                }
                Event::SequenceStart(_, anchor, tag) => {
                    let node = self.node(at, tag.as_deref(), Value::List(Vec::new()))?;
                    self.begin(node, anchor)?;
                }
                Event::MappingStart(_, anchor, tag) => {
                    let node = self.node(at, tag.as_deref(), Value::Map(Vec::new()))?;
                    self.begin(node, anchor)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end()?,
                Event::Alias(id) => self.alias(id, at)?,
                // Stream and document ends carry nothing; comments and anchor names are not asked for.
                _ => {}
            }
        }
        let root = self.root.take();
        Ok(root.filter(|node| {
            !matches!(&node.value, Value::Scalar(scalar) if scalar.kind == ScalarKind::Nothing)
        }))
    }

    fn node(&mut self, at: Position, tag: Option<&Tag>, value: Value) -> Result<Node, Finding> {
        self.grow(1, at)?;
        let tag = tag.filter(|tag| tag.is_custom());
        if let Some(tag) = tag
            && !self.rules.tags
        {
            let message = format!("the tag {} means nothing here", quote(&tag.original()));
            let finding = Finding::new(self.path, at, message)
                .with_help("leave it out, or put the value in quotes if it is meant as text");
            self.findings.push(finding);
        }
        Ok(Node {
            at,
            tag: tag.map(|tag| tag.suffix().to_owned()),
            value,
        })
    }

    fn grow(&mut self, by: usize, at: Position) -> Result<(), Finding> {
        self.nodes = self.nodes.saturating_add(by);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message =
            format!("the file holds more than {MAX_NODES} values once its aliases are written out");
        Err(Finding::new(self.path, at, message))
    }

    fn scalar(&self, text: String, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Scalar {
        let kind = match (style, tag.and_then(Tag::core_suffix)) {
            (_, Some("str")) => ScalarKind::Text,
            (ScalarStyle::Plain, _) if tag.is_none_or(|tag| !tag.is_custom()) => plain_kind(&text),
            _ => ScalarKind::Text,
        };
        let text_at = span.slice(self.text).and_then(|source| {
            let before = &source[..source.find(&text)?];
            let start = position(span.start);
            let same_line = !before.contains('\n') && !text.contains('\n');
            same_line.then(|| Position {
                line: start.line,
                column: start.column + count(before.chars().count()),
            })
        });
        Scalar {
            text,
            kind,
            text_at,
        }
    }

    fn begin(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} levels are nested here");
            return Err(Finding::new(self.path, node.at, message));
        }
        self.open.push(Open {
            node,
            anchor,
            key: None,
            keys: HashMap::new(),
            nodes_before: self.nodes,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Finding> {
        if let Some(open) = self.open.pop() {
            let size = 1 + self.nodes - open.nodes_before;
            self.complete(open.node, open.anchor, size)?;
        }
        Ok(())
    }

    /// Puts a node where it belongs: below the collection that is open, as its key, value or item.
    fn complete(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Finding> {
        if anchor != 0 && self.rules.aliases {
            // The copy kept for later counts too, or nested anchors could multiply a text in memory.
            self.grow(size, node.at)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match parent.key.take() {
                Some((Some(key), key_at)) => entries.push(Entry {
                    key,
                    key_at,
                    value: node,
                }),
                Some((None, _)) => {}
                None => {
                    let key = match usable_key(self.path, &mut parent.keys, &node) {
                        Ok(key) => Some(key),
                        Err(finding) => {
                            self.findings.push(finding);
                            None
                        }
                    };
                    parent.key = Some((key, node.at));
                }
            },
            // Only collections are ever opened.
            Value::Scalar(_) => {}
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, at: Position) -> Result<(), Finding> {
        if !self.rules.aliases {
            return Err(
                Finding::new(self.path, at, "CloudFormation does not know YAML aliases")
                    .with_help("write the value out here"),
            );
        }
        let Some((target, size)) = self.anchors.get(&id).cloned() else {
            return Err(Finding::new(
                self.path,
                at,
                "an alias stands inside the very value that it repeats",
            ));
        };
        self.grow(size, at)?;
        // What is wrong with a repeated value is wrong where the author sees it repeated or where it was written;
        // the positions inside stay those of the original, the value as a whole stands here.
        self.complete(Node { at, ..target }, 0, size)
    }

    fn not_yaml(&self, error: &ScanError) -> Finding {
        let at = position(*error.marker());
        let line = self.text.lines().nth(at.line as usize - 1).unwrap_or("");
        let indented_by_tab = line
            .chars()
            .take_while(|c| c.is_whitespace())
            .any(|c| c == '\t');
        let tab = matches!(
            error.kind(),
            ErrorKind::TabNotAllowed
                | ErrorKind::TabInBlockIndentation
                | ErrorKind::TabInIndentation
                | ErrorKind::TabAtBlockScalarStart
        );
        if tab || indented_by_tab {
            return Finding::new(self.path, at, "a tab stands where YAML wants spaces")
                .with_help("indent with spaces");
        }
        let help = match error.kind() {
            ErrorKind::RecursionLimitExceeded => {
                let message = format!("more than {MAX_DEPTH} levels are nested here");
                return Finding::new(self.path, at, message);
            }
            ErrorKind::UnknownAnchor => {
                let message = "`*` repeats a value, but none above has this name";
                return Finding::new(self.path, at, message)
                    .with_help("put the text in quotes if it is meant to begin with `*`");
            }
            ErrorKind::MappingValueNotAllowed => "put text that contains `: ` in quotes",
            ErrorKind::UnexpectedCharacter { .. } => {
                "put text that begins with a special character in quotes"
            }
            ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
                "is a quotation mark left open above?"
            }
            _ => "",
        };
        let message = format!("this is not {}: {}", self.rules.called, error.info());
        let finding = Finding::new(self.path, at, message);
        if help.is_empty() {
            finding
        } else {
            finding.with_help(help)
        }
    }
}

/// The text of a key, unless it can't be one.
fn usable_key(path: &str, keys: &mut HashMap<String, u32>, node: &Node) -> Result<String, Finding> {
    let Value::Scalar(scalar) = &node.value else {
        let message = format!("a key must be text, not {}", node.describe());
        return Err(Finding::new(path, node.at, message));
    };
    if let Some(first) = keys.get(&scalar.text) {
        let message = format!(
            "{} is given twice, first on line {first}",
            quote(&scalar.text)
        );
        return Err(Finding::new(path, node.at, message).with_help("keep one of the two"));
    }
    keys.insert(scalar.text.clone(), node.at.line);
    Ok(scalar.text.clone())
}

fn plain_kind(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Nothing,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => ScalarKind::Boolean,
        text if is_number(text) => ScalarKind::Number,
        _ => ScalarKind::Text,
    }
}

fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.chars().all(|c| ('0'..='7').contains(&c));
    }
    // Rust reads `inf` and `nan` as numbers, YAML writes them with a dot.
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    text.chars().all(numeric)
        && text.chars().any(|c| c.is_ascii_digit())
        && text.parse::<f64>().is_ok()
}

fn position(marker: Marker) -> Position {
    Position {
        line: count(marker.line()).max(1),
        column: count(marker.col()).saturating_add(1),
    }
}

/// No text that is read is long enough to need more.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
