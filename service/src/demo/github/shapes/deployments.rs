//! Deployments and their statuses.

use super::node_id;
use crate::demo::github::said::{Deployment, DeploymentStatus};
use crate::demo::github::state::{Repository, State};
use serde_json::{Value, json};

impl State {
    /// A Deployment.
    pub fn deployment_json(&self, deployment: &Deployment) -> Value {
        let api = self.deployments_address(deployment);
        json!({
            "id": deployment.id,
            "node_id": node_id("Deployment", deployment.id),
            "url": format!("{api}/deployments/{}", deployment.id),
            "sha": deployment.sha,
            "ref": deployment.reference,
            "task": deployment.task,
            "payload": deployment.payload,
            "original_environment": deployment.environment,
            "environment": deployment.environment,
            "description": deployment.description,
            "creator": self.user_json(&self.app.bot()),
            "created_at": deployment.created_at,
            "updated_at": deployment.updated_at,
            "statuses_url": format!("{api}/deployments/{}/statuses", deployment.id),
            "repository_url": api,
            "transient_environment": deployment.transient,
            "production_environment": deployment.production,
            "performed_via_github_app": self.app_json(self.app.id),
        })
    }

    /// A status of a Deployment.
    pub fn deployment_status_json(
        &self,
        deployment: &Deployment,
        status: &DeploymentStatus,
    ) -> Value {
        let api = self.deployments_address(deployment);
        let url = format!("{api}/deployments/{}", deployment.id);
        json!({
            "id": status.id,
            "node_id": node_id("DeploymentStatus", status.id),
            "url": format!("{url}/statuses/{}", status.id),
            "state": status.state,
            "creator": self.user_json(&self.app.bot()),
            "description": status.description,
            "environment": status.environment,
            "environment_url": status.environment_url,
            "target_url": status.log_url,
            "log_url": status.log_url,
            "created_at": status.at,
            "updated_at": status.at,
            "deployment_url": url,
            "repository_url": api,
            "performed_via_github_app": self.app_json(self.app.id),
        })
    }

    fn deployments_address(&self, deployment: &Deployment) -> String {
        let repository = self.repositories.get(&deployment.repository);
        let name = repository.map(Repository::full_name).unwrap_or_default();
        format!("{}/repos/{name}", self.base)
    }
}
