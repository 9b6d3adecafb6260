//! `ebbtide env show`.

use crate::api::environment_page::duration;
use crate::api::views::{EnvironmentDetail, EnvironmentView, StackView, TimelineLine};
use crate::cli::client::Service;
use crate::cli::output::{self, Output};
use clap::Args;
use reqwest::Method;
use std::fmt::Write;

/// Which environment to show.
#[derive(Debug, Args)]
pub struct Show {
    /// The environment's id, for example pr-42-k3f9zq
    id: String,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = ["environments", &self.id];
        let detail: EnvironmentDetail = self.service.ask(Method::GET, &path).await?;
        match self.output {
            Output::Json => output::json(&detail),
            Output::Human => output::text(&page(&detail)),
        }
    }
}

fn page(detail: &EnvironmentDetail) -> String {
    let mut page = String::new();
    for (name, value) in facts(&detail.environment) {
        let label = format!("{name}:");
        let _ = writeln!(page, "{label:18}{}", output::line(&value));
    }
    let stacks = &detail.environment.stacks;
    if !stacks.is_empty() {
        page += "\n";
        page += &output::table(
            ["STACK", "STATUS", "RESOURCES", "FAILURE"],
            stacks.iter().map(stack),
        );
    }
    page += "\n";
    if detail.timeline.is_empty() {
        page += "Nothing was done yet\n";
    } else {
        let headings = ["TIME", "TOOK", "STEP", "WHY"];
        page += &output::table(headings, detail.timeline.iter().map(line));
    }
    page
}

fn facts(one: &EnvironmentView) -> Vec<(&str, String)> {
    let known = |name, value: &Option<String>| value.clone().map(|value| (name, value));
    let time = |name, at: Option<_>| at.map(|at| (name, output::time(at)));
    let facts = [
        Some(("Environment", one.id.clone())),
        Some(("State", one.state.clone())),
        known("Reason", &one.reason),
        Some((
            "Pull request",
            format!("{}#{}", one.repository, one.pull_request),
        )),
        known("Commit", &one.revision),
        known("URL", &one.url),
        one.queue_position
            .map(|place| ("Queue", format!("place {place}"))),
        known("Incarnation", &one.incarnation),
        known("Account", &one.account),
        known("Region", &one.region),
        time("Opened", Some(one.opened_at)),
        time("Account taken", one.started_at),
        time("First ready", one.ready_at),
        time("Expires", one.expires_at),
        time("Ended", one.ended_at),
    ];
    let outputs = one
        .outputs
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()));
    facts.into_iter().flatten().chain(outputs).collect()
}

fn stack(stack: &StackView) -> [String; 4] {
    [
        stack.name.clone(),
        stack
            .status
            .clone()
            .unwrap_or_else(|| "not there yet".to_owned()),
        stack.resources.to_string(),
        stack.failure.clone().unwrap_or_default(),
    ]
}

fn line(line: &TimelineLine) -> [String; 4] {
    let mark = if line.setback { "setback: " } else { "" };
    [
        output::time(line.at),
        duration(line.duration_ms),
        line.step.clone(),
        format!("{mark}{}", line.why),
    ]
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::api::views::EnvironmentDetail;
    use insta::assert_snapshot;
    use serde_json::json;

    #[test]
    fn everything_that_is_known() {
        let time = |minute: u32| format!("2026-03-01T12:{minute:02}:00Z");
        let detail: EnvironmentDetail = serde_json::from_value(json!({
            "environment": {
                "id": "pr-42-k3f9zq",
                "repository": "acme/shop",
                "pull_request": 42,
                "name": "default",
                "state": "failed",
                "reason": null,
                "revision": "0123456789abcdef0123456789abcdef01234567",
                "url": null,
                "outputs": { "Api": "https://api.example.com" },
                "queue_position": null,
                "incarnation": "pr-42-k3f9zq-1",
                "account": "111122223333",
                "region": "eu-west-1",
                "stacks": [
                    { "name": "app", "status": null, "failure": null, "resources": 0 },
                    {
                        "name": "network",
                        "status": "ROLLBACK_COMPLETE",
                        "failure": "Queue (AWS::SQS::Queue): refused",
                        "resources": 4,
                    },
                ],
                "opened_at": time(0),
                "started_at": time(1),
                "ready_at": null,
                "expires_at": time(59),
                "ended_at": null,
            },
            "timeline": [
                {
                    "at": time(1),
                    "duration_ms": 420,
                    "incarnation": null,
                    "step": "take an account",
                    "why": "one was free",
                    "setback": false,
                },
                {
                    "at": time(2),
                    "duration_ms": 65_000,
                    "incarnation": "pr-42-k3f9zq-1",
                    "step": "deploy network: execute change set",
                    "why": "throttled",
                    "setback": true,
                },
            ],
        }))
        .expect("an answer");
        assert_snapshot!(page(&detail), @r"
        Environment:      pr-42-k3f9zq
        State:            failed
        Pull request:     acme/shop#42
        Commit:           0123456789abcdef0123456789abcdef01234567
        Incarnation:      pr-42-k3f9zq-1
        Account:          111122223333
        Region:           eu-west-1
        Opened:           2026-03-01 12:00:00 UTC
        Account taken:    2026-03-01 12:01:00 UTC
        Expires:          2026-03-01 12:59:00 UTC
        Api:              https://api.example.com

        STACK    STATUS             RESOURCES  FAILURE
        app      not there yet      0
        network  ROLLBACK_COMPLETE  4          Queue (AWS::SQS::Queue): refused

        TIME                     TOOK    STEP                                WHY
        2026-03-01 12:01:00 UTC  420ms   take an account                     one was free
        2026-03-01 12:02:00 UTC  1m 05s  deploy network: execute change set  setback: throttled
        ");
    }
}
