//! `ebbtide account show`.

use super::facts;
use crate::api::account_views::AccountView;
use crate::cli::client::Service;
use crate::cli::output::{self, Output};
use clap::Args;
use reqwest::Method;

/// Which account to show.
#[derive(Debug, Args)]
pub struct Show {
    /// The account's twelve digits, or the pool's own id of it
    account: String,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = ["accounts", &self.account];
        let account: AccountView = self.service.ask(Method::GET, &path).await?;
        match self.output {
            Output::Json => output::json(&account),
            Output::Human => output::text(&page(&account)),
        }
    }
}

fn page(one: &AccountView) -> String {
    let progress = one.progress.as_ref();
    let notes = one.notes.iter().map(|note| ("Note", Some(note.clone())));
    let known = [
        ("Account", one.account.clone()),
        ("Id", Some(one.id.clone())),
        ("Name", Some(one.name.clone())),
        ("E-mail", Some(one.email.clone())),
        ("State", Some(one.state.clone())),
        ("Reason", one.reason.clone()),
        ("Set aside by", one.set_aside_by.clone()),
        ("Closed by", one.closed_by.clone()),
        ("Held by", one.holder.clone()),
        ("Served last", one.served.clone()),
        ("Certificate", one.certificate.clone()),
        ("Rests until", one.rests_until.map(output::time)),
        ("Made", Some(output::time(one.created_at))),
        ("Emptying since", one.emptying_since.map(output::time)),
        ("Looks", progress.map(|it| it.rounds.to_string())),
        ("Waves left", progress.map(|it| it.waves_left.to_string())),
        ("Left", progress.map(|it| it.resources_left.to_string())),
        ("Deleted", progress.map(|it| it.deleted.to_string())),
    ];
    let culprits = one.culprits.iter().map(|it| ("Culprit", Some(it.clone())));
    facts(known.into_iter().chain(culprits).chain(notes))
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::api::account_views::AccountView;
    use insta::assert_snapshot;
    use serde_json::json;

    #[test]
    fn everything_that_is_known() {
        let account: AccountView = serde_json::from_value(json!({
            "id": "acct-1",
            "account": "111122223333",
            "name": "ebbtide-1",
            "email": "aws+1@example.com",
            "state": "scrubbing",
            "reason": "AWS throttles",
            "notes": ["Concurrent executions of lambda is 10"],
            "set_aside_by": null,
            "holder": null,
            "served": "pr-42-k3f9zq",
            "certificate": null,
            "culprits": ["AWS::S3::Bucket logs in eu-west-1: AccessDenied: Object Lock"],
            "rests_until": null,
            "closed_by": null,
            "emptying_since": "2026-03-01T12:30:00Z",
            "progress": { "rounds": 1, "waves_left": 3, "resources_left": 12, "deleted": 49 },
            "created_at": "2026-03-01T12:00:00Z",
        }))
        .expect("an answer");
        assert_snapshot!(page(&account), @r"
        Account:          111122223333
        Id:               acct-1
        Name:             ebbtide-1
        E-mail:           aws+1@example.com
        State:            scrubbing
        Reason:           AWS throttles
        Served last:      pr-42-k3f9zq
        Made:             2026-03-01 12:00:00 UTC
        Emptying since:   2026-03-01 12:30:00 UTC
        Looks:            1
        Waves left:       3
        Left:             12
        Deleted:          49
        Culprit:          AWS::S3::Bucket logs in eu-west-1: AccessDenied: Object Lock
        Note:             Concurrent executions of lambda is 10
        ");
    }
}
