//! `ebbtide pool`: the pool of accounts as a whole.

use super::client::Service;
use super::output::{self, Output};
use crate::api::show_pool::{AlarmView, PoolView};
use clap::Args;
use reqwest::Method;
use std::fmt::Write as _;
use std::time::Duration;

/// How to show it.
#[derive(Debug, Args)]
pub struct Pool {
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl Pool {
    /// Does it.
    pub async fn run(self) -> anyhow::Result<()> {
        let pool: PoolView = self.service.ask(Method::GET, &["pool"]).await?;
        match self.output {
            Output::Json => output::json(&pool),
            Output::Human => output::text(&page(&pool)),
        }
    }
}

fn page(pool: &PoolView) -> String {
    let states: Vec<String> = pool
        .accounts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let states = if states.is_empty() {
        "none".to_owned()
    } else {
        states.join(", ")
    };
    let rules = &pool.rules;
    let mut text = String::new();
    for (label, value) in [
        ("Accounts", states),
        (
            "Supply",
            format!(
                "{} free, {} coming, {} can still be made",
                pool.free, pool.coming, pool.can_be_made
            ),
        ),
        ("Waiting", pool.waiting.to_string()),
        (
            "Last 24 hours",
            format!(
                "{} lent, {} proven empty",
                pool.lent_lately, pool.proven_lately
            ),
        ),
        ("Runway", runway(pool.runway_seconds)),
        (
            "Rules",
            format!(
                "{} ready at least, {} in all, {} at most, {} after use",
                rules.min_ready, rules.target_accounts, rules.max_accounts, rules.after_use
            ),
        ),
    ] {
        let label = format!("{label}:");
        let _ = writeln!(text, "{label:15}{value}");
    }
    for alarm in &pool.alarms {
        text.push_str(&alarm_lines(alarm));
    }
    text
}

/// Whole hours and minutes are exact enough for a forecast.
fn runway(seconds: Option<u64>) -> String {
    const MINUTE: u64 = 60;
    const DAY: u64 = 24 * 60 * MINUTE;
    match seconds {
        None => "as many come back as are lent".to_owned(),
        Some(seconds) => {
            let exact_to = if seconds > 2 * DAY {
                60 * MINUTE
            } else {
                MINUTE
            };
            let rounded = Duration::from_secs(seconds / exact_to * exact_to);
            format!(
                "{} until nobody gets an account, if it goes on as in the last 24 hours",
                humantime::format_duration(rounded)
            )
        }
    }
}

fn alarm_lines(alarm: &AlarmView) -> String {
    let lines = format!(
        "\nAlarm: {} accounts cannot be emptied for the same reason ({}, {})\n  {}\n  {}\n",
        alarm.accounts.len(),
        alarm.type_name,
        alarm.cause,
        output::line(&alarm.example),
        alarm.accounts.join(" "),
    );
    let who = if alarm.repositories == 1 {
        "The repository that used them gets"
    } else {
        "The repositories that used them get"
    };
    format!(
        "{lines}  {who} no account until these are emptied (\"ebbtide account retry\"), set aside or closed\n"
    )
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::api::show_pool::PoolView;
    use insta::assert_snapshot;
    use serde_json::json;

    fn pool(runway: Option<u64>, alarms: &serde_json::Value) -> PoolView {
        serde_json::from_value(json!({
            "accounts": { "leased": 3, "ready": 1, "quarantined": 2, "closed": 0 },
            "free": 1, "coming": 2, "can_be_made": 4, "waiting": 0,
            "lent_lately": 30, "proven_lately": 27,
            "runway_seconds": runway,
            "rules": { "target_accounts": 0, "min_ready": 1, "max_accounts": 10, "after_use": "reuse" },
            "alarms": alarms,
        }))
        .expect("a pool")
    }

    #[test]
    fn a_pool_that_lasts() {
        assert_snapshot!(page(&pool(None, &json!([]))), @r"
        Accounts:      3 leased, 2 quarantined, 1 ready
        Supply:        1 free, 2 coming, 4 can still be made
        Waiting:       0
        Last 24 hours: 30 lent, 27 proven empty
        Runway:        as many come back as are lent
        Rules:         1 ready at least, 0 in all, 10 at most, reuse after use
        ");
    }

    #[test]
    fn a_pool_that_runs_dry_for_a_reason() {
        let alarms = json!([{
            "cause": "retention-locked",
            "type_name": "AWS::S3::Bucket",
            "accounts": ["acct-1", "acct-2"],
            "repositories": 1,
            "example": "AWS::S3::Bucket logs in eu-west-1: AccessDenied: Object Lock",
        }]);
        assert_snapshot!(page(&pool(Some(201_661), &alarms)), @r#"
        Accounts:      3 leased, 2 quarantined, 1 ready
        Supply:        1 free, 2 coming, 4 can still be made
        Waiting:       0
        Last 24 hours: 30 lent, 27 proven empty
        Runway:        2days 8h until nobody gets an account, if it goes on as in the last 24 hours
        Rules:         1 ready at least, 0 in all, 10 at most, reuse after use

        Alarm: 2 accounts cannot be emptied for the same reason (AWS::S3::Bucket, retention-locked)
          AWS::S3::Bucket logs in eu-west-1: AccessDenied: Object Lock
          acct-1 acct-2
          The repository that used them gets no account until these are emptied ("ebbtide account retry"), set aside or closed
        "#);
    }
}
