//! The section `guardrails`: read, with the admin's files, and rendered, so that whatever is wrong with them is said
//! before anything starts.

use super::mistake::Mistake;
use super::sources::Sources;
use super::{AwsConfig, values};
use crate::environment::Region;
use ebbtide_templates::guardrails::{ExtraFile, Guardrail, GuardrailSettings, render};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What nobody may do in a sandbox account: service control policies of the sandbox OU.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GuardrailsSection {
    /// Whether the service attaches them by itself and sets right what was changed, on its slow period. Without it, `ebbtide guardrails apply` does that once. An account in which they did not hold is asked for every type there is, and set aside where one cannot be listed.
    #[serde(deserialize_with = "values::truth")]
    #[schemars(extend("x-allowed" = "`true` or `false`"))]
    pub keep: bool,
    /// The only regions that may be used in sandbox accounts. Empty means `aws.region` alone.
    #[serde(deserialize_with = "values::regions")]
    #[schemars(with = "Vec<String>", extend("x-allowed" = "AWS regions, `aws.region` among them: a list of strings, in an environment variable separated by commas"))]
    pub regions: Vec<Region>,
    /// Services to allow beside those that come allowed, which `ebbtide guardrails show` lists. Allow what the sweep can empty.
    #[serde(deserialize_with = "values::services")]
    #[schemars(extend("x-allowed" = "prefixes of actions, for example `acm`: a list of strings, in an environment variable separated by commas"))]
    pub services: Vec<String>,
    /// Files with service control policies of your own, which are attached with the others. They can only deny.
    #[serde(deserialize_with = "values::paths")]
    #[schemars(with = "Vec<String>", extend("x-allowed" = "paths of readable JSON files: a list of strings, in an environment variable separated by commas"))]
    pub extra: Vec<PathBuf>,
}

impl Default for GuardrailsSection {
    fn default() -> Self {
        Self {
            keep: true,
            regions: Vec::new(),
            services: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// The guardrails of the sandbox OU.
#[derive(Clone, Debug)]
pub struct GuardrailsConfig {
    /// Whether the service attaches them and sets right what was changed.
    pub keep: bool,
    /// The only regions that may be used.
    pub regions: Vec<Region>,
    /// The policies.
    pub policies: Vec<Guardrail>,
}

impl GuardrailsSection {
    /// Reads the files and renders the policies.
    pub(super) fn rendered(
        self,
        aws: &AwsConfig,
        sources: &Sources,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<GuardrailsConfig> {
        let before = mistakes.len();
        if !self.regions.is_empty() && !self.regions.contains(&aws.region) {
            mistakes.push(sources.not_allowed("guardrails.regions"));
        }
        let regions = if self.regions.is_empty() {
            vec![aws.region.clone()]
        } else {
            self.regions
        };
        let mut extra = Vec::new();
        for path in &self.extra {
            match std::fs::read_to_string(path) {
                Ok(text) => extra.push(ExtraFile {
                    path: path.display().to_string(),
                    text,
                }),
                Err(error) => {
                    let sentence = format!("{} cannot be read: {error}", path.display());
                    mistakes.push(sources.mistake("guardrails.extra", sentence));
                }
            }
        }
        if mistakes.len() > before {
            return None;
        }
        let settings = GuardrailSettings {
            sandbox_ou: aws.sandbox_ou.clone(),
            partition: aws.region.partition().to_owned(),
            regions: regions.iter().map(ToString::to_string).collect(),
            services: self.services,
            roles: vec![aws.member_role.clone()],
            extra,
        };
        match render(&settings) {
            Ok(policies) => Some(GuardrailsConfig {
                keep: self.keep,
                regions,
                policies,
            }),
            Err(findings) => {
                mistakes.extend(findings.into_iter().map(|finding| {
                    let admins = settings.extra.iter().any(|file| file.path == finding.path);
                    let key = if admins {
                        "guardrails.extra"
                    } else {
                        "guardrails.services"
                    };
                    sources.mistake(key, finding.to_string())
                }));
                None
            }
        }
    }
}
