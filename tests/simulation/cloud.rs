//! The product's traits of AWS, answered by the world.

use super::stacks::Stack;
use super::world::{Service, State, World};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ebbtide::cloud::{
    CensusEntry, ChangeRequest, ChangeSetSeen, Closure, Cloud, Creation, Entry, Found, NewAccount,
    Organization, Place, ResourceFailure, ResourceSeen, StackSeen, Stacks, Tags,
};
use ebbtide::environment::{
    AccountId, ChangeSetName, CloudStackName, CreateRequestId, Setback, StackStatus,
};
use std::sync::Arc;

/// AWS as one process reaches it.
#[derive(Clone)]
pub struct CloudSide(pub Arc<World>);

impl CloudSide {
    pub fn cloud(&self) -> Cloud {
        Cloud {
            organization: Arc::new(self.clone()),
            entry: Arc::new(self.clone()),
            stacks: Arc::new(self.clone()),
            resources: Arc::new(self.clone()),
        }
    }

    async fn call<T>(
        &self,
        name: &str,
        effect: impl FnOnce(&mut State) -> Result<T, Setback>,
    ) -> Result<T, Setback> {
        self.0.call(Service::Aws, name, effect).await
    }
}

#[async_trait]
impl Organization for CloudSide {
    async fn census(&self) -> Result<Vec<CensusEntry>, Setback> {
        self.call("census", |state| Ok(state.aws.census())).await
    }

    async fn management(&self) -> Result<AccountId, Setback> {
        self.call("DescribeOrganization", |_| {
            Ok(AccountId::new("000000000000"))
        })
        .await
    }

    async fn standing(&self, account: &AccountId) -> Result<Option<CensusEntry>, Setback> {
        self.call("DescribeAccount", |state| {
            let mut census = state.aws.census().into_iter();
            Ok(census.find(|entry| entry.account == *account))
        })
        .await
    }

    async fn create(&self, account: &NewAccount) -> Result<CreateRequestId, Setback> {
        self.call("CreateAccount", |state| {
            let now = state.now;
            let id = state.aws.create(account, now, &mut state.rng);
            state.note(|| format!("CreateAccount {}: {id}", account.name));
            Ok(id)
        })
        .await
    }

    async fn creation(&self, request: &CreateRequestId) -> Result<Creation, Setback> {
        self.call("DescribeCreateAccountStatus", |state| {
            state.aws.creation(request)
        })
        .await
    }

    async fn find(&self, account: &NewAccount) -> Result<Option<Found>, Setback> {
        self.call("ListAccounts", |state| Ok(state.aws.find(account)))
            .await
    }

    async fn place(&self, account: &AccountId) -> Result<(), Setback> {
        self.call("MoveAccount", |state| {
            state.aws.member(account)?.placed = true;
            Ok(())
        })
        .await
    }

    async fn tag(&self, account: &AccountId, tags: &Tags) -> Result<(), Setback> {
        self.call("TagResource", |state| {
            state.aws.member(account)?.tags.extend(tags.clone());
            Ok(())
        })
        .await
    }

    async fn close(&self, account: &AccountId) -> Result<(), Setback> {
        self.call("CloseAccount", |state| {
            let now = state.now;
            state.see_closing(account.as_str());
            state.aws.close(account, now, &mut state.rng)?;
            state.counts.closings += 1;
            Ok(())
        })
        .await
    }

    async fn closure(&self, account: &AccountId) -> Result<Closure, Setback> {
        self.call("DescribeAccount", |state| {
            let now = state.now;
            state.aws.closure(account, now)
        })
        .await
    }
}

#[async_trait]
impl Entry for CloudSide {
    async fn enter(&self, at: &Place) -> Result<(), Setback> {
        self.call("AssumeRole", |state| {
            let now = state.now;
            if state.aws.member(&at.account)?.usable_at > now {
                return Err(Setback::later("the account is too new"));
            }
            Ok(())
        })
        .await
    }

    async fn revoke_sessions(
        &self,
        at: &Place,
        _roles: &[String],
        _before: DateTime<Utc>,
    ) -> Result<(), Setback> {
        self.call("PutRolePolicy", |state| {
            state.aws.member(&at.account).map(drop)
        })
        .await
    }
}

/// The stack of this name or id, with what a change to it needs.
fn with_stack<T>(
    state: &mut State,
    at: &Place,
    address: &str,
    change: impl FnOnce(&mut Stack, DateTime<Utc>, &mut fastrand::Rng) -> T,
) -> Option<T> {
    let now = state.now;
    let (account, region) = (at.account.as_str(), at.region.as_str());
    let stack = state
        .aws
        .stacks
        .iter_mut()
        .find(|stack| stack.is(account, region, address))?;
    let before = stack.status;
    let result = change(stack, now, &mut state.rng);
    let (name, after) = (stack.name.clone(), stack.status);
    if before != after {
        state.note(|| format!("{name}: {before} -> {after}"));
    }
    Some(result)
}

