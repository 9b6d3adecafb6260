//! `ebbtide guardrails show`.

use crate::cli::output::{self, Output};
use crate::config::Config;
use clap::Args;
use ebbtide_templates::guardrails::{Guardrail, MAX_LENGTH, digest, readable};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

/// How to show them.
#[derive(Debug, Args)]
pub struct Show {
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
}

#[derive(Serialize)]
struct Shown<'a> {
    /// Over all policies.
    digest: String,
    policies: Vec<ShownPolicy<'a>>,
}

#[derive(Serialize)]
struct ShownPolicy<'a> {
    name: &'a str,
    description: &'a str,
    /// In bytes.
    length: usize,
    document: Value,
}

impl Show {
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<()> {
        let policies = &config.guardrails.policies;
        match self.output {
            Output::Human => output::text(&page(policies)),
            Output::Json => output::json(&Shown {
                digest: digest(policies),
                policies: policies.iter().map(shown).collect::<Result<_, _>>()?,
            }),
        }
    }
}

fn shown(policy: &Guardrail) -> anyhow::Result<ShownPolicy<'_>> {
    Ok(ShownPolicy {
        name: &policy.name,
        description: &policy.description,
        length: policy.document.len(),
        document: serde_json::from_str(&policy.document)?,
    })
}

fn page(policies: &[Guardrail]) -> String {
    let row = |policy: &Guardrail| {
        [
            policy.name.clone(),
            format!("{} of {MAX_LENGTH}", policy.document.len()),
            policy.description.clone(),
        ]
    };
    let mut page = output::table(
        ["POLICY", "LENGTH", "DESCRIPTION"],
        policies.iter().map(row),
    );
    let _ = writeln!(page, "\nDigest of all: {}", digest(policies));
    for policy in policies {
        let document = readable(&policy.document).unwrap_or_default();
        let _ = write!(page, "\n{}\n{document}", policy.name);
    }
    page
}
