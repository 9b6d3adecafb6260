//! `ebbtide env destroy`.

use crate::api::views::{EnvironmentDetail, EnvironmentView};
use crate::cli::client::Service;
use crate::cli::exit::Usage;
use crate::cli::output::{self, Output};
use anyhow::bail;
use clap::Args;
use reqwest::Method;
use std::io::{BufRead, IsTerminal, Write};

/// Which environment to end.
#[derive(Debug, Args)]
pub struct Destroy {
    /// The environment's id, for example pr-42-k3f9zq
    id: String,
    /// Do not ask whether that is meant
    #[arg(long, short)]
    yes: bool,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl Destroy {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = ["environments", self.id.as_str()];
        if !self.yes {
            if !std::io::stdin().is_terminal() {
                let sentence = "nobody can be asked here: say --yes if that is meant";
                bail!(Usage(sentence.to_owned()));
            }
            let detail: EnvironmentDetail = self.service.ask(Method::GET, &path).await?;
            if !confirmed(&detail.environment)? {
                bail!("nothing was done");
            }
        }
        let environment: EnvironmentView = self.service.ask(Method::DELETE, &path).await?;
        match self.output {
            Output::Json => output::json(&environment),
            Output::Human => output::text(&format!(
                "{} is being ended, \"ebbtide env show {0}\" shows how far that is\n",
                environment.id
            )),
        }
    }
}

fn confirmed(environment: &EnvironmentView) -> anyhow::Result<bool> {
    let EnvironmentView {
        id,
        state,
        repository,
        pull_request,
        ..
    } = environment;
    let mut terminal = std::io::stderr().lock();
    write!(
        terminal,
        "End {id} of {repository}#{pull_request}, which is {state}? [y/N] "
    )?;
    terminal.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
