//! How far the guardrails let an account reach: where, and with which services, anything can be made at all.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Guardrail;

/// Where and with which services anything can be made while the guardrails hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The only regions.
    pub regions: BTreeSet<String>,
    /// Prefixes of the services with which something can be made: those that are allowed whole.
    pub services: BTreeSet<String>,
    /// The name of the policy that denies all other services.
    pub services_by: String,
}

impl Reach {
    /// Everything that could be made while either of two held.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            regions: &self.regions | &other.regions,
            services: &self.services | &other.services,
            services_by: other.services_by.clone(),
        }
    }
}

/// Reads it back from policies as they are attached. `None` where they don't limit regions and services for
/// everybody, as those of [`super::render`] do.
///
/// A service of which only single actions are allowed can make nothing: the files allow only actions that read,
/// connect or report so.
pub fn reach(guardrails: &[Guardrail]) -> Option<Reach> {
    let mut regions = None;
    let mut services = None;
    for guardrail in guardrails {
        let policy: Value = serde_json::from_str(&guardrail.document).ok()?;
        for statement in policy["Statement"].as_array().into_iter().flatten() {
            if statement["Effect"] != "Deny" || statement["Resource"] != "*" {
                continue;
            }
            match statement["Sid"].as_str() {
                Some("DenyOtherRegions") => {
                    let allowed = &statement["Condition"]["StringNotEquals"]["aws:RequestedRegion"];
                    regions = Some(texts(allowed));
                }
                Some("DenyOtherServices") if statement.get("Condition").is_none() => {
                    let whole = texts(&statement["NotAction"])
                        .iter()
                        .filter_map(|action| action.strip_suffix(":*").map(str::to_owned))
                        .collect();
                    services = Some((whole, guardrail.name.clone()));
                }
                _ => {}
            }
        }
    }
    let (services, services_by) = services?;
    Some(Reach {
        regions: regions?,
        services,
        services_by,
    })
}

/// A text, or a list of texts.
fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => BTreeSet::from([text.clone()]),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Guardrail, GuardrailSettings, render};
    use super::reach;

    fn settings() -> GuardrailSettings {
        GuardrailSettings {
            sandbox_ou: "ou-ab12-sandbox1".to_owned(),
            partition: "aws".to_owned(),
            regions: vec!["eu-west-1".to_owned()],
            services: vec!["acm".to_owned()],
            roles: Vec::new(),
            extra: Vec::new(),
        }
    }

    #[test]
    fn whole_services_can_make_something_and_single_actions_cannot() {
        let reach = reach(&render(&settings()).unwrap()).unwrap();
        assert_eq!(Vec::from_iter(&reach.regions), ["eu-west-1"]);
        assert!(reach.services.contains("acm"));
        assert!(reach.services.contains("lambda"));
        assert!(!reach.services.contains("cloudtrail"));
        assert!(!reach.services.contains("xray"));
        assert!(reach.services_by.starts_with("ebbtide-ou-ab12-sandbox1-"));
    }

    #[test]
    fn policies_of_somebody_else_tell_nothing() {
        let other = Guardrail {
            name: "theirs".to_owned(),
            description: String::new(),
            document: r#"{"Statement":[{"Sid":"DenyOtherServices","Effect":"Deny","NotAction":["s3:*"],"Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"true"}}}]}"#.to_owned(),
        };
        assert_eq!(reach(&[other]), None);
        assert_eq!(reach(&[]), None);
    }
}
