//! AWS through its SDK: the one place that talks to it.
//!
//! In reading order:
//! - `options`: what an operator sets.
//! - `call`: every call goes through here, to be named in spans, counted and translated.
//! - `setback`: what each error means.
//! - `organization`, `entry`, `stacks`: the traits of `super`.
//! - `guardrails`: the policies of the sandbox OU.
//! - `change_set`, `failure`, `uploads`: parts of `stacks` with rules of their own.
//! - `resources`: what else an account holds, by Cloud Control; `buckets`: emptying them.
//! - `direct`: calls to services that have no client of the SDK here.
//! - `unlisted`: what a refused list proves; `pace`: how often an account may be asked.
//! - `unlock`: taking away policies that lock everybody out.
//! - `revoke`: ending the sessions that others hold.
//!
//! Guarantees:
//! - Nothing is ever done to or in the management account: its number is asked of AWS once, and every
//!   way into an account and every change to one is refused for it.
//! - Every call but `CreateAccount` may be sent twice by the SDK after a lost answer; each is built so that
//!   the second one finds the first one's effect and calls it a success. `CreateAccount` is sent once.
//! - Credentials stay inside the SDK's types, whose `Debug` hides them.

mod buckets;
mod call;
mod change_set;
mod connection;
mod direct;
mod entry;
mod failure;
mod guardrails;
mod options;
mod organization;
mod pace;
mod resources;
mod revoke;
mod setback;
mod stacks;
mod unlisted;
mod unlock;
mod uploads;

pub use options::{AwsOptions, DEFAULT_MEMBER_ROLE, InvalidOptions};

use super::{Cloud, Guardrails};
use connection::Connection;

use std::sync::Arc;

/// The AWS side of [`Cloud`].
#[derive(Clone, Copy, Debug)]
pub struct Aws;

impl Aws {
    /// Reads the standard configuration (environment, profile, instance role) and prepares the clients.
    /// Nothing is sent yet: wrong credentials show up as the setback of the first call.
    pub async fn connect(options: AwsOptions) -> Result<Cloud, InvalidOptions> {
        options.check()?;
        let connection = Arc::new(Connection::open(options).await);
        Ok(Cloud {
            organization: connection.clone(),
            entry: connection.clone(),
            stacks: connection.clone(),
            resources: connection,
        })
    }

    /// The guardrails of the sandbox OU, which need nothing else of [`Cloud`].
    pub async fn guardrails(options: AwsOptions) -> Result<Arc<dyn Guardrails>, InvalidOptions> {
        options.check()?;
        Ok(Arc::new(Connection::open(options).await))
    }
}
