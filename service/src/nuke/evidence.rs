//! What the proof of target judges, gathered: from Organizations, and from the account itself.

use super::prepare::words;
use super::target::Evidence;
use crate::cloud::{Call, CensusEntry, Cloud, Place};
use crate::environment::{AccountId, Setback};
use serde_json::Value;

/// What is known of an account besides its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The account as Organizations lists it in the sandbox OU; `None` if it is not there.
    pub listed: Option<CensusEntry>,
    /// The management account's number.
    pub management: AccountId,
    /// The account into which our role leads, as that account says; not asked where nothing is to be done.
    pub led_to: Option<AccountId>,
    /// The aliases that the account says it has; not asked where nothing is to be done.
    pub aliases: Vec<String>,
}

impl Gathered {
    /// As the judgement takes it.
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            listed: self.listed.as_ref(),
            management: &self.management,
            led_to: self.led_to.as_ref(),
            aliases: &self.aliases,
        }
    }
}

/// Asks everybody who has to agree. The management account, and one outside the sandbox OU, is not entered.
pub async fn gather(cloud: &Cloud, at: &Place) -> Result<Gathered, Setback> {
    let management = cloud.organization.management().await?;
    let listed = cloud.organization.standing(&at.account).await?;
    let entered = management != at.account && listed.is_some();
    Ok(Gathered {
        aliases: if entered {
            aliases(cloud, at).await?
        } else {
            Vec::new()
        },
        led_to: if entered {
            led_to(cloud, at).await?
        } else {
            None
        },
        listed,
        management,
    })
}

/// Which account our role leads into, as that account says.
async fn led_to(cloud: &Cloud, at: &Place) -> Result<Option<AccountId>, Setback> {
    let call = Call::new("sts", "GetCallerIdentity", Value::Null);
    let answer = cloud.resources.call(at, &call).await?;
    Ok(answer.ok().and_then(|answer| {
        let number = answer.get("Account")?.as_str()?;
        Some(AccountId::new(number))
    }))
}

async fn aliases(cloud: &Cloud, at: &Place) -> Result<Vec<String>, Setback> {
    let call = Call::new("iam", "ListAccountAliases", Value::Null);
    let answer = cloud.resources.call(at, &call).await?;
    let answer = answer.map_err(|refusal| {
        let words = words(&refusal);
        Setback::refused(format!(
            "the account's aliases could not be asked for: {words}"
        ))
    })?;
    let aliases = Call::items(&answer, "AccountAliases").unwrap_or_default();
    let texts = aliases.iter().filter_map(|alias| alias.as_str());
    Ok(texts.map(str::to_owned).collect())
}
