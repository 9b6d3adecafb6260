//! `ebbtide sweep`: the comparison that the service makes on its slow period, for people.

use super::output::{self, Output};
use crate::config::{Config, Sources};
use crate::poke::Poke;
use crate::service;
use clap::Args;
use serde::Serialize;

/// How to compare.
#[derive(Debug, Args)]
pub struct Sweep {
    /// Say what does not fit and change nothing. Repairs are made by the running service alone, so this must be given
    #[arg(long, required = true)]
    pub dry_run: bool,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    pub output: Output,
}

/// Something that does not fit between GitHub, AWS and the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What sort of finding, for example `orphan_stack`.
    pub kind: String,
    /// What it is about: an environment, an account, a stack.
    pub subject: String,
    /// What was found, and what the service does about it.
    pub what: String,
}

impl Sweep {
    /// Compares, with the service's own configuration, and prints what was found.
    pub async fn run(self, sources: &Sources) -> anyhow::Result<()> {
        let config = Config::load(sources)?;
        let reconciler = service::reconciler(&config, Poke::default()).await?;
        let findings: Vec<Finding> = reconciler
            .differences()
            .await?
            .iter()
            .map(|difference| Finding {
                kind: difference.kind().to_owned(),
                subject: difference.subject().to_owned(),
                what: difference.sentence(),
            })
            .collect();
        match self.output {
            Output::Json => output::json(&findings),
            Output::Human => output::text(&shown(&findings)),
        }
    }
}

fn shown(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "Everything fits\n".to_owned();
    }
    let row =
        |finding: &Finding| [&finding.kind, &finding.subject, &finding.what].map(String::clone);
    output::table(["KIND", "SUBJECT", "WHAT"], findings.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::{Finding, shown};
    use insta::assert_snapshot;

    #[test]
    fn findings_are_a_table() {
        assert_snapshot!(shown(&[]), @"Everything fits");
        let finding = Finding {
            kind: "stack without a row".to_owned(),
            subject: "ebbtide-pr-42-k3f9zq-1-app".to_owned(),
            what: "in account 111122223333, is deleted".to_owned(),
        };
        assert_snapshot!(shown(&[finding]), @r"
        KIND                 SUBJECT                     WHAT
        stack without a row  ebbtide-pr-42-k3f9zq-1-app  in account 111122223333, is deleted
        ");
    }
}
