//! The sticky comment.

use super::AppClient;
use super::call::{Call, Voice};
use super::pages::PER_PAGE;
use super::path::{of, of_repo, with_query};
use super::setback::Trouble;
use crate::environment::{CommentId, PullRequestNumber, Setback};
use crate::github::Repo;
use http::Method;
use serde::Deserialize;
use serde_json::json;

/// 3,000 comments. Nobody reads further, and our own is among the first.
const PAGES_AT_MOST: usize = 30;

#[derive(Deserialize)]
struct Shape {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    user: Option<User>,
    #[serde(default)]
    performed_via_github_app: Option<App>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct App {
    id: u64,
    #[serde(default)]
    slug: Option<String>,
}

impl AppClient {
    pub(super) async fn write_comment(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
        marker: &str,
        known: Option<CommentId>,
        body: &str,
    ) -> Result<CommentId, Setback> {
        if let Some(known) = known {
            match self.edit_comment(repo, known, body).await {
                Ok(()) => return Ok(known),
                // Somebody deleted it. It is looked for anyway: there may be another one.
                Err(Trouble::Missing(..)) => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        // An earlier attempt may have made it although its answer was lost.
        let mut ours = self.comments_of_ours(repo, number, marker).await?;
        let mut made = None;
        if ours.is_empty() {
            let id = self.create_comment(repo, number, body).await?;
            made = Some(id);
            // Somebody may have made one at the same moment, so a second look decides.
            ours = self.comments_of_ours(repo, number, marker).await?;
            if ours.is_empty() {
                return Ok(id);
            }
        }
        let oldest = ours.remove(0);
        if made != Some(oldest) {
            self.edit_comment(repo, oldest, body).await?;
        }
        for further in ours {
            self.delete_comment(repo, further).await?;
        }
        Ok(oldest)
    }

    /// Comments of this App that carry the marker, the oldest first.
    async fn comments_of_ours(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
        marker: &str,
    ) -> Result<Vec<CommentId>, Setback> {
        let path = of_repo(repo, &["issues", &number.to_string(), "comments"]);
        let path = with_query(&path, &[("per_page", PER_PAGE)]);
        let call = Call::read(
            "list_comments",
            Voice::Installation(repo.installation),
            path,
        );
        let pages: Vec<Vec<Shape>> = self.pages(call, PAGES_AT_MOST, |_| true).await?;
        let mut ours = Vec::new();
        for comment in pages.into_iter().flatten() {
            let carries = comment
                .body
                .as_deref()
                .is_some_and(|body| body.contains(marker));
            if carries && self.is_our_comment(&comment).await? {
                ours.push(CommentId(comment.id));
            }
        }
        ours.sort_unstable();
        Ok(ours)
    }

    /// Anybody can copy the marker into a comment of their own.
    async fn is_our_comment(&self, comment: &Shape) -> Result<bool, Setback> {
        if let Some(app) = &comment.performed_via_github_app {
            return Ok(app.id == self.app_id);
        }
        let slug = self.slug.get_or_try_init(|| self.read_slug()).await?;
        let bot = format!("{slug}[bot]");
        Ok(comment.user.as_ref().is_some_and(|user| user.login == bot))
    }

    async fn read_slug(&self) -> Result<String, Setback> {
        let call = Call::read("read_app", Voice::App, of(&["app"]));
        let app: App = self.call_for(&call).await?;
        // An App without a slug has no bot that could be told by it.
        Ok(app.slug.unwrap_or_default())
    }

    async fn create_comment(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
        body: &str,
    ) -> Result<CommentId, Setback> {
        let path = of_repo(repo, &["issues", &number.to_string(), "comments"]);
        let call = write("create_comment", repo, Method::POST, path, Some(body));
        let made: Shape = self.call_for(&call).await?;
        Ok(CommentId(made.id))
    }

    async fn edit_comment(&self, repo: &Repo, id: CommentId, body: &str) -> Result<(), Trouble> {
        let path = of_repo(repo, &["issues", "comments", &id.to_string()]);
        let call = write("update_comment", repo, Method::PATCH, path, Some(body));
        self.call(&call).await.map(drop)
    }

    async fn delete_comment(&self, repo: &Repo, id: CommentId) -> Result<(), Setback> {
        let path = of_repo(repo, &["issues", "comments", &id.to_string()]);
        let call = write("delete_comment", repo, Method::DELETE, path, None);
        match self.call(&call).await {
            Ok(_) | Err(Trouble::Missing(..)) => Ok(()),
            Err(trouble) => Err(trouble.into()),
        }
    }
}

fn write(
    name: &'static str,
    repo: &Repo,
    method: Method,
    path: String,
    body: Option<&str>,
) -> Call {
    let voice = Voice::Installation(repo.installation);
    let body = body.map(|body| json!({ "body": body }));
    Call::write(name, voice, method, path, body)
}
