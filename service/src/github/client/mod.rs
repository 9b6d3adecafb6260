//! The GitHub App client: [`GitHub`] over HTTP, through octocrab.
//!
//! # Guarantees
//! - Nothing is repeated by itself: GitHub has no idempotency keys, so a repeated POST is a second comment. The
//!   caller decides by the [`Setback`] and looks first.
//! - Every write looks for what an earlier attempt may have left, because its answer may have been lost.
//! - Tokens never reach a log, an error or another host.
//!
//! In reading order: `call` is the one place where requests go out and answers come back, `setback` turns
//! errors into what they mean, `pages` follows lists; the others are one file per thing on GitHub.

mod call;
mod check_runs;
mod checks;
mod comments;
mod deliveries;
mod deployments;
mod files;
mod pages;
mod path;
mod permissions;
mod pull_requests;
mod setback;

use super::{CheckSeen, CheckWords, DeploymentWords, FailedDelivery, GitHub, Live, Repo};
use crate::clock::Clock;
use crate::environment::{
    CheckRunId, CommentId, CommitSha, DeploymentId, InstallationId, Login, PullRequest,
    PullRequestNumber, Setback,
};
use async_trait::async_trait;
use octocrab::Octocrab;
use octocrab::models::AppId;
use octocrab::service::middleware::retry::RetryConfig;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::OnceCell;
use url::Url;

/// How to reach GitHub, and as which App.
pub struct AppOptions {
    /// `https://api.github.com`, or `https://HOST/api/v3` on GitHub Enterprise Server.
    pub api_url: Url,
    /// The App's number.
    pub app_id: u64,
    /// The App's RSA key in PEM.
    pub private_key: SecretString,
    /// Judges rate limits and the age of deliveries. Tokens go by the machine's clock, as octocrab does.
    pub clock: Arc<dyn Clock>,
    /// How long one call may take; [`AppOptions::TIMEOUT`] is as long as GitHub itself allows.
    pub timeout: Duration,
}

impl AppOptions {
    /// GitHub ends requests that take longer than 10 s.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
}

/// Options that cannot work. Says which key of the configuration is to be mended.
#[derive(Debug, thiserror::Error)]
pub enum BadOptions {
    /// Not an address of a web server.
    #[error(
        "github.api_url is {0}, but must be an http or https address, for example https://api.github.com"
    )]
    ApiUrl(Url),
    /// Not a key.
    #[error(
        "github.private_key is not an RSA key in PEM ({0}); take the .pem file that GitHub gave out under \
         \"Private keys\" of the App"
    )]
    PrivateKey(String),
    /// The HTTP client could not be set up.
    #[error("the client for GitHub could not be set up: {0}")]
    Client(String),
}

/// The App on GitHub.
pub struct AppClient {
    app: Arc<Octocrab>,
    app_id: u64,
    api_url: Url,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    /// One per installation: each keeps its token, and renews it before it runs out.
    installations: Mutex<HashMap<InstallationId, Arc<Octocrab>>>,
    /// The App's name in its bot's login.
    slug: OnceCell<String>,
}

impl AppClient {
    /// Makes the client. Speaks to nobody yet; must be called within a tokio runtime.
    pub fn new(options: AppOptions) -> Result<Self, BadOptions> {
        let is_web = matches!(options.api_url.scheme(), "http" | "https");
        if !is_web || options.api_url.host().is_none() {
            return Err(BadOptions::ApiUrl(options.api_url));
        }
        let client = |error: octocrab::Error| BadOptions::Client(error.to_string());
        let pem = options.private_key.expose_secret();
        // The user agent stays octocrab's: a header added here is sent beside it, and two are one too many.
        let app = Octocrab::builder()
            .add_retry_config(RetryConfig::None)
            // Only for connecting: octocrab's read timeout runs on while a connection idles, and would cut
            // off the first request after a pause. Whole calls are timed in `call`.
            .set_connect_timeout(Some(options.timeout))
            .set_read_timeout(None)
            .set_write_timeout(None)
            .base_uri(options.api_url.as_str())
            .map_err(client)?
            .app_from_rsa_pem(AppId(options.app_id), pem)
            .map_err(|_| BadOptions::PrivateKey(what_is_wrong_with(pem).to_owned()))?
            .build()
            .map_err(client)?;
        Ok(Self {
            app: Arc::new(app),
            app_id: options.app_id,
            api_url: options.api_url,
            clock: options.clock,
            timeout: options.timeout,
            installations: Mutex::default(),
            slug: OnceCell::new(),
        })
    }
}

/// Says what a text that is no key looks like, without repeating any of it.
fn what_is_wrong_with(pem: &str) -> &'static str {
    if pem.trim().is_empty() {
        "it is empty"
    } else if !pem.contains("-----BEGIN") {
        "it has no line that says BEGIN RSA PRIVATE KEY"
    } else if !pem.trim().contains('\n') {
        "it is a single line: its line breaks were lost"
    } else {
        "it cannot be decoded"
    }
}

#[async_trait]
impl GitHub for AppClient {
    async fn pull_request(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
    ) -> Result<Live<PullRequest>, Setback> {
        self.read_pull_request(repo, number).await
    }

    async fn file(&self, repo: &Repo, path: &str, at: &str) -> Result<Option<Vec<u8>>, Setback> {
        self.read_file(repo, path, at).await
    }

    async fn may_write(&self, repo: &Repo, login: &Login) -> Result<bool, Setback> {
        self.read_permission(repo, login).await
    }

    async fn checks(&self, repo: &Repo, sha: &CommitSha) -> Result<Vec<CheckSeen>, Setback> {
        self.read_checks(repo, sha).await
    }

    async fn put_comment(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
        marker: &str,
        known: Option<CommentId>,
        body: &str,
    ) -> Result<CommentId, Setback> {
        self.write_comment(repo, number, marker, known, body).await
    }

    async fn put_check(
        &self,
        repo: &Repo,
        name: &str,
        external_id: &str,
        known: Option<CheckRunId>,
        words: &CheckWords,
    ) -> Result<CheckRunId, Setback> {
        self.write_check(repo, name, external_id, known, words)
            .await
    }

    async fn put_deployment(
        &self,
        repo: &Repo,
        known: Option<DeploymentId>,
        words: &DeploymentWords,
    ) -> Result<DeploymentId, Setback> {
        self.write_deployment(repo, known, words).await
    }

    async fn failed_deliveries(&self) -> Result<Vec<FailedDelivery>, Setback> {
        self.read_failed_deliveries().await
    }

    async fn redeliver(&self, id: u64) -> Result<(), Setback> {
        self.ask_to_redeliver(id).await
    }
}
