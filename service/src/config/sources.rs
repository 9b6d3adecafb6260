//! File and environment as one tree that remembers where each value came from.

use super::keys::{self, Key};
use super::mistake::{Mistake, Mistakes};
use super::sections::GithubSection;
use super::{
    AwsConfig, DatabaseConfig, GuardrailsSection, LogConfig, NukeSection, PolicyConfig, PoolConfig,
    ReconcilerConfig, ServerConfig,
};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "ebbtide.toml";

/// Variables of the command line, which are no keys.
const NOT_KEYS: [&str; 3] = ["EBBTIDE_CONFIG", "EBBTIDE_URL", "EBBTIDE_TOKEN"];

/// What was written, in the file and in the environment.
pub struct Sources {
    tree: Dict,
    figment: Figment,
    /// Variables that look like keys and are none.
    stray: Vec<String>,
}

/// One key as it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InForce {
    /// `section.key`.
    pub key: String,
    /// Its value; secrets are hidden. `None` where it is not set and has no default.
    pub value: Option<String>,
    /// The file or variable; `None` for the default.
    pub origin: Option<String>,
}

/// One environment variable as a source of its own, so that each value knows its variable.
struct Variable {
    name: String,
    section: String,
    key: String,
    value: String,
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let value = Value::from(self.value.clone());
        let section = Dict::from([(self.key.clone(), value)]);
        let tree = Dict::from([(self.section.clone(), Value::from(section))]);
        Ok(Profile::Default.collect(tree))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The tree holds secrets in the clear.
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

impl Sources {
    /// Reads the file (a missing one is a mistake only if it was named) and takes these variables.
    pub fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_text(&path.display().to_string(), &text, variables),
            Err(error) if file.is_none() && error.kind() == ErrorKind::NotFound => {
                Self::from_text(DEFAULT_FILE, "", variables)
            }
            Err(error) => Err(Mistakes(vec![Mistake {
                key: path.display().to_string(),
                value: None,
                origin: None,
                sentence: format!("cannot be read: {error}"),
            }])),
        }
    }

    /// Takes the file's text and these variables. An empty variable counts as not set.
    pub fn from_text(
        file: &str,
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        let mut figment = Figment::from(File { name: file, text });
        let mut stray = Vec::new();
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix("EBBTIDE_") else {
                continue;
            };
            if NOT_KEYS.contains(&name.as_str()) || is_foreign(rest) || value.is_empty() {
                continue;
            }
            match rest.to_lowercase().split_once("__") {
                Some((section, key)) => {
                    figment = figment.merge(Variable {
                        section: section.to_owned(),
                        key: key.to_owned(),
                        name,
                        value,
                    });
                }
                None => stray.push(name),
            }
        }
        stray.sort();
        let tree = figment.extract().map_err(|error| {
            Mistakes(vec![Mistake {
                key: file.to_owned(),
                value: None,
                origin: None,
                sentence: without_source(&error.kind.to_string()),
            }])
        })?;
        Ok(Self {
            tree,
            figment,
            stray,
        })
    }

    /// Keys that do not exist, and keys that must be set and are not.
    pub(super) fn unknown_and_missing_keys(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (section, value) in &self.tree {
            let Some(table) = value.as_dict() else {
                mistakes.push(self.mistake(section, "no such key: keys stand in sections"));
                continue;
            };
            for key in table.keys() {
                let name = format!("{section}.{key}");
                if keys::find(&name).is_none() {
                    mistakes.push(Mistake {
                        value: None,
                        ..self.mistake(&name, no_such(&name, |key| key.name.clone()))
                    });
                }
            }
        }
        mistakes.extend(self.stray.iter().map(|variable| Mistake {
            key: variable.clone(),
            value: None,
            origin: None,
            sentence: no_such_variable(variable),
        }));
        let missing = keys::all().filter(|key| key.required && self.value(&key.name).is_none());
        mistakes.extend(missing.map(|key| Mistake {
            key: key.name.clone(),
            value: None,
            origin: None,
            sentence: format!(
                "missing: set it in {DEFAULT_FILE} or as {}, allowed is {}",
                key.variable(),
                key.allowed
            ),
        }));
        let key_is_set = ["github.private_key", "github.private_key_path"]
            .iter()
            .any(|key| self.value(key).is_some());
        if !key_is_set {
            mistakes.push(self.mistake(
                "github.private_key",
                "missing: set this or github.private_key_path to the App's private key",
            ));
        }
        mistakes
    }

    /// Reads one section; a value that is not allowed is noted and left out, so that all are found at once.
    pub(super) fn section<T: DeserializeOwned>(
        &self,
        name: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<T> {
        let mut table = match self.tree.get(name) {
            Some(Value::Dict(_, table)) => table.clone(),
            Some(_) => return None,
            None => Dict::new(),
        };
        table.retain(|key, _| keys::find(&format!("{name}.{key}")).is_some());
        loop {
            let error = match Value::from(table.clone()).deserialize() {
                Ok(section) => return Some(section),
                Err(error) => error,
            };
            // A missing key has no path, and is named by the list of missing keys already.
            let key = error.path.first()?;
            table.remove(key)?;
            mistakes.push(self.not_allowed(&format!("{name}.{key}")));
        }
    }

    /// A value that is not what its key allows.
    pub(super) fn not_allowed(&self, key: &str) -> Mistake {
        let allowed = keys::find(key).map_or("", |key| key.allowed.as_str());
        self.mistake(key, format!("allowed is {allowed}"))
    }

    /// A duration that must not be longer than another one.
    pub(super) fn not_above(&self, key: &str, limit: &str, duration: Duration) -> Mistake {
        let duration = humantime::format_duration(duration);
        self.mistake(
            key,
            format!("allowed is {limit} at most, which is {duration}"),
        )
    }

    /// A count that must not be larger than another one.
    pub(super) fn not_more(&self, key: &str, limit: &str, most: u32) -> Mistake {
        self.mistake(key, format!("allowed is {limit} at most, which is {most}"))
    }

    /// A mistake at a key, with its value and origin. A default's value shows, too.
    pub(super) fn mistake(&self, key: &str, sentence: impl Into<String>) -> Mistake {
        let known = keys::find(key);
        let value = match self.value(key) {
            Some(value) if known.is_none_or(|key| !key.secret) => Some(show(value)),
            Some(_) => None,
            None => known.and_then(|key| key.default.clone()),
        };
        Mistake {
            key: key.to_owned(),
            value,
            origin: self.origin(key),
            sentence: sentence.into(),
        }
    }

    /// Every key with the value in force. Call it after [`super::Config::load`] found no mistake.
    pub fn in_force(&self) -> Vec<InForce> {
        let mut lines = Vec::new();
        self.show_section::<ServerConfig>("server", &mut lines);
        self.show_section::<DatabaseConfig>("database", &mut lines);
        self.show_section::<GithubSection>("github", &mut lines);
        self.show_section::<AwsConfig>("aws", &mut lines);
        self.show_section::<PoolConfig>("pool", &mut lines);
        self.show_section::<PolicyConfig>("policy", &mut lines);
        self.show_section::<GuardrailsSection>("guardrails", &mut lines);
        self.show_section::<NukeSection>("nuke", &mut lines);
        self.show_section::<ReconcilerConfig>("reconciler", &mut lines);
        self.show_section::<LogConfig>("log", &mut lines);
        lines
    }

    fn show_section<T: DeserializeOwned + Serialize>(&self, name: &str, lines: &mut Vec<InForce>) {
        let section: Option<T> = self.section(name, &mut Vec::new());
        let values = serde_json::to_value(section).unwrap_or_default();
        let keys = keys::all().filter(|key| {
            let section = key.name.split_once('.').map(|(section, _)| section);
            section == Some(name)
        });
        lines.extend(keys.map(|key| InForce {
            key: key.name.clone(),
            value: match &values[key.name.trim_start_matches(name).trim_start_matches('.')] {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            },
            origin: self.origin(&key.name),
        }));
    }

    fn value(&self, key: &str) -> Option<&Value> {
        match key.split_once('.') {
            Some((section, key)) => self.tree.get(section)?.as_dict()?.get(key),
            None => self.tree.get(key),
        }
    }

    fn origin(&self, key: &str) -> Option<String> {
        let metadata = self.figment.find_metadata(key)?;
        Some(metadata.name.to_string())
    }
}

