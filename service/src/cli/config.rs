//! `ebbtide config`: what is configured, and what could be.

use super::output::{self, Output};
use crate::config::{Config, InForce, Mistakes, Sources, reference};
use clap::{Args, Subcommand};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration and print what is in force, with secrets hidden
    Check(Check),
    /// Print the reference of all keys, in Markdown
    Reference,
}

/// How to print what is in force.
#[derive(Debug, Args)]
pub struct Check {
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
}

impl ConfigCommand {
    /// Does it.
    pub fn run(self, sources: impl FnOnce() -> Result<Sources, Mistakes>) -> anyhow::Result<()> {
        match self {
            Self::Check(check) => {
                let sources = sources()?;
                Config::load(&sources)?;
                let in_force = sources.in_force();
                match check.output {
                    Output::Json => output::json(&in_force),
                    Output::Human => output::text(&output::table(
                        ["KEY", "FROM", "VALUE"],
                        in_force.into_iter().map(row),
                    )),
                }
            }
            Self::Reference => output::text(&reference()),
        }
    }
}

fn row(line: InForce) -> [String; 3] {
    let origin = line.origin.unwrap_or_else(|| "default".to_owned());
    let value = line.value.unwrap_or_else(|| "not set".to_owned());
    [line.key, origin, value]
}
