//! [`Guardrails`] over AWS Organizations.
//!
//! Whether a policy is ours is asked when it is listed and again before anything is done to it: its name begins with
//! `ebbtide-`, AWS does not manage it, and its tags say that it is a guardrail of this very sandbox OU.

use super::call::{Call, call, call_or};
use super::connection::Connection;
use crate::cloud::{AttachedPolicies, Guardrails, OurPolicy, tag};
use crate::environment::Setback;
use async_trait::async_trait;
use aws_sdk_organizations::operation::attach_policy::AttachPolicyError;
use aws_sdk_organizations::operation::list_policies::ListPoliciesOutput;
use aws_sdk_organizations::operation::list_policies_for_target::ListPoliciesForTargetOutput;
use aws_sdk_organizations::types::{
    ConstraintViolationExceptionReason as Constraint, Policy, PolicyType, PolicyTypeStatus,
    PolicyTypeSummary, Tag,
};
use ebbtide_templates::guardrails::{Guardrail, NAME_PREFIX};

const SCP: PolicyType = PolicyType::ServiceControlPolicy;

/// The value of [`tag::MANAGED`] on our policies.
const GUARDRAIL: &str = "guardrail";

#[async_trait]
impl Guardrails for Connection {
    async fn attached(&self) -> Result<AttachedPolicies, Setback> {
        self.service_control_policies_enabled().await?;
        let pages = call(
            Call::organization("ListPoliciesForTarget"),
            self.organizations
                .list_policies_for_target()
                .target_id(&self.options.sandbox_ou)
                .filter(SCP)
                .into_paginator()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await?;
        let mut attached = AttachedPolicies::default();
        for policy in pages.iter().flat_map(ListPoliciesForTargetOutput::policies) {
            let name = policy.name().unwrap_or_default().to_owned();
            match policy.id() {
                Some(id) if name.starts_with(NAME_PREFIX) && self.has_our_tags(id).await? => {
                    attached.ours.push(self.described(id).await?);
                }
                _ => attached.others.push(name),
            }
        }
        attached
            .ours
            .sort_by(|one, other| one.name.cmp(&other.name));
        attached.others.sort();
        Ok(attached)
    }

    async fn create(&self, wanted: &Guardrail) -> Result<OurPolicy, Setback> {
        let made = call(
            Call::organization("CreatePolicy"),
            self.organizations
                .create_policy()
                .name(&wanted.name)
                .description(&wanted.description)
                .content(&wanted.document)
                .r#type(SCP)
                .set_tags(Some(self.our_tags()?))
                .send(),
        )
        .await;
        match made {
            Ok(answer) => read(answer.policy()),
            Err(failed) if failed.is_any(&["DuplicatePolicyException"]) => {
                let policy = self.named(&wanted.name).await?;
                self.update(&policy, wanted).await?;
                Ok(OurPolicy {
                    document: wanted.document.clone(),
                    ..policy
                })
            }
            Err(failed) => Err(failed.into()),
        }
    }

    async fn update(&self, policy: &OurPolicy, wanted: &Guardrail) -> Result<(), Setback> {
        self.prove_ours(policy).await?;
        call(
            Call::organization("UpdatePolicy"),
            self.organizations
                .update_policy()
                .policy_id(&policy.id)
                .description(&wanted.description)
                .content(&wanted.document)
                .send(),
        )
        .await?;
        Ok(())
    }

    async fn attach(&self, policy: &OurPolicy) -> Result<(), Setback> {
        self.prove_ours(policy).await?;
        let attached = call_or(
            Call::organization("AttachPolicy"),
            self.organizations
                .attach_policy()
                .policy_id(&policy.id)
                .target_id(&self.options.sandbox_ou)
                .send(),
            |error| no_room(&self.options.sandbox_ou, error),
        )
        .await;
        match attached {
            Err(failed) if failed.is_any(&["DuplicatePolicyAttachmentException"]) => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn detach(&self, policy: &OurPolicy) -> Result<(), Setback> {
        self.prove_ours(policy).await?;
        let detached = call(
            Call::organization("DetachPolicy"),
            self.organizations
                .detach_policy()
                .policy_id(&policy.id)
                .target_id(&self.options.sandbox_ou)
                .send(),
        )
        .await;
        match detached {
            Err(failed) if failed.is_any(&["PolicyNotAttachedException"]) => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }
}

impl Connection {
    /// Refuses while the organization has no service control policies: AWS would list none, and take ours for
    /// nothing. To switch them on is a person's decision, because it holds for the whole organization.
    async fn service_control_policies_enabled(&self) -> Result<(), Setback> {
        let roots = call(
            Call::organization("ListRoots"),
            self.organizations.list_roots().send(),
        )
        .await?;
        let Some(root) = roots.roots().first() else {
            return Err(Setback::lost("ListRoots named no root"));
        };
        let enabled = |kind: &PolicyTypeSummary| {
            kind.r#type() == Some(&SCP) && kind.status() == Some(&PolicyTypeStatus::Enabled)
        };
        if root.policy_types().iter().any(enabled) {
            return Ok(());
        }
        Err(Setback::refused(format!(
            "service control policies are not enabled in this organization, so no guardrail can hold; enable them once, from the management account: aws organizations enable-policy-type --root-id {} --policy-type SERVICE_CONTROL_POLICY (the organization needs all its features for that)",
            root.id().unwrap_or("r-…")
        )))
    }

    fn our_tags(&self) -> Result<Vec<Tag>, Setback> {
        [
            (tag::MANAGED, GUARDRAIL),
            (tag::SANDBOX_OU, &self.options.sandbox_ou),
        ]
        .into_iter()
        .map(|(key, value)| {
            let tag = Tag::builder().key(key).value(value).build();
            tag.map_err(|error| Setback::refused(format!("the tag {key} cannot be set: {error}")))
        })
        .collect()
    }

    async fn has_our_tags(&self, policy: &str) -> Result<bool, Setback> {
        let tags = call(
            Call::organization("ListTagsForResource"),
            self.organizations
                .list_tags_for_resource()
                .resource_id(policy)
                .into_paginator()
                .items()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await?;
        Ok(self.our_tags()?.iter().all(|ours| tags.contains(ours)))
    }

    async fn described(&self, policy: &str) -> Result<OurPolicy, Setback> {
        let answer = call(
            Call::organization("DescribePolicy"),
            self.organizations
                .describe_policy()
                .policy_id(policy)
                .send(),
        )
        .await?;
        read(answer.policy())
    }

    /// The proof that comes right before every change.
    async fn prove_ours(&self, policy: &OurPolicy) -> Result<(), Setback> {
        let now = self.described(&policy.id).await?;
        if now.name.starts_with(NAME_PREFIX) && self.has_our_tags(&policy.id).await? {
            return Ok(());
        }
        Err(not_ours(&now.name))
    }

    /// The policy of ours that has this name; it need not be attached to anything.
    async fn named(&self, name: &str) -> Result<OurPolicy, Setback> {
        let pages = call(
            Call::organization("ListPolicies"),
            self.organizations
                .list_policies()
                .filter(SCP)
                .into_paginator()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await?;
        let found = pages
            .iter()
            .flat_map(ListPoliciesOutput::policies)
            .find(|policy| policy.name() == Some(name))
            .and_then(|policy| policy.id());
        match found {
            Some(id) if self.has_our_tags(id).await? => self.described(id).await,
            Some(_) => Err(not_ours(name)),
            None => Err(Setback::later(format!(
                "the policy {name} is not listed yet"
            ))),
        }
    }
}

/// AWS counts what is attached to the OU; what is in its way is not ours to detach.
fn no_room(sandbox_ou: &str, error: &AttachPolicyError) -> Option<Setback> {
    let AttachPolicyError::ConstraintViolationException(violation) = error else {
        return None;
    };
    let full = violation.reason() == Some(&Constraint::MaxPolicyTypeAttachmentLimitExceeded);
    full.then(|| {
        Setback::refused(format!(
            "AWS attaches no more service control policies to {sandbox_ou}; detach one that is not needed there, or move it to the organizational unit above"
        ))
    })
}

fn read(policy: Option<&Policy>) -> Result<OurPolicy, Setback> {
    let summary = policy.and_then(Policy::policy_summary);
    let (Some(policy), Some(summary)) = (policy, summary) else {
        return Err(Setback::lost("Organizations answered without the policy"));
    };
    Ok(OurPolicy {
        id: summary.id().unwrap_or_default().to_owned(),
        name: summary.name().unwrap_or_default().to_owned(),
        document: policy.content().unwrap_or_default().to_owned(),
    })
}

fn not_ours(name: &str) -> Setback {
    Setback::refused(format!(
        "the policy {name} carries no tag of ours for this sandbox OU and is left alone; give it another name, so that ours can be made"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Constraint, no_room};
    use crate::environment::Setback;
    use aws_sdk_organizations::operation::attach_policy::AttachPolicyError;
    use aws_sdk_organizations::types::error::ConstraintViolationException;

    fn violation(reason: Constraint) -> AttachPolicyError {
        let violation = ConstraintViolationException::builder().reason(reason);
        AttachPolicyError::ConstraintViolationException(violation.build())
    }

    #[test]
    fn a_full_organizational_unit_is_a_sentence_for_the_admin() {
        let full = violation(Constraint::MaxPolicyTypeAttachmentLimitExceeded);
        assert_eq!(
            no_room("ou-a1b2-c3d4e5f6", &full),
            Some(Setback::refused(
                "AWS attaches no more service control policies to ou-a1b2-c3d4e5f6; detach one that is not needed there, or move it to the organizational unit above"
            ))
        );
        let other = violation(Constraint::PolicyNumberLimitExceeded);
        assert_eq!(no_room("ou-a1b2-c3d4e5f6", &other), None);
    }
}
