//! Accounts are made, found again, placed, tagged and entered; the management account never is.

use crate::support::proxy::Fault;
use crate::world::{World, new_account, place, tags};
use chrono::TimeDelta;
use ebbtide::cloud::aws::{Aws, AwsOptions};
use ebbtide::cloud::{CensusEntry, Creation, Found};
use ebbtide::environment::{AccountId, CreateRequestId, Setback};

#[tokio::test]
async fn an_account_is_made_placed_tagged_and_entered() {
    let world = World::new().await;
    let organization = &world.cloud.organization;
    let wanted = new_account("one");

    assert_eq!(organization.find(&wanted).await, Ok(None));
    let request = organization.create(&wanted).await.unwrap();
    let Ok(Creation::Done(account)) = organization.creation(&request).await else {
        panic!("the emulator makes accounts at once");
    };
    assert_eq!(
        organization.find(&wanted).await,
        Ok(Some(Found::Account(account.clone())))
    );
    assert_eq!(
        organization.census().await,
        Ok(vec![]),
        "not yet in the sandbox"
    );

    organization.place(&account).await.unwrap();
    organization.place(&account).await.unwrap();
    assert_eq!(world.proxy.count("MoveAccount"), 1, "it is there already");
    let row = tags(&[("ebbtide:account-row", "row-7")]);
    organization.tag(&account, &row).await.unwrap();
    world.cloud.entry.enter(&place(&account)).await.unwrap();

    let census = organization.census().await.unwrap();
    assert_eq!(
        census,
        [CensusEntry {
            account,
            name: wanted.name,
            email: wanted.email,
            active: true,
            tags: tags(&[
                ("ebbtide:account-row", "row-7"),
                ("ebbtide:managed", "pool")
            ]),
        }]
    );
}

#[tokio::test]
async fn an_account_is_found_again_after_the_answer_to_its_creation_was_lost() {
    let world = World::new().await;
    let organization = &world.cloud.organization;
    let wanted = new_account("one");
    world.proxy.next("CreateAccount", 1, Fault::LostReply);

    let answer = organization.create(&wanted).await;

    assert!(
        matches!(answer, Err(Setback::AnswerLost { .. })),
        "{answer:?}"
    );
    assert_eq!(
        world.proxy.count("CreateAccount"),
        1,
        "it is never sent twice"
    );
    assert!(matches!(
        organization.find(&wanted).await,
        Ok(Some(Found::Account(_)))
    ));
}

#[tokio::test]
async fn a_server_fault_leaves_open_whether_the_account_was_made() {
    let world = World::new().await;
    world
        .proxy
        .next("CreateAccount", 1, Fault::ServerError(500));

    let answer = world.cloud.organization.create(&new_account("one")).await;

    assert!(
        matches!(answer, Err(Setback::AnswerLost { .. })),
        "{answer:?}"
    );
    assert_eq!(world.proxy.count("CreateAccount"), 1);
}

#[tokio::test]
async fn a_slow_creation_is_in_progress_until_it_is_done() {
    let world = World::new().await;
    let organization = &world.cloud.organization;
    world.proxy.slow_creation(2);

    let request = organization.create(&new_account("one")).await.unwrap();

    assert_eq!(
        organization.creation(&request).await,
        Ok(Creation::InProgress)
    );
    assert_eq!(
        organization.creation(&request).await,
        Ok(Creation::InProgress)
    );
    assert!(matches!(
        organization.creation(&request).await,
        Ok(Creation::Done(_))
    ));
}

#[tokio::test]
async fn an_account_still_in_the_making_is_found_by_its_name() {
    let world = World::new().await;
    let running = r#"{"CreateAccountStatuses": [
        {"Id": "car-1", "AccountName": "somebody else's", "State": "IN_PROGRESS"},
        {"Id": "car-2", "AccountName": "sandbox-one", "State": "IN_PROGRESS"}
    ]}"#;
    world.proxy.next(
        "ListCreateAccountStatus",
        1,
        Fault::Instead(running.to_owned()),
    );

    let found = world.cloud.organization.find(&new_account("one")).await;

    assert_eq!(
        found,
        Ok(Some(Found::Creating(CreateRequestId::new("car-2"))))
    );
}