#[async_trait]
impl Stacks for CloudSide {
    async fn list(&self, at: &Place) -> Result<Vec<StackSeen>, Setback> {
        self.call("DescribeStacks", |state| {
            let (account, region) = (at.account.as_str(), at.region.as_str());
            let here = state.aws.stacks.iter_mut().filter(|stack| {
                (stack.account.as_str(), stack.region.as_str()) == (account, region)
            });
            let listed: Vec<StackSeen> = here.filter_map(Stack::listed).collect();
            state.note(|| {
                let stacks = listed
                    .iter()
                    .map(|stack| format!(" {}={}", stack.name, stack.status));
                format!("DescribeStacks {account}:{}", stacks.collect::<String>())
            });
            Ok(listed)
        })
        .await
    }

    async fn change_set(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
    ) -> Result<Option<ChangeSetSeen>, Setback> {
        self.call("DescribeChangeSet", |state| {
            let seen = with_stack(state, at, stack.as_str(), |stack, now, _| {
                stack.change_set(name.as_str(), now)
            })
            .flatten();
            state.note(|| {
                let word = seen.as_ref().map(|seen| &seen.state);
                format!("DescribeChangeSet {stack} {name}: {word:?}")
            });
            Ok(seen)
        })
        .await
    }

    async fn plan(&self, at: &Place, request: &ChangeRequest) -> Result<(), Setback> {
        self.call("CreateChangeSet", |state| {
            let name = request.stack.as_str();
            let (account, region) = (at.account.as_str(), at.region.as_str());
            if request.template.len() > ebbtide::cloud::INLINE_TEMPLATE_BYTES {
                state.aws.buckets.insert(account.to_owned());
            }
            let there = state
                .aws
                .stacks
                .iter()
                .any(|stack| stack.name == name && stack.is(account, region, name));
            if !there {
                if !request.create {
                    return Err(Setback::refused(format!("stack {name} does not exist")));
                }
                let number = state.aws.next_number();
                let mut stack = Stack::in_review(account, region, name, number, &request.tags);
                stack.made_late = state.late;
                state.aws.stacks.push(stack);
            }
            state.note(|| format!("CreateChangeSet {name} {}", request.change_set));
            let planned = with_stack(state, at, name, |stack, now, rng| {
                stack.plan(request, now, rng)
            });
            planned.unwrap_or(Ok(()))
        })
        .await
    }

    async fn execute(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
        _token: &str,
    ) -> Result<(), Setback> {
        self.call("ExecuteChangeSet", |state| {
            let late = state.late;
            state.note(|| format!("ExecuteChangeSet {stack} {name}"));
            with_stack(state, at, stack.as_str(), |stack, now, rng| {
                stack.made_late |= late;
                stack.execute(name.as_str(), now, rng)
            })
            .unwrap_or_else(|| Err(Setback::later(format!("{name} does not exist"))))
        })
        .await
    }

    async fn drop_change_set(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
    ) -> Result<(), Setback> {
        self.call("DeleteChangeSet", |state| {
            with_stack(state, at, stack.as_str(), |stack, _, _| {
                stack.drop_change_set(name.as_str());
            });
            Ok(())
        })
        .await
    }

    async fn cancel_update(&self, at: &Place, stack_id: &str, _token: &str) -> Result<(), Setback> {
        self.call("CancelUpdateStack", |state| {
            with_stack(state, at, stack_id, Stack::cancel_update);
            Ok(())
        })
        .await
    }

    async fn lift_protection(&self, at: &Place, stack_id: &str) -> Result<(), Setback> {
        self.call("UpdateTerminationProtection", |state| {
            with_stack(state, at, stack_id, |stack, _, _| stack.protected = false);
            Ok(())
        })
        .await
    }

    async fn delete(
        &self,
        at: &Place,
        stack_id: &str,
        force: bool,
        _token: &str,
    ) -> Result<(), Setback> {
        self.call("DeleteStack", |state| {
            state.note(|| format!("DeleteStack {stack_id} force={force}"));
            with_stack(state, at, stack_id, |stack, now, rng| {
                stack.delete(force, now, rng)
            })
            .unwrap_or(Ok(()))
        })
        .await
    }

    async fn resources(&self, at: &Place, stack_id: &str) -> Result<Vec<ResourceSeen>, Setback> {
        self.call("ListStackResources", |state| {
            let status = with_stack(state, at, stack_id, |stack, _, _| stack.status);
            let resource = |status: StackStatus| ResourceSeen {
                logical_id: "Topic".to_owned(),
                kind: "AWS::SNS::Topic".to_owned(),
                status: status.to_string(),
            };
            Ok(status.map(resource).into_iter().collect())
        })
        .await
    }

    async fn first_failure(
        &self,
        _at: &Place,
        _stack_id: &str,
    ) -> Result<Option<ResourceFailure>, Setback> {
        self.call("DescribeStackEvents", |_| {
            Ok(Some(ResourceFailure {
                logical_id: "Topic".to_owned(),
                kind: "AWS::SNS::Topic".to_owned(),
                reason: "it was made to fail".to_owned(),
            }))
        })
        .await
    }

    async fn sweep_uploads(&self, at: &Place) -> Result<(), Setback> {
        self.call("DeleteBucket", |state| {
            state.aws.buckets.remove(at.account.as_str());
            Ok(())
        })
        .await
    }
}
