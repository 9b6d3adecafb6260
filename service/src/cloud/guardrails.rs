//! The service control policies of the sandbox OU, as far as they are ours to keep.

use crate::environment::Setback;
use async_trait::async_trait;
use ebbtide_templates::guardrails::Guardrail;

/// A policy of ours. Only [`Guardrails`] tells which those are: by name and by tag, for this sandbox OU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurPolicy {
    /// AWS's id of it: `p-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its content, JSON.
    pub document: String,
}

/// What is attached to the sandbox OU itself; what it inherits from above is not here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachedPolicies {
    /// Those that this service keeps.
    pub ours: Vec<OurPolicy>,
    /// Names of all others: `FullAWSAccess`, and what an admin attached. Never touched.
    pub others: Vec<String>,
}

/// The guardrails of the sandbox OU. There is no way to name another target: neither the root nor an account.
#[async_trait]
pub trait Guardrails: Send + Sync {
    /// What is attached now. Refused, with a sentence on how to mend it, where the organization has no service
    /// control policies.
    async fn attached(&self) -> Result<AttachedPolicies, Setback>;
    /// Makes the policy. One of ours that has this name already is taken and given this content; one that is not
    /// ours is a refusal.
    async fn create(&self, wanted: &Guardrail) -> Result<OurPolicy, Setback>;
    /// Gives a policy of ours the wanted content.
    async fn update(&self, policy: &OurPolicy, wanted: &Guardrail) -> Result<(), Setback>;
    /// Attaches a policy of ours to the sandbox OU.
    async fn attach(&self, policy: &OurPolicy) -> Result<(), Setback>;
    /// Detaches a policy of ours from the sandbox OU. It stays in the organization.
    async fn detach(&self, policy: &OurPolicy) -> Result<(), Setback>;
}
