//! What previews need of an account besides an answer: service-linked roles and quotas, as data with a reason each
//! (`data/needs.json`).

use ebbtide_templates::guardrails::Reach;
use serde::Deserialize;

const NEEDS: &str = include_str!("data/needs.json");

/// What previews need of an account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Needs {
    /// Roles that a stack can't wait for while its service makes them.
    pub linked_roles: Vec<LinkedRole>,
    /// Quotas that new accounts may have too little of.
    pub quotas: Vec<Quota>,
}

/// A role that only a service of AWS can use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkedRole {
    /// The service's name among principals.
    pub service: String,
    /// The prefix of actions that guardrails must allow for it to be of any use.
    allowed_by: String,
    /// What goes wrong without it.
    pub reason: String,
}

/// A quota of an account and region.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quota {
    /// The service's code in Service Quotas.
    pub service: String,
    /// The quota's code there.
    pub code: String,
    /// Its name there.
    pub name: String,
    /// Enough for previews.
    pub needed: f64,
    /// The prefix of actions that guardrails must allow for it to matter.
    allowed_by: String,
    /// What goes wrong with less.
    pub reason: String,
}

impl Needs {
    /// Those of services that may be used; of all where nothing limits them.
    pub fn within(reach: Option<&Reach>) -> Self {
        let needs = serde_json::from_str(NEEDS);
        let mut needs: Self =
            needs.unwrap_or_else(|error| unreachable!("the built-in needs are sound: {error}"));
        if let Some(reach) = reach {
            let allowed = |service: &str| reach.services.contains(service);
            needs.linked_roles.retain(|role| allowed(&role.allowed_by));
            needs.quotas.retain(|quota| allowed(&quota.allowed_by));
        }
        needs
    }
}

#[cfg(test)]
mod tests {
    use super::Needs;
    use ebbtide_templates::guardrails::Reach;
    use std::collections::BTreeSet;

    #[test]
    fn only_what_the_guardrails_allow_is_needed() {
        let reach = Reach {
            regions: BTreeSet::from(["eu-central-1".to_owned()]),
            services: BTreeSet::from(["ecs".to_owned(), "lambda".to_owned()]),
            services_by: "ebbtide-1".to_owned(),
        };
        let needs = Needs::within(Some(&reach));
        let roles: Vec<_> = needs.linked_roles.iter().map(|it| &it.service).collect();
        assert_eq!(roles, ["ecs.amazonaws.com"]);
        let quotas: Vec<_> = needs.quotas.iter().map(|it| &it.code).collect();
        assert_eq!(quotas, ["L-B99A9384", "L-3032A538"]);
    }

    #[test]
    fn every_need_is_named_once_and_has_a_reason() {
        let needs = Needs::within(None);
        let roles: BTreeSet<_> = needs.linked_roles.iter().map(|it| &it.service).collect();
        assert_eq!(roles.len(), needs.linked_roles.len());
        assert!(needs.linked_roles.iter().all(|it| !it.reason.is_empty()));
        let codes: BTreeSet<_> = needs.quotas.iter().map(|it| &it.code).collect();
        assert_eq!(codes.len(), needs.quotas.len());
        assert!(needs.quotas.iter().all(|it| it.needed > 0.0));
        assert!(needs.quotas.iter().all(|it| !it.reason.is_empty()));
    }
}
