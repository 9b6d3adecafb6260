//! The sections and their keys. Doc comments are what the reference prints; `x-allowed` is both the
//! reference's and the error message's word on what may be written.

use super::mistake::Mistake;
use super::sources::Sources;
use super::{GithubConfig, values};
use crate::environment::Region;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

pub use super::database_url::{DatabaseKind, DatabaseUrl};
pub use super::pool::PoolConfig;
pub use super::values::AccountPattern;

/// Where the service listens and how it is reached.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address and port to listen on, for webhooks and the API alike.
    #[schemars(with = "String", extend("x-allowed" = "an IP address and a port, for example `0.0.0.0:8090` or `[::1]:8090`"))]
    pub listen: SocketAddr,
    /// The service's own address as people reach it; details links on GitHub lead there. Without it there are none.
    #[serde(deserialize_with = "values::web_address_or_none")]
    #[schemars(with = "Option<String>", extend("x-allowed" = "an http or https URL"))]
    pub public_url: Option<Url>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8090)),
            public_url: None,
        }
    }
}

/// Where everything is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// The database. Several replicas need PostgreSQL.
    #[schemars(with = "String", extend("x-allowed" = "`sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`", "x-secret" = true))]
    pub url: DatabaseUrl,
}

/// The GitHub App through which the service listens and speaks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GithubSection {
    /// Root of GitHub's REST API; for GitHub Enterprise Server `https://HOST/api/v3`.
    #[serde(default = "github_api", deserialize_with = "values::web_address")]
    #[schemars(with = "String", extend("x-allowed" = "an http or https URL"))]
    pub api_url: Url,
    /// The App's id, from its settings page.
    #[serde(deserialize_with = "values::app_id")]
    #[schemars(extend("x-allowed" = "the App's id, a whole number from 1"))]
    pub app_id: u64,
    /// The App's private key. In an environment variable, `\n` may stand for a line break.
    #[serde(default, with = "values::secret")]
    #[schemars(with = "Option<String>", extend("x-allowed" = "a PEM private key as GitHub gives it, `-----BEGIN RSA PRIVATE KEY-----` and so on", "x-secret" = true))]
    pub private_key: Option<SecretString>,
    /// A file with the App's private key, instead of `private_key`.
    #[serde(default)]
    #[schemars(extend("x-allowed" = "the path of a readable file with a PEM private key"))]
    pub private_key_path: Option<PathBuf>,
    /// Secrets of the webhook. A delivery signed with any of them is accepted, so that one can be replaced without a gap.
    #[serde(with = "values::secrets")]
    #[schemars(with = "Vec<String>", extend("x-allowed" = "one or more secrets: a list of strings, in an environment variable separated by commas", "x-secret" = true))]
    pub webhook_secrets: Vec<SecretString>,
}

fn github_api() -> Url {
    values::constant_address("https://api.github.com")
}

impl GithubSection {
    /// Reads the key from its file, where it is in one.
    pub(super) fn with_key(
        self,
        sources: &Sources,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<GithubConfig> {
        let key = match (self.private_key, &self.private_key_path) {
            (Some(key), None) => {
                values::pem(&key).ok_or_else(|| sources.not_allowed("github.private_key"))
            }
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|error| {
                    let sentence = format!("cannot be read: {error}");
                    sources.mistake("github.private_key_path", sentence)
                })
                .and_then(|text| {
                    values::pem(&SecretString::from(text))
                        .ok_or_else(|| sources.not_allowed("github.private_key_path"))
                }),
            (Some(_), Some(_)) => Err(sources.mistake(
                "github.private_key_path",
                "allowed is either this or github.private_key, both are set",
            )),
            // Told with the other missing keys.
            (None, None) => return None,
        };
        match key {
            Ok(private_key) => Some(GithubConfig {
                api_url: self.api_url,
                app_id: self.app_id,
                private_key,
                webhook_secrets: self.webhook_secrets,
            }),
            Err(mistake) => {
                mistakes.push(mistake);
                None
            }
        }
    }
}

