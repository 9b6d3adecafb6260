//! An independent look at AWS: what stands in the sandbox accounts now.

use super::stage::{Stage, region};
use crate::cloud::{Call, Place};
use crate::environment::{AccountId, SessionName};
use anyhow::Context;

/// What stands in the sandbox accounts.
pub struct Standing {
    /// How many accounts there are.
    pub accounts: usize,
    /// Names of all stacks in them.
    pub stacks: Vec<String>,
}

/// A log group that nobody's stack knows, as a function that writes after its stack is gone would make it.
const LOG_GROUP: &str = "/aws/lambda/written-too-late";

/// Leaves something behind by hand in an account.
pub async fn leave_something(stage: &Stage, account: &AccountId) -> anyhow::Result<()> {
    let input = serde_json::json!({ "logGroupName": LOG_GROUP });
    let call = Call::new("logs", "CreateLogGroup", input);
    let made = stage.cloud.resources.call(&place(account), &call).await;
    made.context("a log group cannot be made")?
        .map_err(|refusal| anyhow::anyhow!("a log group cannot be made: {refusal:?}"))?;
    Ok(())
}

/// Whether it is still there, in any account.
pub async fn is_something_left(stage: &Stage) -> anyhow::Result<bool> {
    for at in places(stage).await? {
        let input = serde_json::json!({ "logGroupNamePrefix": LOG_GROUP });
        let call = Call::new("logs", "DescribeLogGroups", input);
        let told = stage.cloud.resources.call(&at, &call).await;
        let told = told
            .context("log groups cannot be listed")?
            .map_err(|refusal| anyhow::anyhow!("log groups cannot be listed: {refusal:?}"))?;
        if Call::items(&told, "logGroups").is_none_or(|groups| !groups.is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn places(stage: &Stage) -> anyhow::Result<Vec<Place>> {
    let census = stage.cloud.organization.census().await;
    let census = census.context("the accounts cannot be listed")?;
    Ok(census.iter().map(|entry| place(&entry.account)).collect())
}

fn place(account: &AccountId) -> Place {
    Place {
        account: account.clone(),
        region: region(),
        session: SessionName::new("demo-look"),
    }
}

/// Asks AWS, not the service.
pub async fn standing(stage: &Stage) -> anyhow::Result<Standing> {
    let places = places(stage).await?;
    let mut stacks = Vec::new();
    for at in &places {
        let listed = stage
            .cloud
            .stacks
            .list(at)
            .await
            .context("the stacks cannot be listed")?;
        stacks.extend(listed.into_iter().map(|stack| stack.name.to_string()));
    }
    Ok(Standing {
        accounts: places.len(),
        stacks,
    })
}
