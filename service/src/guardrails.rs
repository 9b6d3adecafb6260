//! Keeping the guardrails: what is attached to the sandbox OU against what is configured.
//!
//! Both sides are loaded, compared by a pure function ([`compare`]), and each difference is set right on its own.
//! `ebbtide guardrails` does it when asked, the reconciler's slow period with `guardrails.keep`.
//!
//! Only policies of ours are compared and changed; what an admin attached beside them is left alone.

use crate::cloud::{AttachedPolicies, Guardrails, OurPolicy};
use crate::environment::Setback;
use ebbtide_templates::guardrails::{Guardrail, readable};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What is not as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// A guardrail is not attached.
    Missing(Guardrail),
    /// A guardrail is attached with another content.
    Changed {
        /// What is attached.
        attached: OurPolicy,
        /// What should be.
        wanted: Guardrail,
    },
    /// A policy of ours is attached that is not configured any more.
    Surplus(OurPolicy),
}

impl Drift {
    /// The policy's name.
    pub fn policy(&self) -> &str {
        match self {
            Self::Missing(wanted) | Self::Changed { wanted, .. } => &wanted.name,
            Self::Surplus(attached) => &attached.name,
        }
    }

    /// What is attached, as people read it; empty where nothing is.
    pub fn before(&self) -> String {
        match self {
            Self::Missing(_) => String::new(),
            Self::Changed { attached, .. } | Self::Surplus(attached) => shown(&attached.document),
        }
    }

    /// What should be attached, as people read it; empty where nothing should.
    pub fn after(&self) -> String {
        match self {
            Self::Missing(wanted) | Self::Changed { wanted, .. } => shown(&wanted.document),
            Self::Surplus(_) => String::new(),
        }
    }

    /// What is wrong.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::Missing(_) => "is not attached to the sandbox OU",
            Self::Changed { .. } => "differs from what is configured",
            Self::Surplus(_) => "is attached to the sandbox OU and not configured any more",
        }
    }

    /// What was done when it is set right.
    pub fn mended(&self) -> &'static str {
        match self {
            Self::Missing(_) => "attached",
            Self::Changed { .. } => "updated",
            Self::Surplus(_) => "detached",
        }
    }
}

/// Compares what is attached with what should be. Pure. What only looks different (blanks, the order of keys) is
/// the same. Set right in this order, a statement that moved from one policy into a new one holds all the time:
/// what is missing comes first, what is taken away last.
pub fn compare(wanted: &[Guardrail], attached: &[OurPolicy]) -> Vec<Drift> {
    let mut drifts = Vec::new();
    let mut changed = Vec::new();
    for wanted in wanted {
        match attached.iter().find(|policy| policy.name == wanted.name) {
            None => drifts.push(Drift::Missing(wanted.clone())),
            Some(policy) if shown(&policy.document) != shown(&wanted.document) => {
                changed.push(Drift::Changed {
                    attached: policy.clone(),
                    wanted: wanted.clone(),
                });
            }
            Some(_) => {}
        }
    }
    drifts.extend(changed);
    let surplus = attached
        .iter()
        .filter(|policy| wanted.iter().all(|wanted| wanted.name != policy.name));
    drifts.extend(surplus.cloned().map(Drift::Surplus));
    drifts
}

fn shown(document: &str) -> String {
    readable(document).unwrap_or_else(|| document.to_owned())
}

/// Whoever keeps the guardrails of the sandbox OU.
pub struct Keeper {
    cloud: Arc<dyn Guardrails>,
    wanted: Vec<Guardrail>,
    /// Whether somebody asked to keep them, so that the slow period sets them right.
    pub keep: bool,
}

impl Keeper {
    /// Nothing is sent yet.
    pub fn new(cloud: Arc<dyn Guardrails>, wanted: Vec<Guardrail>, keep: bool) -> Self {
        Self {
            cloud,
            wanted,
            keep,
        }
    }

    /// Digest of what is configured, in lower-case hex SHA-256.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for guardrail in &self.wanted {
            digest.update(guardrail.name.as_bytes());
            digest.update([0]);
            digest.update(guardrail.document.as_bytes());
            digest.update([0]);
        }
        hex::encode(digest.finalize())
    }

    /// What is attached, and how that differs from what is configured.
    pub async fn look(&self) -> Result<(AttachedPolicies, Vec<Drift>), Setback> {
        let attached = self.cloud.attached().await?;
        let drifts = compare(&self.wanted, &attached.ours);
        Ok((attached, drifts))
    }

    /// Sets one difference right.
    pub async fn mend(&self, drift: &Drift) -> Result<(), Setback> {
        match drift {
            Drift::Missing(wanted) => {
                let policy = self.cloud.create(wanted).await?;
                self.cloud.attach(&policy).await
            }
            Drift::Changed { attached, wanted } => self.cloud.update(attached, wanted).await,
            Drift::Surplus(attached) => self.cloud.detach(attached).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Drift, compare};
    use crate::cloud::OurPolicy;
    use ebbtide_templates::guardrails::Guardrail;

    fn wanted(name: &str, document: &str) -> Guardrail {
        Guardrail {
            name: name.to_owned(),
            description: String::new(),
            document: document.to_owned(),
        }
    }

    fn attached(name: &str, document: &str) -> OurPolicy {
        OurPolicy {
            id: format!("p-{name}"),
            name: name.to_owned(),
            document: document.to_owned(),
        }
    }

    #[test]
    fn blanks_and_the_order_of_keys_are_no_difference() {
        let one = wanted("one", r#"{"Version":"1","Statement":[]}"#);
        let same = attached("one", "{ \"Statement\": [],\n \"Version\": \"1\" }");
        assert_eq!(compare(&[one], &[same]), []);
    }

    #[test]
    fn what_is_missing_comes_first_and_what_is_too_much_last() {
        let ours = [attached("old", "{}"), attached("one", "{}")];
        let configured = [wanted("one", "[]"), wanted("two", "[]")];
        let drifts = compare(&configured, &ours);
        assert_eq!(
            drifts,
            [
                Drift::Missing(configured[1].clone()),
                Drift::Changed {
                    attached: ours[1].clone(),
                    wanted: configured[0].clone()
                },
                Drift::Surplus(ours[0].clone()),
            ]
        );
    }

    #[test]
    fn a_document_that_is_no_json_differs() {
        let drifts = compare(&[wanted("one", "{}")], &[attached("one", "{")]);
        assert_eq!(drifts.len(), 1);
        assert_eq!(drifts[0].before(), "{");
    }
}
