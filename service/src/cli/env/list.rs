//! `ebbtide env list`.

use crate::api::views::{EnvironmentList, EnvironmentView};
use crate::cli::client::Service;
use crate::cli::output::{self, Output};
use clap::Args;
use reqwest::Method;

/// Which environments to list.
#[derive(Debug, Args)]
pub struct List {
    /// Only those of this repository
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// Also those that ended
    #[arg(long)]
    ended: bool,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut query = Vec::new();
        if let Some(repository) = &self.repository {
            query.push(("repository", repository.as_str()));
        }
        if self.ended {
            query.push(("ended", "true"));
        }
        let list: EnvironmentList = self
            .service
            .ask_with(Method::GET, &["environments"], &query)
            .await?;
        match self.output {
            Output::Json => output::json(&list),
            Output::Human if list.environments.is_empty() => output::text("No environments\n"),
            Output::Human => output::text(&table(&list)),
        }
    }
}

fn table(list: &EnvironmentList) -> String {
    let headings = ["ID", "STATE", "PULL REQUEST", "COMMIT", "OPENED", "URL"];
    let row = |one: &EnvironmentView| {
        [
            one.id.clone(),
            one.state.clone(),
            format!("{}#{}", one.repository, one.pull_request),
            one.revision
                .iter()
                .flat_map(|sha| sha.chars().take(7))
                .collect(),
            output::time(one.opened_at),
            one.url.clone().unwrap_or_default(),
        ]
    };
    output::table(headings, list.environments.iter().map(row))
}