/// The AWS organization whose sandbox accounts are lent. Credentials come from the standard AWS chain.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsConfig {
    /// Where stacks go.
    #[serde(deserialize_with = "values::region")]
    #[schemars(with = "String", extend("x-allowed" = "an AWS region, for example `eu-west-1`"))]
    pub region: Region,
    /// One address for all of AWS, for emulators. AWS's own variables (`AWS_ENDPOINT_URL`, …) work too.
    #[serde(default, deserialize_with = "values::web_address_or_none")]
    #[schemars(with = "Option<String>", extend("x-allowed" = "an http or https URL"))]
    pub endpoint_url: Option<Url>,
    /// Addresses of single services, for VPC endpoints and emulators, over `endpoint_url`.
    #[serde(
        default,
        deserialize_with = "values::endpoints",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    #[schemars(with = "Option<String>", extend("x-allowed" = "services with an http or https URL each: a table (`cloudcontrol = \"https://…\"`), in an environment variable `SERVICE=URL` separated by commas"))]
    pub endpoints: BTreeMap<String, Url>,
    /// The role in the management account that may use Organizations. Without it the credentials found are used as they are.
    #[serde(default, deserialize_with = "values::role_arn")]
    #[schemars(extend("x-allowed" = "the ARN of a role, for example `arn:aws:iam::111122223333:role/ebbtide`"))]
    pub management_role_arn: Option<String>,
    /// The organizational unit in which sandbox accounts live. No account outside it is ever touched.
    #[serde(deserialize_with = "values::organizational_unit")]
    #[schemars(extend("x-allowed" = "an organizational unit's id, for example `ou-a1b2-c3d4e5f6`"))]
    pub sandbox_ou: String,
    /// The role in each sandbox account that the service enters through.
    #[serde(default = "member_role", deserialize_with = "values::role_name")]
    #[schemars(extend("x-allowed" = "the name of a role: letters, digits and `+=,.@_-`, 64 characters at most"))]
    pub member_role: String,
    /// E-mail addresses of new accounts; each must be unique in all of AWS. Mail from AWS arrives there.
    #[serde(deserialize_with = "values::email_pattern")]
    #[schemars(with = "String", extend("x-allowed" = "an e-mail address that contains `{id}`, for example `aws+{id}@example.com`"))]
    pub account_email: AccountPattern,
    /// Names of new accounts.
    #[serde(default = "account_name", deserialize_with = "values::name_pattern")]
    #[schemars(with = "String", extend("x-allowed" = "a name of 40 characters at most that contains `{id}`, for example `ebbtide-{id}`"))]
    pub account_name: AccountPattern,
}

fn member_role() -> String {
    "OrganizationAccountAccessRole".to_owned()
}

fn account_name() -> AccountPattern {
    AccountPattern::new("ebbtide-{id}")
}

/// What is allowed to a repository.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// How long an environment lives after the last push, where `.ebbtide.yml` says nothing.
    #[serde(with = "values::duration")]
    #[schemars(with = "String", extend("x-allowed" = "a duration of 1s at least, for example `48h` or `14d`, up to `policy.max_ttl`"))]
    pub default_ttl: Duration,
    /// The longest that `.ebbtide.yml` may ask for.
    #[serde(with = "values::duration")]
    #[schemars(with = "String", extend("x-allowed" = "a duration of 1s at least, for example `48h` or `14d`"))]
    pub max_ttl: Duration,
    /// Whether health checks may ask addresses that are not public. Their addresses come from pull requests.
    #[serde(deserialize_with = "values::truth")]
    #[schemars(extend("x-allowed" = "`true` or `false`"))]
    pub private_health_checks: bool,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            default_ttl: Duration::from_hours(48),
            max_ttl: Duration::from_hours(14 * 24),
            private_health_checks: false,
        }
    }
}

impl PolicyConfig {
    pub(super) fn check(&self, sources: &Sources, mistakes: &mut Vec<Mistake>) {
        if self.default_ttl > self.max_ttl {
            mistakes.push(sources.not_above("policy.default_ttl", "policy.max_ttl", self.max_ttl));
        }
    }
}

/// How often the service looks, and how its replicas share the work.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReconcilerConfig {
    /// The shortest wait between two looks at something that is changing.
    #[serde(with = "values::short_duration")]
    #[schemars(with = "String", extend("x-allowed" = "a duration of 1ms at least, for example `2s`, up to `reconciler.poll_max`"))]
    pub poll_min: Duration,
    /// The longest wait between two looks at something that is changing.
    #[serde(with = "values::short_duration")]
    #[schemars(with = "String", extend("x-allowed" = "a duration of 1ms at least, for example `30s`"))]
    pub poll_max: Duration,
    /// How often everything is compared with GitHub and AWS, both ways.
    #[serde(with = "values::duration")]
    #[schemars(with = "String", extend("x-allowed" = "a duration of 1s at least, for example `15m`"))]
    pub sweep_every: Duration,
    /// How long a replica may be silent before another takes its work over.
    #[serde(with = "values::duration")]
    #[schemars(with = "String", extend("x-allowed" = "a duration of 1s at least, for example `60s`"))]
    pub lease: Duration,
    /// How many environments and accounts a replica works on at a time.
    #[serde(deserialize_with = "values::between::<_, 1, 64>")]
    #[schemars(extend("x-allowed" = "1 to 64"))]
    pub workers: u32,
}

impl Default for ReconcilerConfig {
    fn default() -> Self {
        Self {
            poll_min: Duration::from_secs(2),
            poll_max: Duration::from_secs(30),
            sweep_every: Duration::from_mins(15),
            lease: Duration::from_mins(1),
            workers: 4,
        }
    }
}

impl ReconcilerConfig {
    pub(super) fn check(&self, sources: &Sources, mistakes: &mut Vec<Mistake>) {
        if self.poll_min > self.poll_max {
            mistakes.push(sources.not_above(
                "reconciler.poll_min",
                "reconciler.poll_max",
                self.poll_max,
            ));
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `text` for people, `json` for machines: one object per line.
    #[schemars(with = "String", extend("x-allowed" = "`text` or `json`"))]
    pub format: LogFormat,
    /// What is logged: a level, or levels by module.
    #[serde(deserialize_with = "values::log_filter")]
    #[schemars(extend("x-allowed" = "a level (`error`, `warn`, `info`, `debug`, `trace`) or directives such as `info,ebbtide=debug`"))]
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}
