//! Cloud Control, as the product reaches it: what accounts hold besides stacks.

use super::cloud::CloudSide;
use super::leftovers::REGION;
use super::world::{Service, State};
use async_trait::async_trait;
use ebbtide::cloud::{Call, Listed, Locked, Place, Progress, Resources, Unlisted};
use ebbtide::environment::Setback;
use serde_json::{Value, json};

fn is_here(at: &Place) -> bool {
    at.region.as_str() == REGION
}

#[async_trait]
impl Resources for CloudSide {
    async fn list(
        &self,
        at: &Place,
        type_name: &str,
        _under: Option<&Value>,
    ) -> Result<Result<Vec<Listed>, Unlisted>, Setback> {
        let list = |state: &mut State| {
            if !is_here(at) {
                return Ok(Ok(Vec::new()));
            }
            let cell = (at.account.as_str(), type_name);
            let (now, storm) = (state.now, state.faults.lost_reply > 0);
            let State { aws, rng, .. } = state;
            let listed = aws.leftovers.list(cell, storm, now, rng);
            state.note(|| {
                let names = listed.iter().flatten().map(|it| it.identifier.as_str());
                let names: Vec<&str> = names.collect();
                let failed = if listed.is_err() { "failed" } else { "" };
                format!(
                    "ListResources {} {type_name}: {names:?}{failed}",
                    at.account
                )
            });
            Ok(listed)
        };
        self.0.call(Service::Aws, "ListResources", list).await
    }

    async fn read(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
    ) -> Result<Option<Value>, Setback> {
        let read = |state: &mut State| {
            let account = at.account.as_str();
            Ok(state.aws.leftovers.read(account, type_name, identifier))
        };
        self.0.call(Service::Aws, "GetResource", read).await
    }

    async fn delete(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
        token: &str,
    ) -> Result<Progress, Setback> {
        let delete = |state: &mut State| {
            let thing = (at.account.as_str(), type_name, identifier);
            let State { aws, rng, now, .. } = state;
            let progress = aws.leftovers.delete(thing, token, *now, rng);
            state.note(|| format!("DeleteResource {identifier}: {progress:?}"));
            Ok(progress)
        };
        self.0.call(Service::Aws, "DeleteResource", delete).await
    }

    async fn update(
        &self,
        _at: &Place,
        type_name: &str,
        identifier: &str,
        _patch: &Value,
        _token: &str,
    ) -> Result<Progress, Setback> {
        let gone = Progress::Refused {
            code: "ResourceNotFoundException".to_owned(),
            message: format!("{type_name} {identifier} was not found"),
        };
        let refuse = |_: &mut _| Ok(gone);
        self.0.call(Service::Aws, "UpdateResource", refuse).await
    }

    async fn progress(&self, _at: &Place, request: &str) -> Result<Progress, Setback> {
        let ask = |state: &mut State| Ok(state.aws.leftovers.progress(request));
        self.0
            .call(Service::Aws, "GetResourceRequestStatus", ask)
            .await
    }

    async fn call(&self, at: &Place, call: &Call) -> Result<Result<Value, Unlisted>, Setback> {
        let account = at.account.to_string();
        let answer = match call.operation.as_str() {
            "GetCallerIdentity" => json!({ "Account": account }),
            _ => json!({}),
        };
        let answer = |_: &mut _| Ok(Ok(answer));
        self.0.call(Service::Aws, &call.operation, answer).await
    }

    async fn empty_bucket(&self, _at: &Place, _bucket: &str) -> Result<Progress, Setback> {
        let gone = |_: &mut _| Ok(Progress::Done);
        self.0.call(Service::Aws, "ListObjectVersions", gone).await
    }

    async fn unlock(&self, _at: &Place, _locked: &Locked) -> Result<Progress, Setback> {
        let free = |_: &mut _| Ok(Progress::Done);
        self.0.call(Service::Aws, "AssumeRoot", free).await
    }
}
