//! What its own policy locks everybody out of is unlocked once, and asked for again.

use crate::world::World;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ebbtide::cloud::{Call, Listed, Locked, Place, Progress, Resources, Unlisted};
use ebbtide::environment::inventory::{Cell, Resource};
use ebbtide::environment::{AccountId, Region, SessionName, Setback};
use ebbtide::nuke::listers::Listers;
use ebbtide::nuke::remove::{Remover, Target, TargetState};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;

const DENY: &str =
    "User: u is not authorized to perform this with an explicit deny in a resource-based policy";

/// An account with one bucket and one queue.
struct Account {
    /// Whether the policy denies everything.
    locked: Mutex<bool>,
    /// What AWS answers to whoever wants to be root, in order; then it is allowed.
    root: Mutex<Vec<Result<Progress, Setback>>>,
    /// Whether the policy has anything to do with it.
    helps: bool,
    asked: Mutex<Vec<String>>,
}

impl Account {
    fn locked() -> Self {
        Self {
            locked: Mutex::new(true),
            root: Mutex::default(),
            helps: true,
            asked: Mutex::default(),
        }
    }

    fn answering(root: Result<Progress, Setback>) -> Self {
        Self {
            root: Mutex::new(vec![root]),
            ..Self::locked()
        }
    }

    fn denied(&self) -> Option<Progress> {
        self.locked.lock().unwrap().then(|| Progress::Refused {
            code: "AccessDenied".to_owned(),
            message: DENY.to_owned(),
        })
    }

    fn note(&self, what: &str) {
        self.asked.lock().unwrap().push(what.to_owned());
    }

    /// Brings a removal further until it settles or is set back, so often at most.
    async fn remove(&self, target: &mut Target, passes: usize) -> Result<(), Setback> {
        let (world, listers) = (World::default(), Listers::none());
        let (account, session) = (AccountId::new("111122223333"), SessionName::new("sweep"));
        let remover = Remover {
            account: &account,
            session: &session,
            resources: self,
            stacks: &world,
            listers: &listers,
            token: "scrub-1",
        };
        for _ in 0..passes {
            remover.go_on(target, now()).await?;
            if target.is_settled() {
                break;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Resources for Account {
    async fn list(
        &self,
        _: &Place,
        _: &str,
        _: Option<&Value>,
    ) -> Result<Result<Vec<Listed>, Unlisted>, Setback> {
        unreachable!("a removal doesn't list")
    }

    async fn read(&self, _: &Place, _: &str, _: &str) -> Result<Option<Value>, Setback> {
        unreachable!("neither has to be read")
    }

    async fn delete(&self, _: &Place, _: &str, _: &str, token: &str) -> Result<Progress, Setback> {
        let number = token.rsplit('-').next().unwrap();
        self.note(&format!("delete {number}"));
        Ok(self.denied().unwrap_or(Progress::UnderWay {
            request: "r-1".to_owned(),
        }))
    }

    async fn update(
        &self,
        _: &Place,
        _: &str,
        _: &str,
        _: &Value,
        _: &str,
    ) -> Result<Progress, Setback> {
        unreachable!("neither has to be changed")
    }

    async fn progress(&self, _: &Place, _: &str) -> Result<Progress, Setback> {
        Ok(Progress::Done)
    }

    async fn call(&self, _: &Place, _: &Call) -> Result<Result<Value, Unlisted>, Setback> {
        Ok(Ok(json!({})))
    }

    async fn empty_bucket(&self, _: &Place, _: &str) -> Result<Progress, Setback> {
        self.note("empty");
        Ok(self.denied().unwrap_or(Progress::Done))
    }

    async fn unlock(&self, _: &Place, locked: &Locked) -> Result<Progress, Setback> {
        self.note(&format!("unlock {locked:?}"));
        if let Some(answer) = self.root.lock().unwrap().pop() {
            return answer;
        }
        *self.locked.lock().unwrap() = !self.helps;
        Ok(Progress::Done)
    }
}

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn target(type_name: &str) -> Target {
    let resource = Resource {
        cell: Cell {
            type_name: type_name.to_owned(),
            region: Region::new("eu-central-1"),
        },
        identifier: "it".to_owned(),
        mentions: BTreeSet::new(),
    };
    Target::new(resource, now())
}

fn why(target: &Target) -> &str {
    match &target.state {
        TargetState::Refused { why } => why,
        other => panic!("it is not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_bucket_and_a_queue_are_unlocked_and_deleted() {
    for (type_name, expected) in [
        (
            "AWS::S3::Bucket",
            vec![
                "empty",
                "delete 0",
                "unlock Bucket(\"it\")",
                "empty",
                "delete 1",
            ],
        ),
        (
            "AWS::SQS::Queue",
            vec!["delete 0", "unlock Queue(\"it\")", "delete 1"],
        ),
    ] {
        let account = Account::locked();
        let mut target = target(type_name);
        account.remove(&mut target, 5).await.unwrap();
        let by = "DeleteResource".to_owned();
        assert_eq!(target.state, TargetState::Done { by });
        assert_eq!(*account.asked.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn where_aws_does_not_let_us_be_root_its_words_are_told() {
    let account = Account::answering(Ok(Progress::Refused {
        code: "AccessDenied".to_owned(),
        message: "AWS refused AssumeRoot: it is not enabled; enable it".to_owned(),
    }));
    let mut target = target("AWS::SQS::Queue");
    account.remove(&mut target, 5).await.unwrap();
    assert_snapshot!(why(&target), @"AccessDenied: User: u is not authorized to perform this with an explicit deny in a resource-based policy; it could not be unlocked: AWS refused AssumeRoot: it is not enabled; enable it");
}

#[tokio::test]
async fn it_is_unlocked_once() {
    let account = Account {
        helps: false,
        ..Account::locked()
    };
    let mut target = target("AWS::SQS::Queue");
    account.remove(&mut target, 5).await.unwrap();
    assert_snapshot!(why(&target), @"AccessDenied: User: u is not authorized to perform this with an explicit deny in a resource-based policy");
    let asked = account.asked.lock().unwrap();
    assert_eq!(
        asked.iter().filter(|it| it.starts_with("unlock")).count(),
        1
    );
}

#[tokio::test]
async fn an_unlocking_that_was_set_back_is_tried_again() {
    let account = Account::answering(Err(Setback::later("rate exceeded")));
    let mut target = target("AWS::SQS::Queue");
    let later = account.remove(&mut target, 5).await;
    assert_eq!(later, Err(Setback::later("rate exceeded")));
    assert!(target.is_open());
    account.remove(&mut target, 5).await.unwrap();
    assert!(
        matches!(target.state, TargetState::Done { .. }),
        "{target:?}"
    );
}

#[tokio::test]
async fn nothing_else_is_unlocked() {
    let account = Account::locked();
    let mut target = target("AWS::SNS::Topic");
    account.remove(&mut target, 5).await.unwrap();
    assert_eq!(*account.asked.lock().unwrap(), ["delete 0"]);
}
