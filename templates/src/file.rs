//! The repository's `.ebbtide.yml` as values.
//!
//! These types are at once what is read from the file, what its JSON Schema is generated from, and what is stored as
//! JSON in a row. Stored values are read back by later versions: fields that are missing take their default, and
//! fields that are not known are ignored. (The file itself is read strictly, see [`crate::read()`].)

mod positions;

pub use positions::Positions;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::{self, DurationText};
use crate::expression::Expression;
use crate::schema::{ParameterValue, TagValue};

/// What a repository wants deployed for each of its pull requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = ".ebbtide.yml")]
pub struct RepositoryFile {
    /// Version of this format. There is only 1.
    #[serde(default = "first_version")]
    #[schemars(range(min = 1, max = 1))]
    pub version: u8,
    /// How long an environment lives after the last push, bounded by the service's policy. Read from the pull request's base branch.
    #[serde(
        default,
        with = "duration::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DurationText")]
    pub ttl: Option<Duration>,
    /// Whether draft pull requests get an environment too. Read from the pull request's base branch.
    #[serde(default)]
    pub drafts: bool,
    /// Checks that must be green on a commit before it is deployed. Read from the pull request's base branch.
    #[serde(default)]
    #[schemars(length(max = 20), inner(length(min = 1)))]
    pub wait_for: Vec<String>,
    /// The AWS region to deploy to, if the service's own default is not wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^[a-z]{2,}(-[a-z]+)+-[0-9]+$"))]
    pub region: Option<String>,
    /// The CloudFormation stacks to deploy, by name.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 20, "propertyNames" = {"pattern": "^[A-Za-z][A-Za-z0-9-]{0,40}$"}))]
    pub stacks: BTreeMap<String, StackSpec>,
    /// The address under which the environment is found, shown on the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Expression")]
    pub url: Option<Expression>,
    /// What else is shown on the pull request, by label. Outputs that are not named here are not shown.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 30, "propertyNames" = {"pattern": "^[A-Za-z][A-Za-z0-9-]{0,40}$"}))]
    pub outputs: BTreeMap<String, Expression>,
    /// Requests that must be answered as expected before the environment counts as ready.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub health: Vec<HealthCheck>,
    /// Where each key stood in the file, for findings that come up later.
    #[serde(default)]
    #[schemars(skip)]
    pub positions: Positions,
}

impl RepositoryFile {
    /// Every expression of the file with its dotted key, such as `stacks.app.parameters.VpcId`.
    pub fn expressions(&self) -> Vec<(String, &Expression)> {
        let mut all = Vec::new();
        for (name, stack) in &self.stacks {
            for (parameter, expression) in &stack.parameters {
                all.push((format!("stacks.{name}.parameters.{parameter}"), expression));
            }
        }
        all.extend(self.url.iter().map(|url| ("url".to_owned(), url)));
        for (label, expression) in &self.outputs {
            all.push((format!("outputs.{label}"), expression));
        }
        for (index, check) in self.health.iter().enumerate() {
            all.push((format!("health.{index}.url"), &check.url));
        }
        all
    }
}

/// One CloudFormation stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StackSpec {
    /// Path of the template inside the repository, such as `infra/app.yaml`.
    #[schemars(length(min = 1, max = 500))]
    pub template: String,
    /// Stacks that must be deployed before this one. A stack whose output is used is needed without saying so.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What the template is allowed to do beyond the ordinary.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// Values for the template's parameters. A list is joined by commas.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, ParameterValue>", extend("propertyNames" = {"pattern": "^[A-Za-z0-9]{1,255}$"}))]
    pub parameters: BTreeMap<String, Expression>,
    /// Tags that CloudFormation puts on the stack and its resources, beside Ebbtide's own.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, TagValue>", extend("maxProperties" = 40))]
    pub tags: BTreeMap<String, String>,
}

/// What a template may do only when its owner says so.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Capability {
    /// Make IAM resources.
    #[serde(rename = "CAPABILITY_IAM")]
    Iam,
    /// Make IAM resources under names of its own choice. Includes `CAPABILITY_IAM`.
    #[serde(rename = "CAPABILITY_NAMED_IAM")]
    NamedIam,
    /// Run macros, such as the one behind `Transform: AWS::Serverless-2016-10-31`.
    #[serde(rename = "CAPABILITY_AUTO_EXPAND")]
    AutoExpand,
}

impl Capability {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Iam, Self::NamedIam, Self::AutoExpand];

    /// The word that CloudFormation knows it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "CAPABILITY_IAM",
            Self::NamedIam => "CAPABILITY_NAMED_IAM",
            Self::AutoExpand => "CAPABILITY_AUTO_EXPAND",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One HTTP GET request that must succeed before the environment counts as ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HealthCheck {
    /// What to ask, an http or https address.
    pub url: Expression,
    /// The status code expected.
    #[serde(default = "ok_status")]
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// Text that must be found in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub contains: Option<String>,
    /// How long one request may take, 60 s at most.
    #[serde(default = "default_timeout", with = "duration::text")]
    #[schemars(with = "DurationText", extend("default" = "10s"))]
    pub timeout: Duration,
    /// For how long the request is repeated until it must have succeeded, 1 h at most.
    #[serde(default = "default_within", with = "duration::text")]
    #[schemars(with = "DurationText", extend("default" = "5m"))]
    pub within: Duration,
}

pub(crate) fn first_version() -> u8 {
    1
}

pub(crate) fn ok_status() -> u16 {
    200
}

pub(crate) fn default_timeout() -> Duration {
    Duration::from_secs(10)
}

pub(crate) fn default_within() -> Duration {
    Duration::from_mins(5)
}