/// The file, under its name.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl Provider for File<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.to_owned())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Toml::string(self.text).data()
    }
}

/// A parser's message without the line it quotes, which may hold a secret.
fn without_source(message: &str) -> String {
    let quoted = |line: &str| {
        let line = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        line.starts_with('|')
    };
    let lines = message.lines().map(str::trim).filter(|line| !quoted(line));
    lines.collect::<Vec<_>>().join(", ")
}

fn no_such(name: &str, shown: impl Fn(&Key) -> String) -> String {
    match keys::nearest(name) {
        Some(key) => format!("no such key, the nearest is {}", shown(key)),
        None => "no such key".to_owned(),
    }
}

fn no_such_variable(variable: &str) -> String {
    let name = variable.trim_start_matches("EBBTIDE_").to_lowercase();
    no_such(&name.replacen('_', ".", 1), Key::variable)
}

/// Kubernetes puts addresses of a service named `ebbtide` into the environment of its neighbours, and
/// developers what the tests need.
fn is_foreign(rest: &str) -> bool {
    let beginnings = ["PORT_", "SERVICE_", "TEST_"];
    rest == "PORT"
        || beginnings
            .iter()
            .any(|beginning| rest.starts_with(beginning))
}

fn show(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_f64().map(|number| number.to_string()))
            .unwrap_or_default(),
        Value::Bool(_, truth) => truth.to_string(),
        Value::Char(_, letter) => letter.to_string(),
        Value::Array(_, _) => "a list".to_owned(),
        Value::Dict(_, _) => "a table".to_owned(),
        Value::Empty(_, _) => "nothing".to_owned(),
    }
}
