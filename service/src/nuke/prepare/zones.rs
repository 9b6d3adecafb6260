//! Hosted zones: AWS deletes none that has records of somebody's, or keys that sign them.

use super::{Prepared, ask, run, words};
use crate::cloud::{Call, Place, Resources};
use crate::environment::Setback;
use serde_json::{Value, json};

/// Changes that go in one call; AWS takes a thousand, within a number of characters.
const CHANGES: usize = 100;

/// Takes away a zone's signing keys, and all records but those that it was made with.
pub(super) async fn empty(
    resources: &dyn Resources,
    at: &Place,
    zone: &str,
) -> Result<Prepared, Setback> {
    let keys = unsign(resources, at, zone).await?;
    let input = json!({ "HostedZoneId": zone });
    let list = Call::new("route53", "ListResourceRecordSets", input);
    let pages = match resources.call_all(at, &list).await? {
        Ok(pages) => pages,
        Err(refusal) => return Ok(Prepared::Refused(words(&refusal))),
    };
    let records: Vec<Value> = pages
        .iter()
        .flat_map(|page| Call::items(page, "ResourceRecordSets").unwrap_or_default())
        .filter(|record| !is_its_own(record, &pages))
        .map(change)
        .collect();
    let calls = records.chunks(CHANGES).map(|changes| {
        let input =
            json!({ "HostedZoneId": zone, "ChangeBatch": { "Changes": { "Change": changes } } });
        Call::new("route53", "ChangeResourceRecordSets", input)
    });
    match run(resources, at, calls.collect::<Vec<_>>()).await? {
        Prepared::Yes => Ok(keys),
        other => Ok(other),
    }
}

/// Ends a zone's DNSSEC. Most have none.
async fn unsign(resources: &dyn Resources, at: &Place, zone: &str) -> Result<Prepared, Setback> {
    let id = json!({ "Id": zone });
    let told = ask(resources, at, Call::new("route53", "GetDNSSEC", id.clone())).await?;
    let keys = Call::items(&told, "KeySigningKeys").unwrap_or_default();
    if keys.is_empty() {
        return Ok(Prepared::Yes);
    }
    let each = |operation: &'static str| {
        keys.iter().filter_map(move |key| {
            let input = json!({ "HostedZoneId": zone, "Name": key["Name"].as_str()? });
            Some(Call::new("route53", operation, input))
        })
    };
    let calls = [Call::new("route53", "DisableHostedZoneDNSSEC", id)]
        .into_iter()
        .chain(each("DeactivateKeySigningKey"))
        .chain(each("DeleteKeySigningKey"));
    run(resources, at, calls.collect::<Vec<_>>()).await
}

/// The name servers and the start of authority of the zone itself: its name is that of its SOA record.
fn is_its_own(record: &Value, pages: &[Value]) -> bool {
    let zone = pages
        .iter()
        .flat_map(|page| Call::items(page, "ResourceRecordSets").unwrap_or_default())
        .find(|record| record["Type"] == "SOA");
    let at_the_top = zone.is_some_and(|zone| zone["Name"] == record["Name"]);
    at_the_top && (record["Type"] == "NS" || record["Type"] == "SOA")
}

/// A record is deleted by saying all of it once more.
fn change(record: &Value) -> Value {
    let mut record = record.clone();
    if let Some(values) = record.get_mut("ResourceRecords") {
        *values = json!({ "ResourceRecord": values.take() });
    }
    json!({ "Action": "DELETE", "ResourceRecordSet": record })
}
