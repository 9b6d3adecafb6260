//! A new account is lent when every region answers and what previews need was seen to.

use crate::files::one_stack;
use crate::support::proxy::Fault;
use crate::world::{Setup, World};
use ebbtide::cloud::{Found, NewAccount, Tags, tag};
use ebbtide::environment::{Account, AccountState, Phase};

/// What Service Quotas answers, which the emulator does not have.
fn quota(world: &World, value: f64) {
    let answer = serde_json::json!({ "Quota": { "Value": value } }).to_string();
    world
        .proxy
        .next("GetServiceQuota", 1, Fault::Instead(answer));
}

pub async fn new_account_is_lent_once_every_region_answers(setup: Setup) {
    let world = setup.also_in("eu-west-1").with_shop(one_stack()).await;
    let too_new = Fault::Refused {
        code: "AuthFailure".to_owned(),
        sentence: "AWS was not able to validate the provided access credentials".to_owned(),
    };
    world.proxy.next("DescribeAvailabilityZones", 3, too_new);
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world
        .until("waiting", async |world| {
            world.accounts().await.iter().any(|one| one.failures > 0)
        })
        .await;
    let account = world.accounts().await.remove(0);
    assert_eq!(account.state, AccountState::Preparing);
    said!(account.reason.unwrap_or_default(), @"eu-central-1 is waited for: AWS refused DescribeAvailabilityZones: AWS was not able to validate the provided access credentials (AuthFailure)");

    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    assert_eq!(world.accounts().await.remove(0).reason, None);
    let asked = world.proxy.count("DescribeAvailabilityZones");
    assert_eq!(asked, 3 * 2, "both at once, until both answered");
    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn quota_that_is_too_low_is_a_note_and_keeps_nobody_waiting(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    for value in [10.0, 64.0, 5.0, 6.0] {
        quota(&world, value);
    }
    let no = Fault::Refused {
        code: "AccessDenied".to_owned(),
        sentence: "not authorized to perform: iam:CreateServiceLinkedRole with an explicit deny in a service control policy"
            .to_owned(),
    };
    world.proxy.next("CreateServiceLinkedRole", 1, no);
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    let account = world.accounts().await.remove(0);
    said!(account.notes.join("\n"), @"
    the service-linked role of autoscaling.amazonaws.com could not be made (Auto Scaling groups of a stack fail in an account that never had one): denied by a service control policy
    Concurrent executions of lambda in eu-central-1 is 10, and previews may need 100: new accounts start with 10, and functions of a preview are throttled or can't reserve any; AWS raises it on request (Service Quotas L-B99A9384)
    ");
    assert_eq!(world.proxy.count("CreateServiceLinkedRole"), 8, "each once");
    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn adopted_account_is_prepared_once_it_is_proven_empty(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let organization = &world.reconciler.cloud.organization;
    let wanted = NewAccount {
        email: "somebody@example.com".to_owned(),
        name: "old".to_owned(),
        role: "OrganizationAccountAccessRole".to_owned(),
        tags: Tags::new(),
    };
    organization.create(&wanted).await.expect("created");
    let Ok(Some(Found::Account(number))) = organization.find(&wanted).await else {
        panic!("it is not found");
    };
    let adopted = Account::adopted(number.clone(), wanted.email, wanted.name, world.now());
    let tags = Tags::from([
        (tag::MANAGED.to_owned(), "pool".to_owned()),
        (tag::ACCOUNT_ROW.to_owned(), adopted.id.to_string()),
    ]);
    organization.place(&number).await.expect("placed");
    organization.tag(&number, &tags).await.expect("tagged");
    let taken = world.store.adopt(&adopted, world.now()).await;
    assert!(taken.expect("the database answers"));
    world.settle().await;

    let account = world.accounts().await.remove(0);
    assert_eq!(account.state, AccountState::Ready);
    assert!(
        account.prepared && account.certificate.is_some(),
        "{account:?}"
    );
    said!(account.notes.join("\n"), @"");
    let left = world.sandbox.left().await;
    assert!(left.is_empty(), "{left:?}");
}
