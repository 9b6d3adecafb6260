//! What a stack's deployment comes to once its expressions are filled in.

use super::Reconciler;
use super::look::repo;
use super::template_cache::NoBody;
use crate::cloud::{INLINE_TEMPLATE_BYTES, tag};
use crate::environment::{Environment, Incarnation, Plan, Setback, StackName, Target};
use ebbtide_templates::Context;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `${{ … }}` stands for.
pub(super) fn context(
    environment: &Environment,
    incarnation: &Incarnation,
    outputs: BTreeMap<String, BTreeMap<String, String>>,
) -> Context {
    Context {
        sha: environment
            .wish
            .target()
            .map(|target| target.revision.to_string())
            .unwrap_or_default(),
        pull_request: Some(environment.key.pull_request.0),
        environment_id: environment.id.to_string(),
        account_id: incarnation.account.to_string(),
        region: incarnation.region.to_string(),
        outputs,
    }
}

/// One stack's deployment, rendered.
pub(super) struct Deployment {
    /// The template's body.
    pub body: Arc<str>,
    /// Rendered parameters.
    pub parameters: BTreeMap<String, String>,
    /// `CAPABILITY_IAM`, …
    pub capabilities: Vec<String>,
    /// Ours and the file's.
    pub tags: BTreeMap<String, String>,
    /// Digest of all of the above.
    pub fingerprint: String,
}

impl Deployment {
    /// Whether CloudFormation takes the body only through a bucket.
    pub fn is_large(&self) -> bool {
        self.body.len() > INLINE_TEMPLATE_BYTES
    }
}

impl Reconciler {
    /// Renders one stack's deployment. The inner error is a sentence for a person: it cannot be rendered.
    pub(super) async fn deployment(
        &self,
        environment: &Environment,
        incarnation: &Incarnation,
        plan: &Plan,
        name: &StackName,
        target: &Target,
        context: &Context,
    ) -> Result<Result<Deployment, String>, Setback> {
        let Some(spec) = plan.file.stacks.get(name.as_str()) else {
            return Ok(Err(format!("{name} is not in the file")));
        };
        let body = match self
            .templates
            .body(
                self.github.as_ref(),
                &repo(environment),
                environment.key.repository,
                &target.revision,
                &spec.template,
            )
            .await
        {
            Ok(body) => body,
            Err(NoBody::Missing) => return Ok(Err(format!("{} is not there", spec.template))),
            Err(NoBody::Refused(why)) => return Ok(Err(format!("{}: {why}", spec.template))),
            Err(NoBody::Setback(setback)) => return Err(setback),
        };
        let mut parameters = BTreeMap::new();
        for (key, expression) in &spec.parameters {
            match expression.render(context) {
                Ok(value) => parameters.insert(key.clone(), value),
                Err(error) => return Ok(Err(format!("parameter {key}: {error}"))),
            };
        }
        let mut tags = spec.tags.clone();
        for (key, value) in [
            (tag::ENVIRONMENT, environment.id.to_string()),
            (tag::INCARNATION, incarnation.id.to_string()),
            (tag::STACK, name.to_string()),
            (tag::REPOSITORY, environment.repository.to_string()),
        ] {
            tags.insert(key.to_owned(), value);
        }
        let fingerprint =
            ebbtide_templates::fingerprint(body.as_bytes(), &parameters, &spec.capabilities, &tags);
        Ok(Ok(Deployment {
            body,
            parameters,
            capabilities: spec.capabilities.iter().map(ToString::to_string).collect(),
            tags,
            fingerprint: fingerprint.as_str().to_owned(),
        }))
    }
}

/// The plan's stacks, each after those it needs. What is part of a cycle (which the file's check refuses)
/// is left out.
pub(super) fn in_order(plan: &Plan) -> Vec<StackName> {
    let mut done: Vec<StackName> = Vec::new();
    let mut open: Vec<_> = plan.file.stacks.iter().collect();
    loop {
        let (ready, later): (Vec<_>, Vec<_>) = open.into_iter().partition(|(_, spec)| {
            spec.needs
                .iter()
                .all(|need| done.iter().any(|name| name.as_str() == need))
        });
        if ready.is_empty() {
            return done;
        }
        done.extend(ready.into_iter().map(|(name, _)| StackName::new(name)));
        open = later;
    }
}
