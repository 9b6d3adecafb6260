//! How the reconciler works: the configuration in its words.

use crate::environment::Region;
use crate::environment::patience::Pace;
use std::time::Duration;
use url::Url;

/// How the reconciler works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This process, for leases and logs.
    pub owner: String,
    /// How often to look.
    pub pace: Pace,
    /// How long a claim lasts before somebody else may take it over.
    pub lease: Duration,
    /// The slow period.
    pub sweep_every: Duration,
    /// Time to live where the repository says nothing.
    pub default_ttl: Duration,
    /// The longest time to live that a repository may ask for.
    pub max_ttl: Duration,
    /// Where stacks go if the repository says nothing.
    pub region: Region,
    /// Most accounts in the pool.
    pub max_accounts: u32,
    /// Most accounts being created at the same time.
    pub max_creating: u32,
    /// E-mail addresses of new accounts; contains `{id}`.
    pub account_email: String,
    /// Names of new accounts; contains `{id}`.
    pub account_name: String,
    /// The role that AWS makes in new accounts, by which they are entered.
    pub member_role: String,
    /// Where this service is reached by people, for links.
    pub public_url: Option<Url>,
}