#[tokio::test]
async fn a_failed_creation_gives_its_reason() {
    let world = World::new().await;
    let failed =
        r#"{"CreateAccountStatus": {"State": "FAILED", "FailureReason": "EMAIL_ALREADY_EXISTS"}}"#;
    world.proxy.next(
        "DescribeCreateAccountStatus",
        1,
        Fault::Instead(failed.to_owned()),
    );

    let creation = world
        .cloud
        .organization
        .creation(&CreateRequestId::new("car-1"))
        .await;

    assert_eq!(
        creation,
        Ok(Creation::Failed("EMAIL_ALREADY_EXISTS".to_owned()))
    );
}

#[tokio::test]
async fn an_accounts_state_counts_before_its_status() {
    let world = World::new().await;
    let accounts = r#"{"Accounts": [
        {"Id": "111111111111", "State": "PENDING_CLOSURE", "Status": "ACTIVE"},
        {"Id": "222222222222", "State": "ACTIVE"},
        {"Id": "333333333333", "Status": "SUSPENDED"}
    ]}"#;
    world.proxy.next(
        "ListAccountsForParent",
        1,
        Fault::Instead(accounts.to_owned()),
    );
    world.proxy.next(
        "ListTagsForResource",
        3,
        Fault::Instead(r#"{"Tags": []}"#.to_owned()),
    );

    let census = world.cloud.organization.census().await.unwrap();

    let active: Vec<_> = census
        .iter()
        .map(|entry| (entry.account.as_str(), entry.active))
        .collect();
    assert_eq!(
        active,
        [
            ("111111111111", false),
            ("222222222222", true),
            ("333333333333", false)
        ]
    );
}

#[tokio::test]
async fn a_role_that_leads_into_another_account_is_refused() {
    let world = World::new().await;
    let at = world.account().await;
    let elsewhere = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>999999999999</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    world
        .proxy
        .next("GetCallerIdentity", 1, Fault::Instead(elsewhere.to_owned()));

    assert_eq!(
        world.cloud.entry.enter(&at).await,
        Err(Setback::refused(format!(
            "the role of account {} leads into 999999999999; nothing is done there",
            at.account
        )))
    );
}

#[tokio::test]
async fn the_management_account_is_refused_everywhere() {
    let world = World::new().await;
    let management = world.management.clone();
    let at = place(&management);
    let sentence = format!(
        "{management} is the management account of the organization; nothing is ever done in it"
    );

    let answers = [
        world.cloud.organization.place(&management).await,
        world
            .cloud
            .organization
            .tag(&management, &tags(&[("a", "b")]))
            .await,
        world.cloud.entry.enter(&at).await,
        world.cloud.stacks.list(&at).await.map(drop),
        world.cloud.stacks.delete(&at, "web", false, "token").await,
        world.cloud.stacks.sweep_uploads(&at).await,
    ];

    for answer in answers {
        assert_eq!(answer, Err(Setback::refused(&sentence)));
    }
    let asked: Vec<_> = world
        .proxy
        .log()
        .into_iter()
        .map(|call| call.name)
        .collect();
    assert_eq!(
        asked,
        ["DescribeOrganization"],
        "asked once, and nothing else was done"
    );
}

#[tokio::test]
async fn without_a_known_management_account_nothing_is_done() {
    let world = World::new().await;
    world
        .proxy
        .next("DescribeOrganization", 2, Fault::Throttled);

    let answer = world
        .cloud
        .organization
        .place(&AccountId::new("111111111111"))
        .await;

    assert!(
        matches!(answer, Err(Setback::TryLater { .. })),
        "{answer:?}"
    );
    assert_eq!(world.proxy.count("MoveAccount"), 0);
}

#[tokio::test]
async fn a_role_that_is_not_there_yet_is_waited_for_when_entering() {
    let world = World::new().await;
    let at = world.account().await;
    let denied = Fault::Refused {
        code: "AccessDenied".to_owned(),
        sentence: "not authorized to perform: sts:AssumeRole".to_owned(),
    };

    world.proxy.next("AssumeRole", 1, denied.clone());
    let entering = world.cloud.entry.enter(&at).await;
    world.proxy.next("AssumeRole", 1, denied);
    let working = world.cloud.stacks.list(&at).await;

    let sentence =
        "AWS refused AssumeRole: not authorized to perform: sts:AssumeRole (AccessDenied)";
    assert_eq!(entering, Err(Setback::later(sentence)));
    assert_eq!(working, Err(Setback::refused(sentence)));
}

