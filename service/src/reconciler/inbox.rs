//! Deliveries become hints. An event says only that something about a pull request may have changed; what
//! is true now is asked of GitHub later, so events may be lost, repeated or out of order.

use super::Reconciler;
use crate::environment::{
    Environment, EnvironmentId, EnvironmentKey, Hint, InstallationId, PullRequestNumber,
    RepositoryId, RepositoryName,
};
use crate::store::{Delivery, Effect, StoreError};
use chrono::{DateTime, Utc};
use ebbtide_webhooks::{Event, InstallationAction};

/// How many deliveries are taken from the inbox at a time.
const BATCH: u32 = 50;

impl Reconciler {
    /// Works on the deliveries that wait; `false` if there was none.
    pub(super) async fn digest_deliveries(&self) -> Result<bool, StoreError> {
        let deliveries = self.store.undigested(BATCH).await?;
        for delivery in &deliveries {
            let now = self.clock.now();
            let effects = effects(delivery, now);
            if self.store.digest(&delivery.id, &effects, now).await? {
                metrics::counter!("ebbtide_deliveries_total", "event" => delivery.event.clone())
                    .increment(1);
                self.poke.poke();
            }
        }
        Ok(!deliveries.is_empty())
    }
}

/// What a delivery comes to.
fn effects(delivery: &Delivery, now: DateTime<Utc>) -> Vec<Effect> {
    let event = match ebbtide_webhooks::parse(&delivery.event, delivery.body.as_bytes()) {
        Ok(event) => event,
        Err(problem) => {
            // The door refuses what it cannot read, so this body was stored by another version.
            tracing::error!(delivery = %delivery.id, %problem, "a stored delivery cannot be read");
            return Vec::new();
        }
    };
    match event {
        Event::PullRequest(event) => {
            let Some(installation) = event.installation else {
                return Vec::new();
            };
            let environment = Environment::new(
                key(event.repository.id, event.number),
                InstallationId(installation),
                RepositoryName::new(event.repository.full_name),
                now,
            );
            vec![Effect::One {
                environment: Box::new(environment),
                hint: Hint::Look,
            }]
        }
        Event::CheckRunRerequested { external_id, .. } => external_id
            .map(|id| Effect::Known {
                environment: EnvironmentId::new(id),
                hint: Hint::Retry,
            })
            .into_iter()
            .collect(),
        Event::CheckSuiteRerequested {
            repository,
            pull_requests,
            ..
        } => pull_requests
            .into_iter()
            .map(|number| Effect::Known {
                environment: key(repository.id, number).id(),
                hint: Hint::Retry,
            })
            .collect(),
        Event::Installation {
            action: InstallationAction::Deleted | InstallationAction::Suspended,
            installation,
            ..
        } => vec![Effect::Many {
            installation: InstallationId(installation),
            repositories: None,
            hint: Hint::Uninstalled,
        }],
        Event::InstallationRepositories {
            installation,
            removed,
            ..
        } if !removed.is_empty() => vec![Effect::Many {
            installation: InstallationId(installation),
            repositories: Some(removed.iter().map(|one| RepositoryId(one.id)).collect()),
            hint: Hint::Uninstalled,
        }],
        Event::Installation { .. }
        | Event::InstallationRepositories { .. }
        | Event::Ping
        | Event::Ignored { .. } => Vec::new(),
    }
}

/// The one environment that a pull request has.
fn key(repository: u64, pull_request: u64) -> EnvironmentKey {
    EnvironmentKey {
        repository: RepositoryId(repository),
        pull_request: PullRequestNumber(pull_request),
        name: "default".to_owned(),
    }
}
