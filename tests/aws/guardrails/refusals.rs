//! What can't be, in the words that an admin reads; and what went wrong on the way.

use super::admin::{self, Admin};
use crate::support::proxy::Fault;
use insta::{allow_duplicates, assert_snapshot};

#[tokio::test]
async fn an_organization_without_service_control_policies() {
    let admin = Admin::new().await;
    let root = admin.disable_policies().await;

    for arguments in [&["guardrails", "diff"][..], &["guardrails", "apply"]] {
        let refused = admin.run(arguments).await;
        assert_eq!(refused.code, Some(1));
        allow_duplicates!(
            assert_snapshot!(refused.err.replace(&root, "ROOT"), @"error: service control policies are not enabled in this organization, so no guardrail can hold; enable them once, from the management account: aws organizations enable-policy-type --root-id ROOT --policy-type SERVICE_CONTROL_POLICY (the organization needs all its features for that)")
        );
    }
    assert_eq!(admin.world.proxy.count("EnablePolicyType"), 0);
}

#[tokio::test]
async fn more_than_fits_is_said_before_anything_is_asked() {
    let admin = Admin::new().await;
    admin.configure(admin.extra(11_000));

    for command in [
        &["guardrails", "apply"][..],
        &["guardrails", "show"],
        &["serve"],
    ] {
        let refused = admin.run(command).await;
        assert_eq!(refused.code, Some(2));
        allow_duplicates!(
            assert_snapshot!(refused.err, @"error: guardrails.extra = a list (from ebbtide.toml): extra.json:1:38: this statement makes a policy of 11086 bytes, and AWS takes 10240; shorten its lists with wildcards, or split it in two")
        );
    }
    assert_eq!(admin.world.proxy.log(), []);
}

#[tokio::test]
async fn a_name_that_is_taken() {
    let admin = Admin::new().await;
    admin.make(&admin.name(1)).await;

    let refused = admin.run(&["guardrails", "apply"]).await;
    assert_eq!(refused.code, Some(1));
    assert_snapshot!(admin.plain(&refused.err), @"error: ebbtide-OU-1 could not be attached: the policy ebbtide-OU-1 carries no tag of ours for this sandbox OU and is left alone; give it another name, so that ours can be made");
    assert_eq!(admin.document(&admin.name(1)).await, admin::FOREIGN);
    assert_eq!(admin.world.proxy.count("UpdatePolicy"), 0);
}

#[tokio::test]
async fn a_policy_that_lost_its_tags_in_between_is_not_ours_any_more() {
    let admin = Admin::new().await;
    admin.run(&["guardrails", "apply"]).await.done();
    admin.change(&admin.name(1), admin::FOREIGN).await;
    // It has them when it is listed; the proof right before the change is answered without them.
    let held = admin.world.proxy.hold("DescribePolicy");
    let applying = tokio::spawn(admin.command(&["guardrails", "apply"]).output());
    held.arrived().await;
    let bare = r#"{"Tags": []}"#.to_owned();
    admin
        .world
        .proxy
        .next("ListTagsForResource", 1, Fault::Instead(bare));
    held.release();

    let refused = admin::Answer::from(applying.await.unwrap().unwrap());
    assert_eq!(refused.code, Some(1));
    assert_snapshot!(admin.plain(&refused.err), @"error: ebbtide-OU-1 could not be updated: the policy ebbtide-OU-1 carries no tag of ours for this sandbox OU and is left alone; give it another name, so that ours can be made");
    assert_eq!(admin.document(&admin.name(1)).await, admin::FOREIGN);
}

#[tokio::test]
async fn lost_answers_change_nothing_about_the_end() {
    let admin = Admin::new().await;
    for call in ["CreatePolicy", "AttachPolicy"] {
        admin.world.proxy.next(call, 1, Fault::LostReply);
    }
    // What was lost may be tried again by whoever asked; it must only not be doubled.
    for _ in 0..3 {
        if admin.run(&["guardrails", "apply"]).await.code == Some(0) {
            break;
        }
    }
    assert_eq!(admin.run(&["guardrails", "diff"]).await.code, Some(0));
    assert_eq!(admin.targets(&admin.name(1)).await.len(), 1);
}
