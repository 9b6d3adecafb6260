//! The life of a stack through change sets.

use crate::support::proxy::Fault;
use crate::templates::{CLINGING, FAILING, QUEUE, SLOW, TWO_QUEUES};
use crate::world::{World, create, place, signal, tags, update};
use ebbtide::environment::{
    AccountId, ChangeSetState, ChangeSummary, ResourceFailure, ResourceSeen, Setback, StackStatus,
};

#[tokio::test]
async fn a_stack_is_created_updated_and_deleted() {
    let world = World::new().await;
    let at = world.account().await;
    let stacks = &world.cloud.stacks;

    let first = create(QUEUE);
    stacks.plan(&at, &first).await.unwrap();
    stacks.plan(&at, &first).await.unwrap();
    let planned = world.described(&at, &first).await.unwrap();
    assert_eq!(planned.state, ChangeSetState::Available);
    assert_eq!(planned.changes.added, ["Queue"]);
    let review = world.stack(&at, &first.stack).await.unwrap();
    assert_eq!(review.status, StackStatus::ReviewInProgress);

    stacks
        .execute(&at, &first.stack, &first.change_set, "t1")
        .await
        .unwrap();
    stacks
        .execute(&at, &first.stack, &first.change_set, "t1")
        .await
        .unwrap();
    let stack = world.settled(&at, &first.stack).await.unwrap();
    assert_eq!(stack.status, StackStatus::CreateComplete);
    assert_eq!(stack.tags, tags(&[("ebbtide:environment", "pr-42-k3f9zq")]));
    assert!(
        stack.outputs["QueueName"].starts_with("web-Queue-"),
        "{:?}",
        stack.outputs
    );
    assert!(!stack.protected);
    assert_eq!(stack.reason, None);
    assert_eq!(
        stacks.resources(&at, &stack.id).await.unwrap(),
        [ResourceSeen {
            logical_id: "Queue".to_owned(),
            kind: "AWS::SQS::Queue".to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
        }]
    );
    assert_eq!(stacks.first_failure(&at, &stack.id).await, Ok(None));

    let second = update("second", TWO_QUEUES);
    let updated = world.deploy(&at, &second).await;
    assert_eq!(updated.status, StackStatus::UpdateComplete);
    assert_eq!(updated.id, stack.id);
    let executed = world.described(&at, &second).await.unwrap();
    assert_eq!(executed.state, ChangeSetState::Executed);
    assert_eq!(executed.changes.added, ["Second"]);

    stacks.delete(&at, &stack.id, false, "t3").await.unwrap();
    assert_eq!(world.settled(&at, &first.stack).await, None);
    stacks.delete(&at, &stack.id, false, "t3").await.unwrap();
    assert_eq!(world.described(&at, &second).await, None);
}

#[tokio::test]
async fn an_update_that_changes_nothing_says_so_and_can_be_dropped() {
    let world = World::new().await;
    let at = world.account().await;
    world.deploy(&at, &create(QUEUE)).await;

    let same = update("same", QUEUE);
    world.cloud.stacks.plan(&at, &same).await.unwrap();
    let seen = world.described(&at, &same).await.unwrap();
    assert_eq!(seen.state, ChangeSetState::NoChanges);
    assert_eq!(seen.changes, ChangeSummary::default());

    for _ in 0..2 {
        let dropped = world
            .cloud
            .stacks
            .drop_change_set(&at, &same.stack, &same.change_set);
        assert_eq!(dropped.await, Ok(()));
    }
    assert_eq!(world.described(&at, &same).await, None);
}

#[tokio::test]
async fn a_failing_creation_rolls_back_and_names_the_resource() {
    let world = World::new().await;
    let at = world.account().await;

    let stack = world.deploy(&at, &create(FAILING)).await;

    assert_eq!(stack.status, StackStatus::RollbackComplete);
    let failure = world
        .cloud
        .stacks
        .first_failure(&at, &stack.id)
        .await
        .unwrap();
    assert_eq!(
        failure,
        Some(ResourceFailure {
            logical_id: "NeverReady".to_owned(),
            kind: "AWS::CloudFormation::WaitCondition".to_owned(),
            reason: "WaitCondition timed out. Received 0 conditions when expecting 1".to_owned(),
        })
    );
}

/// An answer to `DescribeStackEvents`, newest first: logical id, physical id, kind, status, reason.
fn events(stack_id: &str, events: &[[&str; 5]]) -> Fault {
    let members: Vec<String> = events
        .iter()
        .map(|[logical_id, physical_id, kind, status, reason]| {
            format!(
                "<member><StackId>{stack_id}</StackId><LogicalResourceId>{logical_id}</LogicalResourceId><PhysicalResourceId>{physical_id}</PhysicalResourceId><ResourceType>{kind}</ResourceType><ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
            )
        })
        .collect();
    Fault::Instead(format!(
        "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>{}</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>",
        members.concat()
    ))
}

