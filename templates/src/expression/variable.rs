//! What may stand between `${{` and `}}`: a short allow-list, so that a pull request can read nothing else.

use std::fmt;

use crate::wording::{list, nearest, quote};

/// The allowed forms as a person writes them.
pub(super) const FORMS: [&str; 6] = [
    "sha",
    "pr.number",
    "environment.id",
    "account.id",
    "region",
    "stacks.NAME.outputs.KEY",
];

/// A value that is known when a stack is deployed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// `sha`: the commit that is deployed, 40 hex digits.
    Sha,
    /// `pr.number`: the pull request's number.
    PullRequestNumber,
    /// `environment.id`: Ebbtide's own name for the environment.
    EnvironmentId,
    /// `account.id`: the sandbox account, 12 digits.
    AccountId,
    /// `region`: the AWS region the stacks are in.
    Region,
    /// `stacks.NAME.outputs.KEY`: an output of a stack of the same environment.
    StackOutput {
        /// The stack's name in `.ebbtide.yml`.
        stack: String,
        /// The output's name in that stack's template.
        output: String,
    },
}

impl Variable {
    /// `Err` holds what is wrong and how to mend it.
    pub(super) fn parse(name: &str) -> Result<Self, (String, String)> {
        match name {
            "sha" => return Ok(Self::Sha),
            "pr.number" => return Ok(Self::PullRequestNumber),
            "environment.id" => return Ok(Self::EnvironmentId),
            "account.id" => return Ok(Self::AccountId),
            "region" => return Ok(Self::Region),
            _ => {}
        }
        let allowed = || format!("allowed are {}", list(FORMS));
        if name.is_empty() {
            return Err(("`${{ }}` names nothing".to_owned(), allowed()));
        }
        let segments: Vec<&str> = name.split('.').collect();
        match segments.as_slice() {
            ["stacks", stack, "outputs", output] if is_name(stack) && is_logical_id(output) => {
                Ok(Self::StackOutput {
                    stack: (*stack).to_owned(),
                    output: (*output).to_owned(),
                })
            }
            ["stacks", ..] => Err((
                format!("{} does not name an output of a stack", quote(name)),
                "write it as `stacks.NAME.outputs.KEY`".to_owned(),
            )),
            _ => {
                let help = match nearest(name, FORMS) {
                    Some(near) => format!("did you mean {}? {}", quote(near), allowed()),
                    None => allowed(),
                };
                let message = format!("{} can't be used in an expression", quote(name));
                Err((message, help))
            }
        }
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha => f.write_str("sha"),
            Self::PullRequestNumber => f.write_str("pr.number"),
            Self::EnvironmentId => f.write_str("environment.id"),
            Self::AccountId => f.write_str("account.id"),
            Self::Region => f.write_str("region"),
            Self::StackOutput { stack, output } => write!(f, "stacks.{stack}.outputs.{output}"),
        }
    }
}

/// Names of stacks and of shown outputs: they become part of CloudFormation's stack names.
pub(crate) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.len() <= 41
}

/// CloudFormation's logical ids (of outputs, parameters and resources): letters and digits, 255 at most.
pub(crate) fn is_logical_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.chars().all(|c| c.is_ascii_alphanumeric())
}
