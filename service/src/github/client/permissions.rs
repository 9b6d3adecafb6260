//! What somebody may do in a repository.

use super::AppClient;
use super::call::{Call, Voice};
use super::path::of_repo;
use super::setback::Trouble;
use crate::environment::{Login, Setback};
use crate::github::Repo;
use serde::Deserialize;

/// `maintain` is told as `write`, `triage` as `read`.
#[derive(Deserialize)]
struct Shape {
    permission: String,
}

impl AppClient {
    pub(super) async fn read_permission(
        &self,
        repo: &Repo,
        login: &Login,
    ) -> Result<bool, Setback> {
        let path = of_repo(repo, &["collaborators", login.as_str(), "permission"]);
        let voice = Voice::Installation(repo.installation);
        let call = Call::read("read_permission", voice, path);
        match self.call_for::<Shape>(&call).await {
            Ok(shape) => Ok(matches!(shape.permission.as_str(), "admin" | "write")),
            // Nobody of that name, or nobody who has to do with the repository.
            Err(Trouble::Missing(..)) => Ok(false),
            Err(trouble) => Err(trouble.into()),
        }
    }
}
