//! The section `nuke`: read with the admin's files, so that whatever is wrong with them is said before anything
//! starts.

use super::mistake::Mistake;
use super::sources::Sources;
use super::{AwsConfig, values};
use crate::nuke::baseline::{AdminRule, Baseline};
use crate::nuke::listers::Listers;
use crate::nuke::types::TypeTable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How accounts are emptied, and what is never touched.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NukeSection {
    /// An account that holds more resources is set aside, not emptied: what looks so little like a preview may be something else.
    #[serde(deserialize_with = "values::between::<_, 1, 1_000_000>")]
    #[schemars(extend("x-allowed" = "1 to 1000000"))]
    pub max_resources: u32,
    /// Words that no alias of an account that is emptied may contain.
    #[serde(deserialize_with = "values::services")]
    #[schemars(extend("x-allowed" = "words in lower case: a list of strings, in an environment variable separated by commas"))]
    pub forbidden_aliases: Vec<String>,
    /// Files that say what stays in every account. Each is a list of objects with `type`, `identifier` (`*` and `?` stand for other text) and `reason`, which the certificate gives.
    #[serde(deserialize_with = "values::paths")]
    #[schemars(with = "Vec<String>", extend("x-allowed" = "paths of readable JSON files: a list of strings, in an environment variable separated by commas"))]
    pub baseline: Vec<PathBuf>,
    /// A table of resource types to go by in place of the one that comes with this version; `service/src/nuke/data/derive.py --from-registry` makes one from AWS's registry. Its digest is part of every certificate.
    #[schemars(extend("x-allowed" = "the path of a readable file"))]
    pub types: Option<PathBuf>,
}

impl Default for NukeSection {
    fn default() -> Self {
        Self {
            max_resources: 5_000,
            forbidden_aliases: vec!["prod".to_owned()],
            baseline: Vec::new(),
            types: None,
        }
    }
}

/// How accounts are emptied.
#[derive(Clone, Debug)]
pub struct NukeConfig {
    /// An account that holds more resources is set aside.
    pub max_resources: u32,
    /// Words that no alias may contain, in lower case.
    pub forbidden_aliases: Vec<String>,
    /// What belongs to every account.
    pub baseline: Baseline,
    /// The resource types.
    pub types: TypeTable,
}

impl NukeSection {
    /// Reads the files.
    pub(super) fn with_files(
        self,
        aws: &AwsConfig,
        sources: &Sources,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<NukeConfig> {
        let before = mistakes.len();
        let mut rules: Vec<AdminRule> = Vec::new();
        for path in &self.baseline {
            let shown = path.display();
            let read = std::fs::read_to_string(path)
                .map_err(|error| format!("{shown} cannot be read: {error}"))
                .and_then(|text| {
                    serde_json::from_str::<Vec<AdminRule>>(&text)
                        .map_err(|error| format!("{shown}: {error}"))
                });
            match read {
                Ok(more) => rules.extend(more),
                Err(sentence) => mistakes.push(sources.mistake("nuke.baseline", sentence)),
            }
        }
        let types = match self.types.as_deref().map(own_types) {
            None => TypeTable::built_in(),
            Some(Ok(types)) => types,
            Some(Err(sentence)) => {
                mistakes.push(sources.mistake("nuke.types", sentence));
                return None;
            }
        };
        if mistakes.len() > before {
            return None;
        }
        let member_roles = [aws.member_role.clone()];
        match Baseline::new(&member_roles, &rules, &types, &Listers::built_in()) {
            Ok(baseline) => Some(NukeConfig {
                max_resources: self.max_resources,
                forbidden_aliases: self.forbidden_aliases,
                baseline,
                types,
            }),
            Err(problems) => {
                mistakes.extend(
                    problems
                        .into_iter()
                        .map(|problem| sources.mistake("nuke.baseline", problem)),
                );
                None
            }
        }
    }
}

/// The table in an admin's file.
fn own_types(path: &Path) -> Result<TypeTable, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
    TypeTable::own(&text)
        .map_err(|why| format!("{why}; \"derive.py --from-registry\" makes such a table"))
}