#[tokio::test]
async fn a_failure_inside_a_nested_stack_is_found_there() {
    const STACK: &str = "AWS::CloudFormation::Stack";
    let world = World::new().await;
    let at = world.account().await;
    // The emulator does not say which stack a failed nested one was.
    let outer = [
        [
            "web",
            "outer",
            STACK,
            "ROLLBACK_IN_PROGRESS",
            "Inner failed",
        ],
        [
            "Inner",
            "inner",
            STACK,
            "CREATE_FAILED",
            "Embedded stack inner was not created",
        ],
        [
            "web",
            "outer",
            STACK,
            "CREATE_IN_PROGRESS",
            "User Initiated",
        ],
        [
            "Older",
            "o",
            "AWS::SNS::Topic",
            "CREATE_FAILED",
            "of another operation",
        ],
    ];
    let inner = [
        ["inner", "inner", STACK, "CREATE_FAILED", "Queue failed"],
        [
            "Topic",
            "t",
            "AWS::SNS::Topic",
            "CREATE_FAILED",
            "Resource creation cancelled",
        ],
        [
            "Queue",
            "q",
            "AWS::SQS::Queue",
            "CREATE_FAILED",
            "The name is taken",
        ],
        [
            "inner",
            "inner",
            STACK,
            "CREATE_IN_PROGRESS",
            "User Initiated",
        ],
    ];
    world
        .proxy
        .next("DescribeStackEvents", 1, events("outer", &outer));
    world
        .proxy
        .next("DescribeStackEvents", 1, events("inner", &inner));

    let failure = world.cloud.stacks.first_failure(&at, "outer").await;

    assert_eq!(
        failure,
        Ok(Some(ResourceFailure {
            logical_id: "Inner/Queue".to_owned(),
            kind: "AWS::SQS::Queue".to_owned(),
            reason: "The name is taken".to_owned(),
        }))
    );
}

#[tokio::test]
async fn a_failing_update_names_its_own_cause_and_a_later_one_forgets_it() {
    let world = World::new().await;
    let at = world.account().await;
    let stacks = &world.cloud.stacks;
    world.deploy(&at, &create(QUEUE)).await;

    let failed = world.deploy(&at, &update("bad", FAILING)).await;
    assert_eq!(failed.status, StackStatus::UpdateRollbackComplete);
    let failure = stacks.first_failure(&at, &failed.id).await.unwrap();
    assert_eq!(failure.unwrap().logical_id, "NeverReady");

    let mended = world.deploy(&at, &update("good", TWO_QUEUES)).await;
    assert_eq!(mended.status, StackStatus::UpdateComplete);
    assert_eq!(stacks.first_failure(&at, &mended.id).await, Ok(None));
}

#[tokio::test]
async fn a_template_that_aws_cannot_read_is_refused_in_its_words() {
    let world = World::new().await;
    let at = world.account().await;

    let answer = world.cloud.stacks.plan(&at, &create("Resources: [")).await;

    let sentence = answer.unwrap_err().to_string();
    assert!(
        sentence.starts_with("AWS refused CreateChangeSet: Template format error:"),
        "{sentence}"
    );
}

#[tokio::test]
async fn a_stack_in_the_way_is_not_taken_for_our_change_set() {
    let world = World::new().await;
    let at = world.account().await;
    world.deploy(&at, &create(QUEUE)).await;

    let again = ebbtide::cloud::ChangeRequest {
        create: true,
        ..update("other", QUEUE)
    };
    let answer = world.cloud.stacks.plan(&at, &again).await;

    assert_eq!(
        answer,
        Err(Setback::refused(
            "AWS refused CreateChangeSet: Stack [web] already exists (AlreadyExistsException)"
        ))
    );
}

#[tokio::test]
async fn termination_protection_is_respected_and_can_be_lifted() {
    let world = World::new().await;
    let at = world.account().await;
    let stacks = &world.cloud.stacks;
    let stack = world.deploy(&at, &create(QUEUE)).await;
    world.protect(&at, &stack.id).await;
    assert!(world.stack(&at, &stack.name).await.unwrap().protected);

    let refused = stacks.delete(&at, &stack.id, false, "t").await.unwrap_err();
    assert!(
        refused.is_refusal() && refused.to_string().contains("TerminationProtection"),
        "{refused}"
    );

    stacks.lift_protection(&at, &stack.id).await.unwrap();
    stacks.delete(&at, &stack.id, false, "t").await.unwrap();
    assert_eq!(world.settled(&at, &stack.name).await, None);
    assert_eq!(
        stacks.lift_protection(&at, &stack.id).await,
        Ok(()),
        "nothing left to protect"
    );
}

