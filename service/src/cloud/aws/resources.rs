//! [`Resources`] over Cloud Control, which lists and deletes a thousand types in one way.

use super::connection::Connection;
use super::setback::Failed;
use super::unlisted::{self, Asked};
use super::{buckets, call::call, unlock};
use crate::cloud::{Call, Listed, Locked, Place, Progress, Resources, Unlisted};
use crate::environment::Setback;
use async_trait::async_trait;
use aws_sdk_cloudcontrol::operation::list_resources::ListResourcesOutput;
use aws_sdk_cloudcontrol::types::{
    HandlerErrorCode, Operation, OperationStatus, ProgressEvent, ResourceDescription,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

/// Whose pace the calls here keep, and under which name another address may be set.
const SERVICE: &str = "cloudcontrol";

/// One throttled page would cost the whole list, so it is asked for this often, each time after twice the wait.
const PAGE_TRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The longest client token, in bytes.
const LONGEST_TOKEN: usize = 128;

#[async_trait]
impl Resources for Connection {
    async fn list(
        &self,
        at: &Place,
        type_name: &str,
        under: Option<&Value>,
    ) -> Result<Result<Vec<Listed>, Unlisted>, Setback> {
        let under = under.map(Value::to_string);
        let mut listed = Vec::new();
        let mut tokens = HashSet::new();
        let mut token: Option<String> = None;
        loop {
            let page = self
                .page(at, type_name, under.as_deref(), token.as_deref())
                .await;
            let page = match page {
                Ok(page) => page,
                Err(failed) => {
                    return unlisted::read(failed, Asked::CloudControl(type_name)).map(Err);
                }
            };
            for resource in page.resource_descriptions() {
                listed.push(read(resource)?);
            }
            let next = page.next_token().filter(|token| !token.is_empty());
            let Some(next) = next.map(str::to_owned) else {
                return Ok(Ok(listed));
            };
            if !tokens.insert(next.clone()) {
                return Ok(Err(Unlisted::going_round("ListResources")));
            }
            token = Some(next);
        }
    }

    async fn read(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
    ) -> Result<Option<Value>, Setback> {
        let answer = self
            .in_turn(at, SERVICE, async {
                let session = self.session(at).await?;
                let asked = session
                    .cloudcontrol
                    .get_resource()
                    .type_name(type_name)
                    .identifier(identifier);
                call(session.call("GetResource", at), asked.send()).await
            })
            .await;
        match answer {
            Ok(answer) => {
                let described = answer.resource_description();
                let properties = described.and_then(ResourceDescription::properties);
                Ok(Some(parsed(properties, "GetResource")?))
            }
            Err(failed) if is_absent(&failed) => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    async fn delete(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
        token: &str,
    ) -> Result<Progress, Setback> {
        let answer = self
            .in_turn(at, SERVICE, async {
                let session = self.session(at).await?;
                let asked = session
                    .cloudcontrol
                    .delete_resource()
                    .type_name(type_name)
                    .identifier(identifier)
                    .client_token(client_token(token));
                call(session.call("DeleteResource", at), asked.send()).await
            })
            .await;
        match answer {
            Ok(answer) => progress(answer.progress_event()),
            Err(failed) if is_absent(&failed) => Ok(Progress::Done),
            Err(failed) => refused(failed),
        }
    }

    async fn update(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
        patch: &Value,
        token: &str,
    ) -> Result<Progress, Setback> {
        let answer = self
            .in_turn(at, SERVICE, async {
                let session = self.session(at).await?;
                let asked = session
                    .cloudcontrol
                    .update_resource()
                    .type_name(type_name)
                    .identifier(identifier)
                    .patch_document(patch.to_string())
                    .client_token(client_token(token));
                call(session.call("UpdateResource", at), asked.send()).await
            })
            .await;
        match answer {
            Ok(answer) => progress(answer.progress_event()),
            Err(failed) => refused(failed),
        }
    }

    async fn progress(&self, at: &Place, request: &str) -> Result<Progress, Setback> {
        let answer = self
            .in_turn(at, SERVICE, async {
                let session = self.session(at).await?;
                let asked = session
                    .cloudcontrol
                    .get_resource_request_status()
                    .request_token(request);
                call(session.call("GetResourceRequestStatus", at), asked.send()).await
            })
            .await;
        match answer {
            Ok(answer) => progress(answer.progress_event()),
            // Cloud Control forgets requests after a week.
            Err(failed) if failed.is_any(&["RequestTokenNotFoundException"]) => refused(failed),
            Err(failed) => Err(failed.into()),
        }
    }

    async fn call(&self, at: &Place, call: &Call) -> Result<Result<Value, Unlisted>, Setback> {
        match self.direct(at, call).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(failed) => unlisted::read(failed, Asked::Service).map(Err),
        }
    }

    async fn empty_bucket(&self, at: &Place, bucket: &str) -> Result<Progress, Setback> {
        buckets::empty(self, at, bucket).await
    }

    async fn unlock(&self, at: &Place, locked: &Locked) -> Result<Progress, Setback> {
        unlock::unlock(self, at, locked).await
    }
}

impl Connection {
    /// Sends in the account's turn, and learns from the answer how fast the next ones may go.
    pub(super) async fn in_turn<T>(
        &self,
        at: &Place,
        service: &str,
        sending: impl Future<Output = Result<T, Failed>> + Send,
    ) -> Result<T, Failed> {
        let sending = Box::pin(sending);
        self.paces.turn(at, service).await;
        let answer = sending.await;
        match &answer {
            Ok(_) => self.paces.learn(at, service, false),
            Err(failed) if failed.is_throttled() => self.paces.learn(at, service, true),
            Err(_) => {}
        }
        answer
    }

    async fn page(
        &self,
        at: &Place,
        type_name: &str,
        under: Option<&str>,
        token: Option<&str>,
    ) -> Result<ListResourcesOutput, Failed> {
        let mut wait = FIRST_WAIT;
        for _ in 1..PAGE_TRIES {
            match self.page_once(at, type_name, under, token).await {
                Err(failed) if failed.is_throttled() => self.options.clock.sleep(wait).await,
                other => return other,
            }
            wait *= 2;
        }
        self.page_once(at, type_name, under, token).await
    }

    async fn page_once(
        &self,
        at: &Place,
        type_name: &str,
        under: Option<&str>,
        token: Option<&str>,
    ) -> Result<ListResourcesOutput, Failed> {
        self.in_turn(at, SERVICE, async {
            let session = self.session(at).await?;
            let asked = session
                .cloudcontrol
                .list_resources()
                .type_name(type_name)
                .set_resource_model(under.map(str::to_owned))
                .set_next_token(token.map(str::to_owned));
            call(session.call("ListResources", at), asked.send()).await
        })
        .await
    }
}

fn read(resource: &ResourceDescription) -> Result<Listed, Setback> {
    let identifier = resource.identifier().filter(|name| !name.is_empty());
    let identifier =
        identifier.ok_or_else(|| Setback::lost("ListResources named a resource without a name"))?;
    Ok(Listed {
        identifier: identifier.to_owned(),
        properties: parsed(resource.properties(), "ListResources")?,
    })
}

fn parsed(properties: Option<&str>, call: &str) -> Result<Value, Setback> {
    let text = properties.filter(|text| !text.is_empty()).unwrap_or("{}");
    serde_json::from_str(text)
        .map_err(|error| Setback::lost(format!("{call} gave properties that are no JSON: {error}")))
}

/// Whether the resource is not there.
fn is_absent(failed: &Failed) -> bool {
    failed.is_any(&["ResourceNotFoundException"]) || failed.says("HandlerErrorCode: NotFound")
}

/// AWS's "no" to a change; what may pass, and what AWS did not say, stays a setback.
fn refused(failed: Failed) -> Result<Progress, Setback> {
    match failed.setback {
        Setback::Refused { .. } if !failed.code().is_empty() => Ok(Progress::Refused {
            code: failed.code().to_owned(),
            message: failed.message().to_owned(),
        }),
        setback => Err(setback),
    }
}

fn progress(event: Option<&ProgressEvent>) -> Result<Progress, Setback> {
    let event = event.ok_or_else(|| Setback::lost("Cloud Control answered without a progress"))?;
    let refused = |code: &str| Progress::Refused {
        code: code.to_owned(),
        message: event
            .status_message()
            .unwrap_or("AWS gave no reason")
            .to_owned(),
    };
    match event.operation_status() {
        Some(OperationStatus::Success) => Ok(Progress::Done),
        Some(OperationStatus::Failed) => {
            let updates = event.operation() == Some(&Operation::Update);
            match event.error_code() {
                Some(HandlerErrorCode::NotFound) if !updates => Ok(Progress::Done),
                Some(code) => Ok(refused(code.as_str())),
                None => Ok(refused("FAILED")),
            }
        }
        Some(OperationStatus::CancelComplete) => Ok(refused("CANCEL_COMPLETE")),
        _ => match event.request_token() {
            Some(request) => Ok(Progress::UnderWay {
                request: request.to_owned(),
            }),
            None => Err(Setback::lost("Cloud Control named no request")),
        },
    }
}

/// Our token as one that Cloud Control takes: letters, digits and `-+/=`. What has others in it, or is too long,
/// goes by its digest, so that different tokens stay different.
fn client_token(token: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-+/=".contains(&b);
    if !token.is_empty() && token.len() <= LONGEST_TOKEN && token.bytes().all(is_plain) {
        token.to_owned()
    } else {
        hex::encode(Sha256::digest(token.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_aws_takes_stays_and_others_go_by_their_digest() {
        assert_eq!(client_token("pr-42-k3f9zq-1"), "pr-42-k3f9zq-1");
        let digests = [client_token("a:b"), client_token("a_b"), client_token("")];
        assert!(digests.iter().all(|token| token.len() == 64));
        assert_ne!(digests[0], digests[1]);
        assert_eq!(client_token(&"a".repeat(129)).len(), 64);
    }

    fn event(
        status: OperationStatus,
        operation: Operation,
    ) -> aws_sdk_cloudcontrol::types::builders::ProgressEventBuilder {
        ProgressEvent::builder()
            .operation_status(status)
            .operation(operation)
            .request_token("r-1")
            .status_message("in use")
    }

    #[test]
    fn a_failed_deletion_of_what_is_gone_is_done_and_a_change_to_it_is_not() {
        let failed = |operation, code| {
            let event = event(OperationStatus::Failed, operation).error_code(code);
            progress(Some(&event.build())).unwrap()
        };
        let refused = |code: &str| Progress::Refused {
            code: code.to_owned(),
            message: "in use".to_owned(),
        };
        assert_eq!(
            failed(Operation::Delete, HandlerErrorCode::NotFound),
            Progress::Done
        );
        assert_eq!(
            failed(Operation::Update, HandlerErrorCode::NotFound),
            refused("NotFound")
        );
        assert_eq!(
            failed(Operation::Delete, HandlerErrorCode::NotStabilized),
            refused("NotStabilized")
        );
    }

    #[test]
    fn what_goes_on_is_asked_for_by_its_request() {
        for status in [OperationStatus::Pending, OperationStatus::InProgress] {
            let event = event(status, Operation::Delete).build();
            let under_way = Progress::UnderWay {
                request: "r-1".to_owned(),
            };
            assert_eq!(progress(Some(&event)), Ok(under_way));
        }
        let nameless = ProgressEvent::builder().build();
        assert!(progress(Some(&nameless)).is_err());
        assert!(progress(None).is_err());
    }
}
