//! An independent look at AWS: what stands in the sandbox accounts now.

use super::stage::{Stage, region};
use crate::cloud::Place;
use crate::environment::SessionName;
use anyhow::Context;

/// What stands in the sandbox accounts.
pub struct Standing {
    /// How many accounts there are.
    pub accounts: usize,
    /// Names of all stacks in them.
    pub stacks: Vec<String>,
}

/// Asks AWS, not the service.
pub async fn standing(stage: &Stage) -> anyhow::Result<Standing> {
    let census = stage
        .cloud
        .organization
        .census()
        .await
        .context("the accounts cannot be listed")?;
    let mut stacks = Vec::new();
    for entry in &census {
        let at = Place {
            account: entry.account.clone(),
            region: region(),
            session: SessionName::new("demo-look"),
        };
        let listed = stage
            .cloud
            .stacks
            .list(&at)
            .await
            .context("the stacks cannot be listed")?;
        stacks.extend(listed.into_iter().map(|stack| stack.name.to_string()));
    }
    Ok(Standing {
        accounts: census.len(),
        stacks,
    })
}
