//! What an operator sets: `ebbtide.toml`, and over it environment variables `EBBTIDE_SECTION__KEY`.
//!
//! - [`sections`]: the keys, with their defaults and meaning. The reference is generated from them.
//! - `guardrails`, `nuke`: sections with files of their own.
//! - `values`, `database_url`: how a value is read and shown.
//! - [`keys`]: the list of keys, taken from the sections' schema.
//! - [`Sources`]: file and environment as one tree that remembers where each value came from.
//! - [`Mistake`]: what is answered to a wrong key or value.
//! - [`reference()`]: the table for the README.
//!
//! Nothing here prints a secret: they are [`secrecy`] types, shown as `(hidden)`.

mod database_url;
mod guardrails;
pub mod keys;
mod mistake;
mod nuke;
mod pool;
mod reference;
pub mod sections;
mod sources;
mod values;

pub use guardrails::{GuardrailsConfig, GuardrailsSection};
pub use mistake::{Mistake, Mistakes};
pub use nuke::{NukeConfig, NukeSection};
pub use reference::reference;
pub use sections::{
    AccountPattern, AwsConfig, DatabaseConfig, DatabaseKind, DatabaseUrl, LogConfig, LogFormat,
    PolicyConfig, PoolConfig, ReconcilerConfig, ServerConfig,
};
pub use sources::{InForce, Sources};

use schemars::JsonSchema;
use secrecy::SecretString;
use sections::GithubSection;
use url::Url;

/// Everything an operator sets, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the service listens.
    pub server: ServerConfig,
    /// Where everything is kept.
    pub database: DatabaseConfig,
    /// The GitHub App.
    pub github: GithubConfig,
    /// The AWS organization.
    pub aws: AwsConfig,
    /// How many accounts there are.
    pub pool: PoolConfig,
    /// What is allowed to a repository.
    pub policy: PolicyConfig,
    /// What nobody may do in a sandbox account.
    pub guardrails: GuardrailsConfig,
    /// How accounts are emptied.
    pub nuke: NukeConfig,
    /// How often the service looks.
    pub reconciler: ReconcilerConfig,
    /// What is logged, and how.
    pub log: LogConfig,
}

/// The GitHub App, with its key read.
#[derive(Clone, Debug)]
pub struct GithubConfig {
    /// Root of GitHub's REST API.
    pub api_url: Url,
    /// The App's id.
    pub app_id: u64,
    /// The App's private key, PEM.
    pub private_key: SecretString,
    /// Secrets of the webhook; any of them is accepted.
    pub webhook_secrets: Vec<SecretString>,
}

/// The sections as they are written; what the list of keys is taken from.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Written {
    server: ServerConfig,
    database: DatabaseConfig,
    github: GithubSection,
    aws: AwsConfig,
    pool: PoolConfig,
    policy: PolicyConfig,
    guardrails: GuardrailsSection,
    nuke: NukeSection,
    reconciler: ReconcilerConfig,
    log: LogConfig,
}

impl Config {
    /// Reads everything, or says everything that is wrong.
    pub fn load(sources: &Sources) -> Result<Self, Mistakes> {
        let mut mistakes = sources.unknown_and_missing_keys();
        let server = sources.section("server", &mut mistakes);
        let database = sources.section("database", &mut mistakes);
        let github = sources
            .section::<GithubSection>("github", &mut mistakes)
            .and_then(|section| section.with_key(sources, &mut mistakes));
        let aws = sources.section::<AwsConfig>("aws", &mut mistakes);
        let guardrails = sources.section::<GuardrailsSection>("guardrails", &mut mistakes);
        let guardrails = match (guardrails, &aws) {
            (Some(section), Some(aws)) => section.rendered(aws, sources, &mut mistakes),
            _ => None,
        };
        let nuke = sources.section::<NukeSection>("nuke", &mut mistakes);
        let nuke = match (nuke, &aws) {
            (Some(section), Some(aws)) => section.with_files(aws, sources, &mut mistakes),
            _ => None,
        };
        let pool = sources.section::<PoolConfig>("pool", &mut mistakes);
        if let Some(pool) = &pool {
            pool.check(sources, &mut mistakes);
        }
        let policy = sources.section::<PolicyConfig>("policy", &mut mistakes);
        if let Some(policy) = &policy {
            policy.check(sources, &mut mistakes);
        }
        let reconciler = sources.section::<ReconcilerConfig>("reconciler", &mut mistakes);
        if let Some(reconciler) = &reconciler {
            reconciler.check(sources, &mut mistakes);
        }
        let log = sources.section("log", &mut mistakes);
        match (
            server, database, github, aws, pool, policy, guardrails, nuke, reconciler, log,
        ) {
            (
                Some(server),
                Some(database),
                Some(github),
                Some(aws),
                Some(pool),
                Some(policy),
                Some(guardrails),
                Some(nuke),
                Some(reconciler),
                Some(log),
            ) if mistakes.is_empty() => Ok(Self {
                server,
                database,
                github,
                aws,
                pool,
                policy,
                guardrails,
                nuke,
                reconciler,
                log,
            }),
            _ => Err(Mistakes(mistakes)),
        }
    }
}

impl DatabaseConfig {
    /// Reads this section alone, for commands that need nothing but the database.
    pub fn load(sources: &Sources) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        match sources.section("database", &mut mistakes) {
            Some(section) if mistakes.is_empty() => Ok(section),
            _ => Err(Mistakes(mistakes)),
        }
    }
}

#[cfg(test)]
mod tests;
