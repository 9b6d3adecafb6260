//! What the JSON API answers about certificates. Types of its own, like all views.

use crate::environment::inventory::{Cell, Excuse, Excused};
use crate::environment::{Certificate, Deleted};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An account's certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateList {
    /// Newest first.
    pub certificates: Vec<CertificateView>,
}

/// The recorded proof that an account was emptied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateView {
    /// Its name.
    #[schema(example = "acct-69a42a407e7291-1")]
    pub id: String,
    /// The pool's own id of the account.
    pub account_id: String,
    /// The account's twelve digits.
    #[schema(example = "111122223333")]
    pub account: String,
    /// The environment it was emptied for, where somebody had held it.
    pub environment: Option<String>,
    /// That environment's incarnation.
    pub incarnation: Option<String>,
    /// When the emptying began.
    pub began_at: DateTime<Utc>,
    /// When the second inventory in a row that found nothing was complete.
    pub ended_at: DateTime<Utc>,
    /// Where was asked.
    pub regions: Vec<String>,
    /// How many pairs of type and region were listed.
    pub listed: u64,
    /// Types that a guardrail denied for the whole lease: by policy, how many pairs of type and region.
    pub denied: BTreeMap<String, u64>,
    /// Pairs of type and region that AWS does not offer, by its error code.
    pub not_offered: BTreeMap<String, Vec<CellView>>,
    /// What was deleted.
    pub deleted: Vec<DeletedView>,
    /// What is there and blocks nothing, with the reasons.
    pub excused: Vec<ExcusedView>,
    /// How many calls to AWS it took.
    pub calls: u64,
    /// What it rests on.
    pub digests: DigestsView,
}

/// A resource type in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CellView {
    /// The resource type.
    #[serde(rename = "type")]
    #[schema(example = "AWS::SQS::Queue")]
    pub kind: String,
    /// The region.
    #[schema(example = "eu-west-1")]
    pub region: String,
}

/// A resource that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedView {
    /// The resource type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it was.
    pub region: String,
    /// Its identifier.
    pub identifier: String,
    /// The call that deleted it, or what it went with.
    pub by: String,
    /// How many times it was asked for.
    pub tries: u32,
}

/// A resource that is there and blocks nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExcusedView {
    /// The resource type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is.
    pub region: String,
    /// Its identifier.
    pub identifier: String,
    /// Whether it is to be gone by itself, and until then is disabled and free.
    pub dying: bool,
    /// Why it may stay; for what is dying, what is known of its end.
    pub reason: String,
}

/// Digests, in lower-case hex SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DigestsView {
    /// The table of resource types.
    pub types: String,
    /// The guardrails that held for the whole lease; absent where none did, so that everything was asked.
    pub guardrails: Option<String>,
    /// The settings of the account that no list shows.
    pub settings: Option<String>,
    /// The two inventories in a row that found nothing.
    pub inventories: [String; 2],
}

impl CertificateView {
    /// The answer for one certificate.
    pub fn of(certificate: &Certificate) -> Self {
        let served = certificate.served.as_ref();
        let digests = &certificate.digests;
        let not_offered = certificate.not_offered.iter();
        Self {
            id: certificate.id.to_string(),
            account_id: certificate.account_row.to_string(),
            account: certificate.account.to_string(),
            environment: served.map(|served| served.environment.to_string()),
            incarnation: served.map(|served| served.incarnation.to_string()),
            began_at: certificate.began_at,
            ended_at: certificate.ended_at,
            regions: certificate
                .regions
                .iter()
                .map(ToString::to_string)
                .collect(),
            listed: certificate.listed as u64,
            denied: certificate
                .denied
                .iter()
                .map(|(by, count)| (by.clone(), *count as u64))
                .collect(),
            not_offered: not_offered
                .map(|(code, cells)| (code.clone(), cells.iter().map(CellView::of).collect()))
                .collect(),
            deleted: certificate.deleted.iter().map(DeletedView::of).collect(),
            excused: certificate.excused.iter().map(ExcusedView::of).collect(),
            calls: certificate.calls,
            digests: DigestsView {
                types: digests.types.clone(),
                guardrails: digests.guardrails.clone(),
                settings: digests.settings.clone(),
                inventories: digests.inventories.clone(),
            },
        }
    }
}

impl CellView {
    fn of(cell: &Cell) -> Self {
        Self {
            kind: cell.type_name.clone(),
            region: cell.region.to_string(),
        }
    }
}

impl DeletedView {
    fn of(deleted: &Deleted) -> Self {
        Self {
            kind: deleted.cell.type_name.clone(),
            region: deleted.cell.region.to_string(),
            identifier: deleted.identifier.clone(),
            by: deleted.by.clone(),
            tries: deleted.tries,
        }
    }
}

impl ExcusedView {
    /// The answer for one of them.
    pub fn of(excused: &Excused) -> Self {
        let (dying, reason) = match &excused.excuse {
            Excuse::Baseline { reason } => (false, reason),
            Excuse::Dying { until } => (true, until),
        };
        Self {
            kind: excused.resource.cell.type_name.clone(),
            region: excused.resource.cell.region.to_string(),
            identifier: excused.resource.identifier.clone(),
            dying,
            reason: reason.clone(),
        }
    }
}
