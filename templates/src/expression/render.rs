//! Filling in an expression.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Variable;
use crate::wording::{list, nearest, quote};

/// Everything an expression can be filled in with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The commit that is deployed, 40 hex digits.
    pub sha: String,
    /// The pull request's number; a drill has none.
    pub pull_request: Option<u64>,
    /// Ebbtide's own name for the environment.
    pub environment_id: String,
    /// The sandbox account, 12 digits.
    pub account_id: String,
    /// The AWS region the stacks are in.
    pub region: String,
    /// Outputs by stack name, then by output name. Only stacks that are deployed are here.
    pub outputs: BTreeMap<String, BTreeMap<String, String>>,
}

/// Why an expression can't be filled in, fit to be shown on the pull request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The environment was not made for a pull request.
    #[error("`pr.number` is used, but this environment belongs to no pull request")]
    NoPullRequest,
    /// The stack has no outputs to offer yet.
    #[error("{} is used, but the stack {} is not deployed", quote(&format!("stacks.{stack}.outputs.{output}")), quote(stack))]
    NotDeployed {
        /// The stack's name in `.ebbtide.yml`.
        stack: String,
        /// The output asked for.
        output: String,
    },
    /// The stack is deployed but has no such output.
    #[error(
        "the stack {} has no output {}; {}",
        quote(stack),
        quote(output),
        advice(output, there)
    )]
    NoSuchOutput {
        /// The stack's name in `.ebbtide.yml`.
        stack: String,
        /// The output asked for.
        output: String,
        /// The outputs that the stack does have.
        there: Vec<String>,
    },
}

fn advice(output: &str, there: &[String]) -> String {
    if there.is_empty() {
        return "it has none at all".to_owned();
    }
    let names = there.iter().map(String::as_str);
    let all = format!("its outputs are {}", list(names.clone()));
    match nearest(output, names) {
        Some(name) => format!("did you mean {}? {all}", quote(name)),
        None => all,
    }
}

impl Context {
    pub(super) fn value(&self, variable: &Variable) -> Result<Cow<'_, str>, RenderError> {
        Ok(Cow::Borrowed(match variable {
            Variable::Sha => &self.sha,
            Variable::EnvironmentId => &self.environment_id,
            Variable::AccountId => &self.account_id,
            Variable::Region => &self.region,
            Variable::PullRequestNumber => {
                let number = self.pull_request.ok_or(RenderError::NoPullRequest)?;
                return Ok(Cow::Owned(number.to_string()));
            }
            Variable::StackOutput { stack, output } => self.output(stack, output)?,
        }))
    }

    fn output(&self, stack: &str, output: &str) -> Result<&str, RenderError> {
        let outputs = self
            .outputs
            .get(stack)
            .ok_or_else(|| RenderError::NotDeployed {
                stack: stack.to_owned(),
                output: output.to_owned(),
            })?;
        let value = outputs
            .get(output)
            .ok_or_else(|| RenderError::NoSuchOutput {
                stack: stack.to_owned(),
                output: output.to_owned(),
                there: outputs.keys().cloned().collect(),
            })?;
        Ok(value)
    }
}
