//! What a CloudFormation template says about itself: just enough to tell a mistake before AWS does.
//!
//! CloudFormation stays the judge of templates. Only what it would certainly refuse, or what can't be deployed from
//! here, is reported; everything else is let through.

mod local_files;
mod read;

pub use read::read_template;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::file::Capability;
use crate::finding::Position;

/// A CloudFormation template, JSON or YAML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Path inside the repository.
    pub path: String,
    /// The template's own description.
    pub description: Option<String>,
    /// Declared parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Names of the declared outputs.
    pub outputs: BTreeSet<String>,
    /// Whether macros may add outputs that are not written down here.
    pub outputs_are_open: bool,
    /// Macros that run over the template, such as `AWS::Serverless-2016-10-31`.
    pub macros: BTreeSet<String>,
    /// Resources by logical id, before any macro has run.
    pub resources: BTreeMap<String, Resource>,
    /// Properties that refer to files beside the template. They would have to be uploaded first.
    pub local_references: Vec<LocalReference>,
}

/// A parameter that a template declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// CloudFormation's type, such as `String`, `Number` or `AWS::EC2::VPC::Id`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it may be left out.
    pub has_default: bool,
    /// Whether its value is a secret (`NoEcho`).
    pub no_echo: bool,
    /// The values it may have; empty means any.
    pub allowed_values: Vec<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// A resource that a template declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its type, such as `AWS::S3::Bucket`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The capability that making it needs.
    pub capability: Option<Capability>,
    /// Where its logical id stands.
    pub at: Position,
}

/// A property that refers to a file beside the template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalReference {
    /// Logical id of the resource; `Transform` for an include outside of resources.
    pub resource: String,
    /// The property, such as `CodeUri`.
    pub property: String,
    /// What it refers to, as written.
    pub file: String,
    /// Where the value stands.
    pub at: Position,
}
