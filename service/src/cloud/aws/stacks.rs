//! [`Stacks`] over CloudFormation.

use super::call::call;
use super::connection::Connection;
use super::{change_set, uploads};
use crate::cloud::{
    ChangeRequest, ChangeSetSeen, Place, ResourceFailure, ResourceSeen, StackSeen, Stacks,
};
use crate::environment::{
    ChangeSetName, ChangeSetState, ChangeSummary, CloudStackName, Setback, StackStatus,
};
use async_trait::async_trait;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, DeletionMode, Parameter, Stack, Tag,
};

#[async_trait]
impl Stacks for Connection {
    async fn list(&self, at: &Place) -> Result<Vec<StackSeen>, Setback> {
        let session = self.session(at).await?;
        let stacks = call(
            session.call("DescribeStacks", at),
            session
                .cloudformation
                .describe_stacks()
                .into_paginator()
                .items()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await?;
        let mut seen = stacks.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        seen.retain(|stack| stack.status != StackStatus::DeleteComplete);
        Ok(seen)
    }

    async fn change_set(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
    ) -> Result<Option<ChangeSetSeen>, Setback> {
        let session = self.session(at).await?;
        let client = &session.cloudformation;
        let mut changes = ChangeSummary::default();
        let mut next = None;
        loop {
            let asked = client
                .describe_change_set()
                .stack_name(stack.as_str())
                .change_set_name(name.as_str())
                .set_next_token(next);
            let page = match call(session.call("DescribeChangeSet", at), asked.send()).await {
                Err(failed) if failed.is_absent() => return Ok(None),
                other => other?,
            };
            for change in page.changes() {
                change_set::add(&mut changes, change);
            }
            next = page.next_token().map(str::to_owned);
            if next.is_none() {
                let state =
                    change_set::state(page.status(), page.execution_status(), page.status_reason());
                return Ok(Some(ChangeSetSeen { state, changes }));
            }
        }
    }

    async fn plan(&self, at: &Place, request: &ChangeRequest) -> Result<(), Setback> {
        let session = self.session(at).await?;
        let asked = session
            .cloudformation
            .create_change_set()
            .stack_name(request.stack.as_str())
            .change_set_name(request.change_set.as_str())
            .client_token(request.change_set.as_str())
            .change_set_type(if request.create {
                ChangeSetType::Create
            } else {
                ChangeSetType::Update
            })
            .set_parameters(Some(parameters(request)))
            .set_capabilities(Some(capabilities(request)))
            .set_tags(Some(tags(request)));
        let asked = match uploads::way(&request.template)? {
            uploads::Way::Inline => asked.template_body(&request.template),
            uploads::Way::Bucket => {
                asked.template_url(uploads::upload(&session, at, &request.template).await?)
            }
        };
        match call(session.call("CreateChangeSet", at), asked.send()).await {
            // Either this very change set, made by a request whose answer was lost, or something else in
            // the way: a stack, or a change set that AWS says is another one by the same name.
            Err(failed)
                if failed.is_any(&["AlreadyExistsException"]) && !failed.says("mismatch") =>
            {
                let made = self
                    .change_set(at, &request.stack, &request.change_set)
                    .await?;
                made.map(drop).ok_or(failed.setback)
            }
            // The list of stacks from which the kind was chosen was behind: the next one knows better.
            Err(failed) if failed.is_absent() || failed.says("cannot be created again with") => {
                Err(Setback::later(failed.setback.to_string()))
            }
            other => Ok(other.map(drop)?),
        }
    }

    async fn execute(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
        token: &str,
    ) -> Result<(), Setback> {
        let session = self.session(at).await?;
        let asked = session
            .cloudformation
            .execute_change_set()
            .stack_name(stack.as_str())
            .change_set_name(name.as_str())
            .client_request_token(token);
        let Err(failed) = call(session.call("ExecuteChangeSet", at), asked.send()).await else {
            return Ok(());
        };
        if failed.is_absent() {
            // Executing one change set removes it from view, and all others of the stack.
            return Err(Setback::later(format!("{} ({stack})", failed.setback)));
        }
        if !failed.is_any(&["InvalidChangeSetStatus", "InvalidChangeSetStatusException"]) {
            return Err(failed.into());
        }
        match self
            .change_set(at, stack, name)
            .await?
            .map(|seen| seen.state)
        {
            Some(ChangeSetState::Executing | ChangeSetState::Executed) => Ok(()),
            Some(
                ChangeSetState::Failed(_) | ChangeSetState::NoChanges | ChangeSetState::Obsolete,
            ) => Err(failed.into()),
            // It could be executed, but not while the stack is busy.
            Some(ChangeSetState::Pending | ChangeSetState::Available) | None => {
                Err(Setback::later(failed.setback.to_string()))
            }
        }
    }

    async fn drop_change_set(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
    ) -> Result<(), Setback> {
        let session = self.session(at).await?;
        let asked = session
            .cloudformation
            .delete_change_set()
            .stack_name(stack.as_str())
            .change_set_name(name.as_str());
        match call(session.call("DeleteChangeSet", at), asked.send()).await {
            Err(failed) if failed.is_absent() => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn cancel_update(&self, at: &Place, stack_id: &str, token: &str) -> Result<(), Setback> {
        let session = self.session(at).await?;
        let asked = session
            .cloudformation
            .cancel_update_stack()
            .stack_name(stack_id)
            .client_request_token(token);
        match call(session.call("CancelUpdateStack", at), asked.send()).await {
            // The update ended, or is being rolled back already.
            Err(failed) if failed.says("CancelUpdateStack cannot be called") => Ok(()),
            Err(failed) if failed.is_absent() => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn lift_protection(&self, at: &Place, stack_id: &str) -> Result<(), Setback> {
        let session = self.session(at).await?;
        let asked = session
            .cloudformation
            .update_termination_protection()
            .stack_name(stack_id)
            .enable_termination_protection(false);
        match call(
            session.call("UpdateTerminationProtection", at),
            asked.send(),
        )
        .await
        {
            Err(failed) if failed.is_absent() => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn delete(
        &self,
        at: &Place,
        stack_id: &str,
        force: bool,
        token: &str,
    ) -> Result<(), Setback> {
        let session = self.session(at).await?;
        let asked = session
            .cloudformation
            .delete_stack()
            .stack_name(stack_id)
            .client_request_token(token)
            .set_deletion_mode(force.then_some(DeletionMode::ForceDeleteStack));
        let failed = match call(session.call("DeleteStack", at), asked.send()).await {
            Ok(_) => return Ok(()),
            Err(failed) if failed.is_absent() => return Ok(()),
            Err(failed) => failed,
        };
        // A repeat finds the deletion that the first one started, which it may not force again.
        if force && failed.is_any(&["ValidationError"]) && self.is_leaving(at, stack_id).await? {
            return Ok(());
        }
        Err(failed.into())
    }

    async fn resources(&self, at: &Place, stack_id: &str) -> Result<Vec<ResourceSeen>, Setback> {
        let session = self.session(at).await?;
        let listed = call(
            session.call("ListStackResources", at),
            session
                .cloudformation
                .list_stack_resources()
                .stack_name(stack_id)
                .into_paginator()
                .items()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await;
        let listed = match listed {
            Err(failed) if failed.is_absent() => return Ok(Vec::new()),
            other => other?,
        };
        Ok(listed
            .iter()
            .map(|resource| ResourceSeen {
                logical_id: resource
                    .logical_resource_id()
                    .unwrap_or_default()
                    .to_owned(),
                kind: resource.resource_type().unwrap_or_default().to_owned(),
                status: resource
                    .resource_status()
                    .map_or("", |status| status.as_str())
                    .to_owned(),
            })
            .collect())
    }

    async fn first_failure(
        &self,
        at: &Place,
        stack_id: &str,
    ) -> Result<Option<ResourceFailure>, Setback> {
        self.trace_failure(at, stack_id).await
    }

    async fn sweep_uploads(&self, at: &Place) -> Result<(), Setback> {
        uploads::sweep(&self.session(at).await?, at).await
    }
}

impl Connection {
    /// Whether the stack is being deleted or is gone.
    async fn is_leaving(&self, at: &Place, stack_id: &str) -> Result<bool, Setback> {
        let session = self.session(at).await?;
        let asked = session
            .cloudformation
            .describe_stacks()
            .stack_name(stack_id);
        let described = match call(session.call("DescribeStacks", at), asked.send()).await {
            Err(failed) if failed.is_absent() => return Ok(true),
            other => other?,
        };
        Ok(described
            .stacks()
            .iter()
            .filter_map(Stack::stack_status)
            .all(|status| matches!(status.as_str(), "DELETE_IN_PROGRESS" | "DELETE_COMPLETE")))
    }
}

fn read(stack: &Stack) -> Result<StackSeen, Setback> {
    let name = stack.stack_name().unwrap_or_default();
    let status = stack.stack_status().map_or("", |status| status.as_str());
    Ok(StackSeen {
        name: CloudStackName::new(name),
        id: stack.stack_id().unwrap_or(name).to_owned(),
        status: status
            .parse()
            .map_err(|unknown| Setback::later(format!("DescribeStacks: {name}: {unknown}")))?,
        updated_at: stack
            .last_updated_time()
            .and_then(|time| chrono::DateTime::from_timestamp(time.secs(), time.subsec_nanos())),
        reason: stack
            .stack_status_reason()
            .filter(|reason| !reason.is_empty())
            .map(str::to_owned),
        protected: stack.enable_termination_protection().unwrap_or(false),
        outputs: stack
            .outputs()
            .iter()
            .filter_map(|output| {
                Some((
                    output.output_key()?.to_owned(),
                    output.output_value()?.to_owned(),
                ))
            })
            .collect(),
        tags: stack
            .tags()
            .iter()
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())))
            .collect(),
        parent: stack.parent_id().map(str::to_owned),
    })
}

fn parameters(request: &ChangeRequest) -> Vec<Parameter> {
    let entries = request.parameters.iter();
    entries
        .map(|(key, value)| {
            Parameter::builder()
                .parameter_key(key)
                .parameter_value(value)
                .build()
        })
        .collect()
}

fn capabilities(request: &ChangeRequest) -> Vec<Capability> {
    let names = request.capabilities.iter();
    names.map(|name| Capability::from(name.as_str())).collect()
}

fn tags(request: &ChangeRequest) -> Vec<Tag> {
    let entries = request.tags.iter();
    entries
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}
