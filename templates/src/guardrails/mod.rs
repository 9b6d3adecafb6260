//! What nobody in a sandbox account may do: service control policies for the sandbox OU.
//!
//! The policies stand as files under `templates/guardrails/`, each with one idea. Their placeholders are filled in,
//! an admin's own files are checked and added, and all statements are packed into as few policies as hold them.
//!
//! - `built_in`: the files and their placeholders; `extra`: an admin's own files; `json`: the shortest form of a
//!   document, always the same for the same content; `packing`: which statement goes into which policy; `reach`:
//!   what they leave open.
//!
//! # What holds, whatever is rendered
//! - Every statement denies. What is allowed is decided by `FullAWSAccess` and the roles in the account.
//! - A policy is never longer than AWS takes, and there are never more of them than we leave room for; where that
//!   can't be, there is a finding and no policy at all.
//!
//! # What AWS leaves out
//! Service control policies don't hold for the management account, nor for service-linked roles.

mod built_in;
mod extra;
mod json;
mod packing;
mod reach;

use sha2::{Digest, Sha256};

use crate::finding::{Finding, Position, in_order};
use packing::Statement;

pub use reach::{Reach, reach};

/// The longest service control policy that AWS takes. It counts characters; we count bytes, which are never fewer.
pub const MAX_LENGTH: usize = 10_240;

/// The most policies that are attached. AWS takes ten on one organizational unit, and took five until May 2026:
/// one is `FullAWSAccess`, the others are left to the admin.
pub const MAX_POLICIES: usize = 4;

/// What the guardrails depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailSettings {
    /// The sandbox OU's id. It is part of the names, because a name is unique in the whole organization.
    pub sandbox_ou: String,
    /// The partition of ARNs: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The only regions that may be used.
    pub regions: Vec<String>,
    /// Prefixes of services to allow beside the built-in ones, for example `acm`.
    pub services: Vec<String>,
    /// Names of the roles through which Ebbtide enters an account. Roles below the path `/ebbtide/` are ours, too.
    pub roles: Vec<String>,
    /// An admin's own policies.
    pub extra: Vec<ExtraFile>,
}

/// A service control policy that an admin adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraFile {
    /// Its path, for findings.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// One policy as it is to be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    /// Its name, unique in the organization: `ebbtide-OU-NUMBER`.
    pub name: String,
    /// What it is about, for whoever reads the list of policies.
    pub description: String,
    /// The policy, as short JSON.
    pub document: String,
}

/// The beginning of every name of ours.
pub const NAME_PREFIX: &str = "ebbtide-";

/// The guardrails of a sandbox OU, or everything that is wrong with an admin's files.
pub fn render(settings: &GuardrailSettings) -> Result<Vec<Guardrail>, Vec<Finding>> {
    let mut statements = built_in::statements(settings);
    let mut findings = Vec::new();
    for file in &settings.extra {
        statements.extend(extra::statements(file, &mut findings));
    }
    findings.extend(repeated_sids(&statements));
    findings.extend(too_long(&statements));
    if !findings.is_empty() {
        return Err(in_order(findings));
    }
    let policies = packing::pack(&statements, MAX_LENGTH);
    if policies.len() > MAX_POLICIES {
        return Err(vec![too_many(settings, policies.len())]);
    }
    Ok(policies
        .iter()
        .enumerate()
        .map(|(index, policy)| Guardrail {
            name: format!("{NAME_PREFIX}{}-{}", settings.sandbox_ou, index + 1),
            description: describe(policy),
            document: packing::document(policy),
        })
        .collect())
}

/// The statements of a document, readable: what a person compares. `None` if it is no JSON.
pub fn readable(document: &str) -> Option<String> {
    Some(json::readable(&serde_json::from_str(document).ok()?))
}

/// SHA-256 over all policies, as 64 lower-case hex digits: which guardrails held while an account was lent.
pub fn digest(guardrails: &[Guardrail]) -> String {
    let mut hash = Sha256::new();
    // The first text names this recipe. Each text is preceded by its length, so that no two lists run together.
    let texts = guardrails
        .iter()
        .flat_map(|guardrail| [guardrail.name.as_str(), guardrail.document.as_str()]);
    for text in std::iter::once("ebbtide guardrails 1").chain(texts) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// AWS wants the Sid of a statement to be unique within its policy; packing may put any two into one.
fn repeated_sids(statements: &[Statement]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let Some(sid) = &statement.sid else { continue };
        let earlier = statements[..index]
            .iter()
            .find(|other| other.sid.as_ref() == Some(sid));
        if let Some(earlier) = earlier {
            let message = format!("the Sid {sid} is used in {} already", earlier.path);
            findings.push(
                Finding::new(&statement.path, statement.at, message)
                    .with_help("choose another one, or leave it out"),
            );
        }
    }
    findings
}

fn too_long(statements: &[Statement]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in statements {
        let alone = packing::document(&[statement]).len();
        if alone > MAX_LENGTH {
            let named = match &statement.sid {
                Some(sid) => format!("the statement {sid}"),
                None => "this statement".to_owned(),
            };
            let message =
                format!("{named} makes a policy of {alone} bytes, and AWS takes {MAX_LENGTH}");
            findings.push(
                Finding::new(&statement.path, statement.at, message)
                    .with_help("shorten its lists with wildcards, or split it in two"),
            );
        }
    }
    findings
}

fn too_many(settings: &GuardrailSettings, needed: usize) -> Finding {
    let message = format!(
        "all guardrails together fill {needed} policies of {MAX_LENGTH} bytes, and {MAX_POLICIES} are attached at most"
    );
    match settings.extra.last() {
        Some(file) => Finding::new(&file.path, Position::START, message).with_help(
            "shorten the files, or attach some of them yourself, to the organizational unit above",
        ),
        None => Finding::new(built_in::FOLDER, Position::START, message),
    }
}

/// AWS keeps 512 characters of it.
fn describe(policy: &[&Statement]) -> String {
    let mut ideas: Vec<&str> = Vec::new();
    for statement in policy {
        if !ideas.contains(&statement.idea.as_str()) {
            ideas.push(&statement.idea);
        }
    }
    let text = format!("Kept by Ebbtide: {}", ideas.join(", "));
    // Printable ASCII is what the tools around Organizations agree on.
    text.chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .take(512)
        .collect()
}
