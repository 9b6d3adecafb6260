//! What accounts of the world hold besides stacks: nothing.

use super::cloud::CloudSide;
use super::world::Service;
use async_trait::async_trait;
use ebbtide::cloud::{Call, Listed, Locked, Place, Progress, Resources, Unlisted};
use ebbtide::environment::Setback;
use serde_json::{Value, json};

#[async_trait]
impl Resources for CloudSide {
    async fn list(
        &self,
        _at: &Place,
        _type_name: &str,
        _under: Option<&Value>,
    ) -> Result<Result<Vec<Listed>, Unlisted>, Setback> {
        let nothing = |_: &mut _| Ok(Ok(Vec::new()));
        self.0.call(Service::Aws, "ListResources", nothing).await
    }

    async fn read(
        &self,
        _at: &Place,
        _type_name: &str,
        _identifier: &str,
    ) -> Result<Option<Value>, Setback> {
        let nothing = |_: &mut _| Ok(None);
        self.0.call(Service::Aws, "GetResource", nothing).await
    }

    async fn delete(
        &self,
        _at: &Place,
        _type_name: &str,
        _identifier: &str,
        _token: &str,
    ) -> Result<Progress, Setback> {
        let gone = |_: &mut _| Ok(Progress::Done);
        self.0.call(Service::Aws, "DeleteResource", gone).await
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
        let unknown = Progress::Refused {
            code: "RequestTokenNotFoundException".to_owned(),
            message: format!("request {request} was not found"),
        };
        let refuse = |_: &mut _| Ok(unknown);
        self.0
            .call(Service::Aws, "GetResourceRequestStatus", refuse)
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
