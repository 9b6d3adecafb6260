//! Which stack needs which: said outright, or implied by using an output. No circles.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::Reader;
use super::stacks::MAX_STACKS;
use crate::expression::Expression;
use crate::file::{RepositoryFile, StackSpec};
use crate::finding::Position;
use crate::wording::{did_you_mean, quote};

impl Reader<'_> {
    /// Makes `needs` the union of what is said and what is implied, sorted, and reports circles. `names` are all the
    /// stacks of the file, also those that could not be read.
    pub fn resolve_needs(
        &mut self,
        stacks: &mut BTreeMap<String, StackSpec>,
        names: &BTreeSet<&str>,
    ) {
        // Too many is a finding already; following that many would only cost time.
        if names.len() > MAX_STACKS {
            return;
        }
        for (name, stack) in stacks.iter_mut() {
            let mut needs: BTreeSet<String> = BTreeSet::new();
            for needed in std::mem::take(&mut stack.needs) {
                if names.contains(needed.as_str()) {
                    needs.insert(needed);
                } else {
                    let key = format!("stacks.{name}.needs");
                    let at = self.position_of(&format!("{key}.{needed}"));
                    self.unknown_stack(&key, at, &needed, names);
                }
            }
            let implied = stack.parameters.values().flat_map(Expression::stacks);
            needs.extend(
                implied
                    .filter(|stack| names.contains(stack))
                    .map(str::to_owned),
            );
            stack.needs = needs.into_iter().collect();
        }
        self.report_circles(stacks);
    }

    /// Reports expressions that use the output of a stack which isn't in the file.
    pub fn check_mentions(&mut self, file: &RepositoryFile, names: &BTreeSet<&str>) {
        if names.len() > MAX_STACKS {
            return;
        }
        for (key, expression) in file.expressions() {
            for stack in expression.stacks() {
                if !names.contains(stack) && !self.has_enough() {
                    let at = self.position_of(&key);
                    self.unknown_stack(&key, at, stack, names);
                }
            }
        }
    }

    fn unknown_stack(&mut self, key: &str, at: Position, stack: &str, names: &BTreeSet<&str>) {
        let message = format!(
            "{} names the stack {}, which is not in this file",
            quote(key),
            quote(stack)
        );
        let help = did_you_mean(stack, names.iter().copied(), "the stacks are");
        self.report(at, message, help);
    }

    fn report_circles(&mut self, stacks: &BTreeMap<String, StackSpec>) {
        let mut settled = BTreeSet::new();
        for name in stacks.keys() {
            if let Some(circle) = find_circle(name, stacks, &mut settled, &mut Vec::new()) {
                let first = circle.first().copied().unwrap_or(name);
                let second = circle.get(1).copied().unwrap_or(name);
                let at = self.position_of(&format!("stacks.{first}.needs.{second}"));
                let message = if circle.len() == 2 {
                    format!("the stack {} needs itself", quote(first))
                } else {
                    let circle = circle.join(" -> ");
                    format!("these stacks need each other in a circle: {circle}")
                };
                let help = "take one name out of `needs`, or the `${{ stacks.… }}` part that \
                            implies it";
                self.report(at, message, help);
            }
        }
    }
}

/// A walk along `needs` that comes back to where it began, first name repeated at the end. Stacks known to lead to
/// no further circle are `settled`.
fn find_circle<'a>(
    name: &'a str,
    stacks: &'a BTreeMap<String, StackSpec>,
    settled: &mut BTreeSet<&'a str>,
    walk: &mut Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    if settled.contains(name) {
        return None;
    }
    if let Some(begin) = walk.iter().position(|earlier| *earlier == name) {
        let mut circle = walk[begin..].to_vec();
        circle.push(name);
        settled.extend(circle.iter());
        return Some(circle);
    }
    walk.push(name);
    let mut needs = stacks.get(name).into_iter().flat_map(|stack| &stack.needs);
    let circle = needs.find_map(|needed| find_circle(needed, stacks, settled, walk));
    walk.pop();
    settled.insert(name);
    circle
}
