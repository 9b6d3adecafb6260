//! Every way a call goes wrong becomes the right setback.

use crate::support::proxy::{Fault, Odds};
use crate::templates::QUEUE;
use crate::world::{World, create};
use ebbtide::cloud::aws::Aws;
use ebbtide::environment::Setback;

use std::time::Duration;

/// What the SDK sends at most for one call.
const ATTEMPTS: usize = 2;

fn two_seconds(cause: &str) -> Setback {
    Setback::TryLater {
        after: Some(Duration::from_secs(2)),
        cause: cause.to_owned(),
    }
}

#[tokio::test]
async fn throttling_is_told_with_the_time_to_wait() {
    let world = World::new().await;
    let at = world.account().await;
    world
        .proxy
        .next("DescribeStacks", ATTEMPTS, Fault::Throttled);
    world
        .proxy
        .next("ListAccountsForParent", ATTEMPTS, Fault::Throttled);
    world
        .proxy
        .next("ListObjectsV2", ATTEMPTS, Fault::Throttled);

    assert_eq!(
        world.cloud.stacks.list(&at).await,
        Err(two_seconds(
            "DescribeStacks: Rate exceeded (Throttling, HTTP 400)"
        ))
    );
    assert_eq!(
        world.cloud.organization.census().await,
        Err(two_seconds(
            "ListAccountsForParent: Rate exceeded (TooManyRequestsException, HTTP 400)"
        ))
    );
    assert_eq!(
        world.cloud.stacks.sweep_uploads(&at).await,
        Err(two_seconds(
            "ListObjectsV2: Rate exceeded (SlowDown, HTTP 503)"
        ))
    );
}

#[tokio::test]
async fn one_blip_is_not_even_noticed() {
    let world = World::new().await;
    let at = world.account().await;
    let faults = [
        Fault::Throttled,
        Fault::ServerError(503),
        Fault::LostRequest,
        Fault::LostReply,
    ];
    for fault in faults {
        world.proxy.next("DescribeStacks", 1, fault);
        assert_eq!(world.cloud.stacks.list(&at).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn a_server_fault_may_pass() {
    let world = World::new().await;
    let at = world.account().await;
    world
        .proxy
        .next("DescribeStacks", ATTEMPTS, Fault::ServerError(500));

    assert_eq!(
        world.cloud.stacks.list(&at).await,
        Err(Setback::later(
            "DescribeStacks: We encountered an internal error (InternalFailure, HTTP 500)"
        ))
    );
}

#[tokio::test]
async fn a_closed_connection_leaves_open_what_happened() {
    let world = World::new().await;
    let at = world.account().await;
    for fault in [Fault::LostRequest, Fault::LostReply] {
        world.proxy.next("CreateChangeSet", ATTEMPTS, fault);
        let answer = world.cloud.stacks.plan(&at, &create(QUEUE)).await;
        assert!(
            matches!(answer, Err(Setback::AnswerLost { .. })),
            "{answer:?}"
        );
    }
    // The second pair took effect; the repeat finds it.
    assert_eq!(world.cloud.stacks.plan(&at, &create(QUEUE)).await, Ok(()));
}

#[tokio::test]
async fn an_unreadable_answer_leaves_open_what_happened() {
    let world = World::new().await;
    let at = world.account().await;
    world.proxy.next("DescribeStacks", ATTEMPTS, Fault::Garbled);

    let answer = world.cloud.stacks.list(&at).await;

    assert!(
        matches!(answer, Err(Setback::AnswerLost { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_refusal_carries_the_words_of_aws() {
    let world = World::new().await;
    let at = world.account().await;
    world.proxy.next(
        "DescribeStacks",
        1,
        Fault::Refused {
            code: "AccessDenied".to_owned(),
            sentence: "not authorized to perform: cloudformation:DescribeStacks".to_owned(),
        },
    );

    assert_eq!(
        world.cloud.stacks.list(&at).await,
        Err(Setback::refused(
            "AWS refused DescribeStacks: not authorized to perform: cloudformation:DescribeStacks (AccessDenied)"
        ))
    );
}

#[tokio::test]
async fn what_nobody_listens_to_was_never_sent() {
    let world = World::new().await;
    let mut options = world.options.clone();
    // The discard port: nothing listens there.
    options.endpoint_url = Some("http://127.0.0.1:9".to_owned());
    let cloud = Aws::connect(options).await.unwrap();

    let answer = cloud.organization.census().await;

    assert!(
        matches!(answer, Err(Setback::TryLater { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_held_call_is_answered_when_it_is_let_go() {
    let world = World::new().await;
    let at = world.account().await;
    let held = world.proxy.hold("DescribeStacks");

    let (stacks, ()) = tokio::join!(world.cloud.stacks.list(&at), async {
        held.arrived().await;
        assert_eq!(world.proxy.count("DescribeStacks"), 1);
        held.release();
    });

    assert_eq!(stacks, Ok(vec![]));
    let call = world.proxy.log().pop().unwrap();
    assert_eq!(call.account.as_deref(), Some(at.account.as_str()));
}

#[tokio::test]
async fn a_storm_is_the_same_for_the_same_seed_and_passes() {
    let mut storms = Vec::new();
    for _ in 0..2 {
        let world = World::new().await;
        let at = world.account().await;
        let before = world.proxy.log().len();
        let odds = Odds {
            throttled: 0.2,
            server_error: 0.2,
            lost_request: 0.2,
            lost_reply: 0.2,
        };
        world.proxy.storm(7, odds);
        for _ in 0..4 {
            let _ = world.cloud.stacks.list(&at).await;
        }
        world.proxy.calm();
        assert_eq!(world.cloud.stacks.list(&at).await, Ok(vec![]));
        let calls = world.proxy.log().split_off(before);
        storms.push(
            calls
                .into_iter()
                .map(|call| (call.name, call.fault))
                .collect::<Vec<_>>(),
        );
    }
    assert!(storms[0].iter().any(|(_, fault)| fault.is_some()));
    assert_eq!(storms[0], storms[1]);
}

#[tokio::test]
async fn a_subscription_that_has_not_arrived_yet_is_waited_for() {
    let world = World::new().await;
    let at = world.account().await;
    for code in [
        "NotSignedUp",
        "OptInRequired",
        "SubscriptionRequiredException",
    ] {
        let refused = Fault::Refused {
            code: code.to_owned(),
            sentence: "The AWS Access Key Id needs a subscription for the service".to_owned(),
        };
        world.proxy.next("CreateChangeSet", 1, refused);
        let answer = world.cloud.stacks.plan(&at, &create(QUEUE)).await;
        assert!(
            matches!(answer, Err(Setback::TryLater { .. })),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_list_that_was_behind_is_no_reason_to_fail() {
    let world = World::new().await;
    let at = world.account().await;
    for sentence in [
        "Stack [ebbtide-pr-1-a-1-app] already exists and cannot be created again with the changeSet [ebbtide-1]",
        "Stack [ebbtide-pr-1-a-1-app] does not exist",
    ] {
        let refused = Fault::Refused {
            code: "ValidationError".to_owned(),
            sentence: sentence.to_owned(),
        };
        world.proxy.next("CreateChangeSet", 1, refused);
        let answer = world.cloud.stacks.plan(&at, &create(QUEUE)).await;
        assert!(
            matches!(answer, Err(Setback::TryLater { .. })),
            "{answer:?}"
        );
    }
}