#[tokio::test]
async fn what_cannot_be_deleted_is_left_behind_by_force() {
    let world = World::new().await;
    let at = world.account().await;
    let stacks = &world.cloud.stacks;
    let stack = world.deploy(&at, &create(CLINGING)).await;
    assert_eq!(
        stack.status,
        StackStatus::CreateComplete,
        "{:?}",
        stacks.first_failure(&at, &stack.id).await
    );

    let forced = stacks.delete(&at, &stack.id, true, "t0").await.unwrap_err();
    assert!(
        forced.is_refusal(),
        "force is only for a deletion that failed: {forced}"
    );

    stacks.delete(&at, &stack.id, false, "t1").await.unwrap();
    let failed = world
        .until(&at, &stack.name, |stack| {
            stack.is_some_and(|stack| stack.status == StackStatus::DeleteFailed)
        })
        .await
        .unwrap();
    let failure = stacks
        .first_failure(&at, &failed.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(failure.logical_id, "Clinging");
    assert!(
        failure.reason.contains("it clings to life"),
        "{}",
        failure.reason
    );

    stacks.delete(&at, &stack.id, true, "t2").await.unwrap();
    assert_eq!(world.settled(&at, &stack.name).await, None);
    assert_eq!(
        stacks.delete(&at, &stack.id, true, "t2").await,
        Ok(()),
        "gone is deleted"
    );
}

#[tokio::test]
async fn a_running_update_is_cancelled_before_the_stack_is_deleted() {
    let world = World::new().await;
    let at = world.account().await;
    let stacks = &world.cloud.stacks;
    world.proxy.guard_deletes();
    let stack = world.deploy(&at, &create(QUEUE)).await;
    assert_eq!(
        stacks.cancel_update(&at, &stack.id, "t").await,
        Ok(()),
        "nothing to cancel"
    );

    world.start(&at, &update("slow", SLOW)).await;
    let handle = world
        .waiting(&at, &stack.name, StackStatus::UpdateInProgress)
        .await;
    let running = world.described(&at, &update("slow", SLOW)).await.unwrap();
    assert_eq!(running.state, ChangeSetState::Executing);
    let early = stacks.delete(&at, &stack.id, false, "t").await;
    assert_eq!(
        early,
        Err(Setback::later(format!(
            "DeleteStack: Stack [{}] cannot be deleted while in status UPDATE_IN_PROGRESS (ValidationError, HTTP 400)",
            stack.id
        )))
    );

    stacks.cancel_update(&at, &stack.id, "t").await.unwrap();
    signal(&handle).await;
    let back = world.settled(&at, &stack.name).await.unwrap();
    assert_eq!(back.status, StackStatus::UpdateRollbackComplete);
    stacks.delete(&at, &stack.id, false, "t").await.unwrap();
    assert_eq!(world.settled(&at, &stack.name).await, None);
}

#[tokio::test]
async fn a_stack_that_was_only_planned_can_be_deleted() {
    let world = World::new().await;
    let at = world.account().await;
    world.cloud.stacks.plan(&at, &create(QUEUE)).await.unwrap();
    let stack = world.stack(&at, &create(QUEUE).stack).await.unwrap();

    world
        .cloud
        .stacks
        .delete(&at, &stack.id, false, "t")
        .await
        .unwrap();

    assert_eq!(
        world.until(&at, &stack.name, |stack| stack.is_none()).await,
        None
    );
}

#[tokio::test]
async fn accounts_do_not_see_each_others_stacks() {
    let world = World::new().await;
    let at = world.account().await;
    world.deploy(&at, &create(QUEUE)).await;

    let elsewhere = place(&AccountId::new("555555555555"));

    assert_eq!(world.cloud.stacks.list(&elsewhere).await, Ok(vec![]));
}

#[tokio::test]
async fn an_execution_whose_answer_was_lost_is_a_success_when_repeated() {
    let world = World::new().await;
    let at = world.account().await;
    let stacks = &world.cloud.stacks;
    let first = create(QUEUE);
    stacks.plan(&at, &first).await.unwrap();
    // Both attempts of the SDK.
    world.proxy.next("ExecuteChangeSet", 2, Fault::LostReply);

    let lost = stacks
        .execute(&at, &first.stack, &first.change_set, "t")
        .await;

    assert!(matches!(lost, Err(Setback::AnswerLost { .. })), "{lost:?}");
    assert_eq!(
        stacks
            .execute(&at, &first.stack, &first.change_set, "t")
            .await,
        Ok(())
    );
    let stack = world.settled(&at, &first.stack).await.unwrap();
    assert_eq!(stack.status, StackStatus::CreateComplete);
}