#[tokio::test]
async fn a_region_whose_ec2_does_not_answer_yet_is_waited_for() {
    let world = World::new().await;
    let at = world.account().await;
    let refused = |code: &str, sentence: &str| Fault::Refused {
        code: code.to_owned(),
        sentence: sentence.to_owned(),
    };
    let too_new = [
        refused(
            "AuthFailure",
            "AWS was not able to validate the credentials",
        ),
        refused(
            "UnauthorizedOperation",
            "You are not authorized to perform this operation.",
        ),
        refused("OptInRequired", "You are not subscribed to this service."),
    ];
    for fault in too_new {
        // A read that was set back by something that may pass is sent twice.
        world.proxy.next("DescribeAvailabilityZones", 2, fault);
        let entering = world.cloud.entry.enter(&at).await;
        assert!(
            matches!(&entering, Err(Setback::TryLater { cause, .. }) if cause.contains("DescribeAvailabilityZones")),
            "{entering:?}"
        );
        world.proxy.calm();
    }
    world.cloud.entry.enter(&at).await.unwrap();

    let denied = "You are not authorized to perform this operation. User: u is not authorized to perform: \
        ec2:DescribeAvailabilityZones with an explicit deny in a service control policy";
    let denied = refused("UnauthorizedOperation", denied);
    world.proxy.next("DescribeAvailabilityZones", 1, denied);
    assert_eq!(
        world.cloud.entry.enter(&at).await,
        Ok(()),
        "what a guardrail denies need not answer"
    );
}

#[tokio::test]
async fn a_session_serves_until_shortly_before_it_ends() {
    let world = World::new().await;
    let at = world.account().await;

    world.cloud.entry.enter(&at).await.unwrap();
    world.clock.forward(TimeDelta::minutes(54));
    world.cloud.stacks.list(&at).await.unwrap();
    assert_eq!(world.proxy.count("AssumeRole"), 1);

    world.clock.forward(TimeDelta::minutes(1));
    world.cloud.stacks.list(&at).await.unwrap();
    assert_eq!(world.proxy.count("AssumeRole"), 2);
}

#[tokio::test]
async fn accounts_do_not_see_each_others_sessions() {
    let world = World::new().await;
    let at = world.account().await;
    let mut other = at.clone();
    other.session = ebbtide::environment::SessionName::new("pr-43-aaaaaa");

    world.cloud.entry.enter(&at).await.unwrap();
    world.cloud.entry.enter(&other).await.unwrap();

    assert_eq!(
        world.proxy.count("AssumeRole"),
        2,
        "each environment shows under its own name"
    );
}

#[tokio::test]
async fn options_that_cannot_work_are_refused_with_a_sentence() {
    let world = World::new().await;
    let with = |change: fn(&mut AwsOptions)| {
        let mut options = world.options.clone();
        change(&mut options);
        async {
            Aws::connect(options)
                .await
                .map(drop)
                .unwrap_err()
                .to_string()
        }
    };

    assert_eq!(
        with(|options| options.sandbox_ou.clear()).await,
        "aws.sandbox_ou: not set; create an organizational unit for sandbox accounts and give its id (ou-…)"
    );
    assert_eq!(
        with(|options| options.sandbox_ou = "r-ab12".to_owned()).await,
        "aws.sandbox_ou: \"r-ab12\" is not an organizational unit; its id starts with ou-"
    );
    assert_eq!(
        with(|options| options.management_role_arn = Some("Admin".to_owned())).await,
        "aws.management_role_arn: \"Admin\" is not an ARN; it looks like arn:aws:iam::123456789012:role/NAME"
    );
}

#[tokio::test]
async fn a_management_role_is_taken_first() {
    let world = World::new().await;
    let mut options = world.options.clone();
    options.management_role_arn = Some(format!("arn:aws:iam::{}:role/Ebbtide", world.management));

    let cloud = Aws::connect(options).await.unwrap();

    assert_eq!(cloud.organization.census().await, Ok(vec![]));
    let first = world.proxy.log().remove(0);
    assert_eq!(first.name, "AssumeRole");
    assert_eq!(first.account.as_deref(), Some(world.management.as_str()));
}
