//! Our own check run.

use super::AppClient;
use super::call::{Call, Voice};
use super::pages::PER_PAGE;
use super::path::{of_repo, with_query};
use super::setback::Trouble;
use crate::environment::{CheckRunId, CommitSha, Setback};
use crate::github::{Annotation, CheckWords, Conclusion, Repo};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// GitHub takes 50 annotations in one request.
const ANNOTATIONS_AT_MOST: usize = 50;
/// Our runs on one commit; there is one, or two after an unlucky moment.
const PAGES_AT_MOST: usize = 3;

#[derive(Deserialize)]
struct Runs {
    check_runs: Vec<Shape>,
}

#[derive(Clone, Deserialize)]
struct Shape {
    id: u64,
    head_sha: String,
    status: String,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    output: Output,
}

#[derive(Clone, Default, Deserialize)]
struct Output {
    #[serde(default)]
    annotations_count: u64,
}

impl Shape {
    fn is_on(&self, commit: &CommitSha) -> bool {
        self.head_sha == commit.as_str()
    }

    fn has_concluded(&self) -> bool {
        self.status == "completed"
    }

    /// Whether these words can be written on it. GitHub accepts another status or conclusion for a run that has
    /// concluded, and shows the old one all the same: what runs again needs a run of its own.
    fn takes(&self, words: &CheckWords) -> bool {
        !self.has_concluded() || json!(self.conclusion) == json!(words.conclusion)
    }
}

impl AppClient {
    pub(super) async fn write_check(
        &self,
        repo: &Repo,
        name: &str,
        external_id: &str,
        known: Option<CheckRunId>,
        words: &CheckWords,
    ) -> Result<CheckRunId, Setback> {
        let known = match known {
            Some(known) => self.find_check(repo, known).await?,
            None => None,
        };
        let there = match known {
            Some(known) if known.is_on(&words.head) && known.takes(words) => Some(known),
            other => {
                if let Some(older) = other.filter(|older| !older.is_on(&words.head)) {
                    self.end_older(repo, name, external_id, older).await?;
                }
                self.search_check(repo, name, external_id, &words.head)
                    .await?
            }
        };
        // What has concluded is not cancelled any more.
        if words.conclusion == Some(Conclusion::Cancelled)
            && let Some(concluded) = there.as_ref().filter(|run| run.has_concluded())
        {
            return Ok(CheckRunId(concluded.id));
        }
        let Some(there) = there.filter(|run| run.takes(words)) else {
            return self.create_check(repo, name, external_id, words).await;
        };
        let id = CheckRunId(there.id);
        // GitHub adds annotations to those that are there and takes none away, so they are sent once. The
        // summary lists what is to be mended now in any case.
        let annotations = match there.output.annotations_count {
            0 => words.annotations.as_slice(),
            _ => &[],
        };
        let body = body(external_id, words, annotations);
        self.call(&write(
            "update_check",
            repo,
            Method::PATCH,
            of_run(repo, id),
            body,
        ))
        .await?;
        Ok(id)
    }

    async fn find_check(&self, repo: &Repo, id: CheckRunId) -> Result<Option<Shape>, Setback> {
        let call = Call::read("read_check", voice(repo), of_run(repo, id));
        match self.call_for(&call).await {
            Ok(shape) => Ok(Some(shape)),
            Err(Trouble::Missing(..)) => Ok(None),
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// The run that an earlier attempt may have made although its answer was lost.
    async fn search_check(
        &self,
        repo: &Repo,
        name: &str,
        external_id: &str,
        head: &CommitSha,
    ) -> Result<Option<Shape>, Setback> {
        let app = self.app_id.to_string();
        let query = [
            ("check_name", name),
            ("app_id", &app),
            ("filter", "all"),
            ("per_page", PER_PAGE),
        ];
        let path = of_repo(repo, &["commits", head.as_str(), "check-runs"]);
        let call = Call::read("search_check", voice(repo), with_query(&path, &query));
        let pages: Vec<Runs> = self.pages(call, PAGES_AT_MOST, |_| true).await?;
        Ok(pages
            .into_iter()
            .flat_map(|page| page.check_runs)
            .filter(|run| run.external_id.as_deref() == Some(external_id))
            .max_by_key(|run| run.id))
    }

    async fn create_check(
        &self,
        repo: &Repo,
        name: &str,
        external_id: &str,
        words: &CheckWords,
    ) -> Result<CheckRunId, Setback> {
        let mut body = body(external_id, words, &words.annotations);
        body["name"] = json!(name);
        body["head_sha"] = json!(words.head);
        let path = of_repo(repo, &["check-runs"]);
        let made: Shape = self
            .call_for(&write("create_check", repo, Method::POST, path, body))
            .await?;
        Ok(CheckRunId(made.id))
    }

    /// A newer commit has its own check run, so one on the older commit would run for ever: the one we know, or a
    /// later one that a retry made although its answer was lost.
    async fn end_older(
        &self,
        repo: &Repo,
        name: &str,
        external_id: &str,
        known: Shape,
    ) -> Result<(), Setback> {
        let running = if known.has_concluded() {
            let commit = CommitSha::new(&known.head_sha);
            self.search_check(repo, name, external_id, &commit).await?
        } else {
            Some(known)
        };
        match running.filter(|run| !run.has_concluded()) {
            Some(running) => self.supersede(repo, &running).await,
            None => Ok(()),
        }
    }

    async fn supersede(&self, repo: &Repo, older: &Shape) -> Result<(), Setback> {
        let body = json!({
            "status": "completed",
            "conclusion": Conclusion::Cancelled,
            "output": {
                "title": "Superseded",
                "summary": "A newer commit was pushed before this one was ready.",
            },
        });
        let path = of_run(repo, CheckRunId(older.id));
        match self
            .call(&write("supersede_check", repo, Method::PATCH, path, body))
            .await
        {
            Ok(_) | Err(Trouble::Missing(..)) => Ok(()),
            Err(trouble) => Err(trouble.into()),
        }
    }
}

fn voice(repo: &Repo) -> Voice {
    Voice::Installation(repo.installation)
}

fn of_run(repo: &Repo, id: CheckRunId) -> String {
    of_repo(repo, &["check-runs", &id.to_string()])
}

fn write(name: &'static str, repo: &Repo, method: Method, path: String, body: Value) -> Call {
    Call::write(name, voice(repo), method, path, Some(body))
}

fn body(external_id: &str, words: &CheckWords, annotations: &[Annotation]) -> Value {
    let annotations: Vec<Value> = annotations
        .iter()
        .take(ANNOTATIONS_AT_MOST)
        .map(|annotation| {
            json!({
                "path": annotation.path,
                "start_line": annotation.line,
                "end_line": annotation.line,
                "annotation_level": "failure",
                "message": annotation.message,
            })
        })
        .collect();
    let mut body = json!({
        "external_id": external_id,
        "status": "in_progress",
        "output": {
            "title": words.title,
            "summary": words.summary,
            "annotations": annotations,
        },
    });
    if let Some(conclusion) = words.conclusion {
        body["status"] = json!("completed");
        body["conclusion"] = json!(conclusion);
    }
    if let Some(url) = &words.details_url {
        body["details_url"] = json!(url);
    }
    body
}
