//! What an account needs before it is lent: every region answers, the roles are there that services of AWS would
//! otherwise make in the middle of a stack's deployment, and the guardrails hold.
//!
//! What can't be had and keeps no preview from being deployed is a note on the account: a quota that only AWS
//! raises, a role that a policy denies.

use super::Reconciler;
use super::needs::{LinkedRole, Needs, Quota};
use crate::cloud::{Call, Place, Resources, Unlisted};
use crate::environment::{Account, AccountState, Guarded, SessionName, Setback};
use crate::nuke::prepare::words;
use crate::nuke::settings::Settings;
use crate::nuke::together::{Running, next};
use crate::store::{Lease, StoreError};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// After so many failures in a row, what only makes notes is not waited for any more.
const PATIENCE: u32 = 5;

/// How AWS says that a service-linked role is there already.
const TAKEN: &str = "has been taken in this account";

/// What preparing an account brought to light.
struct Prepared {
    guardrails: Option<Guarded>,
    settings: Settings,
    notes: Vec<String>,
}

impl Reconciler {
    /// Makes an account ready to be lent; set back while it is too new.
    pub(super) async fn enter(
        &self,
        lease: &Lease,
        account: &mut Account,
    ) -> Result<Result<Duration, Setback>, StoreError> {
        let prepared = match self.prepare(account).await {
            Ok(prepared) => prepared,
            Err(setback) => return Ok(Err(setback)),
        };
        for note in &prepared.notes {
            tracing::warn!(account = %account.id, note, "the account can be lent, with a note");
        }
        account.guardrails = prepared.guardrails;
        account.notes = prepared.notes;
        account.prepared = true;
        // One that was used already is not as it was when it was new.
        if account.scrubs == 0 {
            self.write_settings(lease, account, &prepared.settings)
                .await?;
        }
        account.state = AccountState::Ready;
        Ok(Ok(Duration::ZERO))
    }

    async fn prepare(&self, account: &Account) -> Result<Prepared, Setback> {
        let mut settings = Settings::default();
        let mut notes = Vec::new();
        if let Some(id) = &account.account {
            let session = SessionName::new(format!("ebbtide-{}", account.id));
            let places = self.settings.nuke.regions.iter().map(|region| Place {
                account: id.clone(),
                region: region.clone(),
                session: session.clone(),
            });
            let places: Vec<Place> = places.collect();
            let entering = places.iter().map(|at| -> Running<'_, _> {
                Box::pin(async move {
                    let answered = self.cloud.entry.enter(at).await;
                    let about = format!("{} is waited for", at.region);
                    answered.map_err(|setback| prefixed(&about, setback))
                })
            });
            side_by_side(entering.collect()).await?;
            let needs = Needs::within(self.settings.nuke.reach.as_ref());
            let preparing = Preparing {
                resources: self.cloud.resources.as_ref(),
                waits: account.failures < PATIENCE,
            };
            if let Some(home) = places.first() {
                notes.extend(preparing.linked_roles(home, &needs.linked_roles).await?);
            }
            settings = self.settings_of(id, &session).await?;
            let quotas = places
                .iter()
                .map(|at| -> Running<'_, _> { Box::pin(preparing.quotas(at, &needs.quotas)) });
            notes.extend(side_by_side(quotas.collect()).await?.into_iter().flatten());
        }
        let guardrails = self.intact_guardrails().await?;
        let kept = self.guardrails.as_ref().is_some_and(|keeper| keeper.keep);
        // Lent without them, it could never be proven empty.
        if kept && guardrails.is_none() {
            return Err(Setback::later(
                "the guardrails are not attached to the sandbox OU yet; \"ebbtide guardrails diff\" says what differs",
            ));
        }
        Ok(Prepared {
            guardrails,
            settings,
            notes,
        })
    }
}

/// Asks everywhere at once: one place after the other would outlast the claim on the account. What came of it is in
/// the order of the places; so is the setback that counts, if there are some.
async fn side_by_side<T: Send>(
    asking: Vec<Running<'_, Result<T, Setback>>>,
) -> Result<Vec<T>, Setback> {
    let numbered = asking.into_iter().enumerate();
    let numbered = numbered
        .map(|(place, ask)| -> Running<'_, _> { Box::pin(async move { (place, ask.await) }) });
    let mut running: Vec<Running<'_, (usize, Result<T, Setback>)>> = numbered.collect();
    let mut answers = BTreeMap::new();
    while let Some((place, answer)) = next(&mut running).await {
        answers.insert(place, answer);
    }
    answers.into_values().collect()
}

/// Sees to what previews need.
struct Preparing<'a> {
    resources: &'a dyn Resources,
    /// Whether a call that may succeed later is waited for.
    waits: bool,
}

