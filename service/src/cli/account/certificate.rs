//! `ebbtide account certificate`.

use super::facts;
use crate::api::certificate_views::{CertificateList, CertificateView, DeletedView, ExcusedView};
use crate::api::environment_page::duration;
use crate::cli::client::Service;
use crate::cli::output::{self, Output};
use anyhow::bail;
use clap::Args;
use std::fmt::Write;

/// Which certificate to show.
#[derive(Debug, Args)]
pub struct Certificate {
    /// An account's twelve digits or id in the pool, for its newest one, or a certificate's name
    #[arg(value_name = "ACCOUNT_OR_CERTIFICATE")]
    name: String,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl Certificate {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let name = self.name.as_str();
        let named: Option<CertificateView> = self.service.find(&["certificates", name]).await?;
        let certificate = match named {
            Some(certificate) => certificate,
            None => self.newest().await?,
        };
        match self.output {
            Output::Json => output::json(&certificate),
            Output::Human => output::text(&page(&certificate)),
        }
    }

    async fn newest(&self) -> anyhow::Result<CertificateView> {
        let name = self.name.as_str();
        let path = ["accounts", name, "certificates"];
        let list: Option<CertificateList> = self.service.find(&path).await?;
        let Some(list) = list else {
            bail!(
                "there is neither an account nor a certificate {name}, \"ebbtide account list\" lists both"
            );
        };
        let Some(newest) = list.certificates.into_iter().next() else {
            bail!("{name} has no certificate: it was not emptied yet");
        };
        Ok(newest)
    }
}

fn page(one: &CertificateView) -> String {
    let took = (one.ended_at - one.began_at).num_milliseconds();
    let served = one.environment.clone().map(|environment| {
        let incarnation = one.incarnation.as_deref().unwrap_or_default();
        format!("{environment}, incarnation {incarnation}")
    });
    let nobody = || Some("nobody: it was emptied on somebody's word".to_owned());
    let mut page = facts([
        ("Certificate", Some(one.id.clone())),
        (
            "Account",
            Some(format!("{} ({})", one.account, one.account_id)),
        ),
        ("Emptied for", served.or_else(nobody)),
        ("Began", Some(output::time(one.began_at))),
        ("Proven empty", Some(output::time(one.ended_at))),
        (
            "Took",
            Some(duration(u64::try_from(took).unwrap_or_default())),
        ),
        ("Regions", Some(one.regions.join(", "))),
        ("Calls", Some(one.calls.to_string())),
        ("Lists", Some(one.listed.to_string())),
        (
            "Denied",
            counts(one.denied.iter().map(|(by, count)| (by, *count))),
        ),
        (
            "Not offered",
            counts(
                one.not_offered
                    .iter()
                    .map(|(code, cells)| (code, cells.len() as u64)),
            ),
        ),
    ]);
    page += "\n";
    if one.deleted.is_empty() {
        page += "Nothing had to be deleted\n";
    } else {
        let _ = writeln!(page, "Deleted: {}", one.deleted.len());
        let headings = ["TYPE", "REGION", "IDENTIFIER", "TRIES", "BY"];
        page += &output::table(headings, one.deleted.iter().map(deleted));
    }
    if !one.excused.is_empty() {
        let _ = writeln!(
            page,
            "\nThere, and nothing that is left over: {}",
            one.excused.len()
        );
        page += &excused_table(&one.excused);
    }
    page += "\n";
    let digests = &one.digests;
    let [before_last, last] = &digests.inventories;
    page + &facts([
        ("Types", Some(digests.types.clone())),
        (
            "Guardrails",
            digests
                .guardrails
                .clone()
                .or_else(|| Some("none held, so everything was asked".to_owned())),
        ),
        ("Settings", digests.settings.clone()),
        ("First look", Some(before_last.clone())),
        ("Second look", Some(last.clone())),
    ])
}

/// What is there and blocks nothing, with the reasons.
pub(super) fn excused_table(excused: &[ExcusedView]) -> String {
    let row = |it: &ExcusedView| {
        let reason = if it.dying {
            format!("dying: {}", it.reason)
        } else {
            it.reason.clone()
        };
        [
            it.kind.clone(),
            it.region.clone(),
            it.identifier.clone(),
            reason,
        ]
    };
    let headings = ["TYPE", "REGION", "IDENTIFIER", "REASON"];
    output::table(headings, excused.iter().map(row))
}

fn deleted(it: &DeletedView) -> [String; 5] {
    [
        it.kind.clone(),
        it.region.clone(),
        it.identifier.clone(),
        it.tries.to_string(),
        it.by.clone(),
    ]
}

/// `7 by ebbtide-ou-1, 2 by another`; nothing where there is nothing to count.
fn counts<'a>(counts: impl Iterator<Item = (&'a String, u64)>) -> Option<String> {
    let parts: Vec<String> = counts
        .map(|(by, count)| format!("{count} by {by}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
