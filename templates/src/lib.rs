//! What a repository wants deployed.
//!
//! Pure: texts in, values or findings out; no network, no files, no clock. In reading order:
//!
//! - [`Finding`]: what is wrong in a file, where, and how to mend it;
//! - [`RepositoryFile`], read from `.ebbtide.yml` by [`read()`], described for editors by [`schema()`];
//! - [`Expression`]: `${{ … }}` parts that are filled in when a stack is deployed;
//! - [`Template`]: what a CloudFormation template says about itself, read by [`read_template`], and [`check`]:
//!   whether the two fit together;
//! - [`Fingerprint`]: whether a deployment would change anything at all;
//! - [`guardrails`]: what nobody may do in a sandbox account, as service control policies;
//! - [`example`]: a small application to try it all with.

mod check;
mod duration;
pub mod example;
mod expression;
mod file;
mod finding;
mod fingerprint;
pub mod guardrails;
mod read;
mod schema;
mod template;
mod wording;
mod yaml;

pub use check::check;
pub use expression::{Context, Expression, ExpressionError, RenderError, Variable};
pub use file::{Capability, HealthCheck, Positions, RepositoryFile, StackSpec};
pub use finding::{Finding, Position};
pub use fingerprint::{Fingerprint, NotAFingerprint, fingerprint};
pub use read::read;
pub use schema::schema;
pub use template::{LocalReference, Parameter, Resource, Template, read_template};