impl Preparing<'_> {
    /// AWS's answer, or why there is none in words. Set back only for what time mends.
    async fn ask(&self, at: &Place, call: &Call) -> Result<Result<Value, Unlisted>, Setback> {
        match self.resources.call(at, call).await {
            Err(later @ Setback::TryLater { .. }) if self.waits => Err(later),
            Err(setback) => Ok(Err(Unlisted::Unknown {
                code: call.operation.clone(),
                message: setback.to_string(),
            })),
            Ok(answer) => Ok(answer),
        }
    }

    /// Has the roles made that are not there. What can't be is noted.
    async fn linked_roles(
        &self,
        at: &Place,
        wanted: &[LinkedRole],
    ) -> Result<Vec<String>, Setback> {
        let input = json!({ "PathPrefix": "/aws-service-role/" });
        let list = Call::new("iam", "ListRoles", input);
        // Without a list they are asked for all the same.
        let pages = self.resources.call_all(at, &list).await;
        let pages = match pages {
            Err(later @ Setback::TryLater { .. }) if self.waits => return Err(later),
            pages => pages.ok().and_then(Result::ok).unwrap_or_default(),
        };
        let there: BTreeSet<&str> = pages
            .iter()
            .filter_map(|page| Call::items(page, "Roles"))
            .flatten()
            .filter_map(|role| role["Path"].as_str()?.split('/').nth(2))
            .collect();
        let mut notes = Vec::new();
        for role in wanted {
            let service = &role.service;
            if there.contains(service.as_str()) {
                continue;
            }
            let input = json!({ "AWSServiceName": service });
            let make = Call::new("iam", "CreateServiceLinkedRole", input);
            if let Err(no) = self.ask(at, &make).await?
                && !is_taken(&no)
            {
                notes.push(format!(
                    "the service-linked role of {service} could not be made ({}): {}",
                    role.reason,
                    words(&no)
                ));
            }
        }
        Ok(notes)
    }

    /// Looks at the quotas of a region. What is too low is noted, and what can't be looked at.
    async fn quotas(&self, at: &Place, wanted: &[Quota]) -> Result<Vec<String>, Setback> {
        let region = &at.region;
        let mut notes = Vec::new();
        for quota in wanted {
            let value = match self.quota(at, quota).await? {
                Ok(value) => value,
                // The others would be answered the same way.
                Err(no) => {
                    notes.push(format!(
                        "the quotas in {region} could not be looked at: {}",
                        words(&no)
                    ));
                    break;
                }
            };
            match value {
                Some(value) if value < quota.needed => notes.push(format!(
                    "{} of {} in {region} is {value}, and previews may need {}: {}; AWS raises it on request (Service Quotas {})",
                    quota.name, quota.service, quota.needed, quota.reason, quota.code
                )),
                Some(_) => {}
                None => notes.push(format!(
                    "{} of {} in {region}: Service Quotas does not say how much it is ({})",
                    quota.name, quota.service, quota.code
                )),
            }
        }
        Ok(notes)
    }

    /// The value that applies; AWS's default where the account has none of its own.
    async fn quota(
        &self,
        at: &Place,
        quota: &Quota,
    ) -> Result<Result<Option<f64>, Unlisted>, Setback> {
        let input = json!({ "ServiceCode": quota.service, "QuotaCode": quota.code });
        for operation in ["GetServiceQuota", "GetAWSDefaultServiceQuota"] {
            let call = Call::new("servicequotas", operation, input.clone());
            match self.ask(at, &call).await? {
                Ok(answer) => {
                    let value = answer.pointer("/Quota/Value").and_then(Value::as_f64);
                    return Ok(Ok(value));
                }
                Err(Unlisted::Unknown { code, .. }) if code == "NoSuchResourceException" => {}
                Err(no) => return Ok(Err(no)),
            }
        }
        Ok(Ok(None))
    }
}

fn is_taken(no: &Unlisted) -> bool {
    let Unlisted::Unknown { code, message } = no else {
        return false;
    };
    code.starts_with("EntityAlreadyExists") || message.contains(TAKEN)
}

/// The same setback, which says first what it is about.
fn prefixed(about: &str, setback: Setback) -> Setback {
    match setback {
        Setback::TryLater { after, cause } => Setback::TryLater {
            after,
            cause: format!("{about}: {cause}"),
        },
        Setback::Refused { sentence } => Setback::refused(format!("{about}: {sentence}")),
        Setback::AnswerLost { .. } => Setback::lost(format!("{about}: {setback}")),
    }
}
