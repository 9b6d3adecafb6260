//! Deliveries that did not arrive: GitHub does not deliver again by itself.

use super::AppClient;
use super::call::{Call, Voice};
use super::pages::PER_PAGE;
use super::path::{of, with_query};
use crate::environment::Setback;
use crate::github::FailedDelivery;
use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// GitHub Enterprise Server keeps deliveries for 7 days, github.com for 3: older ones can't be asked for again.
const KEPT: TimeDelta = TimeDelta::days(3);
/// 5,000 deliveries in one look.
const PAGES_AT_MOST: usize = 50;

#[derive(Clone, Deserialize)]
struct Shape {
    id: u64,
    guid: String,
    delivered_at: DateTime<Utc>,
    #[serde(default)]
    status_code: i64,
    #[serde(default)]
    event: String,
}

impl AppClient {
    pub(super) async fn read_failed_deliveries(&self) -> Result<Vec<FailedDelivery>, Setback> {
        let path = with_query(
            &of(&["app", "hook", "deliveries"]),
            &[("per_page", PER_PAGE)],
        );
        let call = Call::read("list_deliveries", Voice::App, path);
        let oldest = self.clock.now() - KEPT;
        let is_recent =
            |page: &Vec<Shape>| page.last().is_some_and(|last| last.delivered_at >= oldest);
        let pages: Vec<Vec<Shape>> = self.pages(call, PAGES_AT_MOST, is_recent).await?;
        let recent = pages
            .into_iter()
            .flatten()
            .filter(|delivery| delivery.delivered_at >= oldest);
        Ok(failed(recent))
    }

    pub(super) async fn ask_to_redeliver(&self, id: u64) -> Result<(), Setback> {
        let path = of(&["app", "hook", "deliveries", &id.to_string(), "attempts"]);
        let call = Call::write("redeliver", Voice::App, Method::POST, path, None);
        self.call(&call).await?;
        Ok(())
    }
}

/// What never succeeded, oldest first. The list comes newest first, so a success that made up for a failure
/// is seen before it, even where the list is cut off.
fn failed(newest_first: impl Iterator<Item = Shape>) -> Vec<FailedDelivery> {
    let mut succeeded = HashSet::new();
    let mut failed: HashMap<String, Shape> = HashMap::new();
    for delivery in newest_first {
        if (200..300).contains(&delivery.status_code) {
            failed.remove(&delivery.guid);
            succeeded.insert(delivery.guid);
        } else if !succeeded.contains(&delivery.guid) {
            // The newest attempt is kept for its number, the oldest for its time.
            let first = failed
                .entry(delivery.guid.clone())
                .or_insert_with(|| delivery.clone());
            first.delivered_at = delivery.delivered_at;
        }
    }
    let mut failed: Vec<Shape> = failed.into_values().collect();
    failed.sort_by_key(|one| (one.delivered_at, one.id));
    let told = failed.into_iter().map(|delivery| FailedDelivery {
        id: delivery.id,
        guid: delivery.guid,
        event: delivery.event,
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: u64, guid: &str, status_code: i64) -> Shape {
        Shape {
            id,
            guid: guid.to_owned(),
            delivered_at: DateTime::from_timestamp(i64::try_from(id).unwrap(), 0).unwrap(),
            status_code,
            event: "pull_request".to_owned(),
        }
    }

    #[test]
    fn only_what_never_succeeded_is_told_oldest_first() {
        let newest_first = [
            delivery(9, "again", 502),
            delivery(8, "made up for", 202),
            delivery(7, "odd", 500),
            delivery(6, "odd", 200),
            delivery(5, "fine", 200),
            delivery(4, "lost", 0),
            delivery(3, "made up for", 503),
            delivery(2, "again", 504),
        ];
        let told: Vec<(u64, String)> = failed(newest_first.into_iter())
            .into_iter()
            .map(|one| (one.id, one.guid))
            .collect();
        assert_eq!(told, [(9, "again".to_owned()), (4, "lost".to_owned())]);
    }
}
