//! Guardrails over the wire: the real binary, the real SDK, an organization of its own for each story.

pub mod admin;
mod keeping;
mod refusals;

use admin::Admin;
use insta::assert_snapshot;

#[tokio::test]
async fn a_fresh_organizational_unit_gets_its_guardrails() {
    let admin = Admin::new().await;

    let differs = admin.run(&["guardrails", "diff"]).await;
    assert_eq!(differs.code, Some(1), "{differs:?}");
    assert_snapshot!(admin.plain(differs.out.lines().next().unwrap()), @"# ebbtide-OU-1 is not attached to the sandbox OU");
    assert!(
        differs
            .out
            .contains("\n+      \"Sid\": \"DenyOtherRegions\",\n")
    );
    let dry = admin
        .run(&["guardrails", "apply", "--dry-run"])
        .await
        .done();
    assert_snapshot!(admin.plain(&dry), @"ebbtide-OU-1 would be attached");
    assert_eq!(admin.world.proxy.count("CreatePolicy"), 0);

    let applied = admin.run(&["guardrails", "apply"]).await.done();
    assert_snapshot!(admin.plain(&applied), @"ebbtide-OU-1 is attached");

    let same = admin.run(&["guardrails", "diff"]).await;
    assert_eq!(same.code, Some(0), "{same:?}");
    assert_snapshot!(same.out, @"The guardrails are as configured");
    let again = admin.run(&["guardrails", "apply"]).await.done();
    assert_snapshot!(again, @"The guardrails are as configured, nothing was done");
    assert_eq!(admin.world.proxy.count("AttachPolicy"), 1);
    // The one place where it holds.
    let targets = admin.targets(&admin.name(1)).await;
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0], admin.world.options.sandbox_ou);
}

#[tokio::test]
async fn what_is_shown_is_what_is_attached() {
    let admin = Admin::new().await;
    admin.run(&["guardrails", "apply"]).await.done();

    let shown = admin.run(&["guardrails", "show", "--output", "json"]).await;
    let shown: serde_json::Value = serde_json::from_str(&shown.done()).unwrap();

    assert_eq!(shown["digest"].as_str().map(str::len), Some(64));
    let policy = &shown["policies"][0];
    let attached = admin.document(&admin.name(1)).await;
    assert_eq!(policy["length"], attached.len());
    let attached: serde_json::Value = serde_json::from_str(&attached).unwrap();
    assert_eq!(policy["document"], attached);
    let page = admin.run(&["guardrails", "show"]).await.done();
    assert!(page.contains("of 10240"), "{page}");
    assert!(page.contains("\"Sid\": \"DenyLeavingTheOrganization\""));
}

#[tokio::test]
async fn what_was_changed_by_hand_is_shown_and_set_right() {
    let admin = Admin::new().await;
    admin.run(&["guardrails", "apply"]).await.done();
    let right = admin.document(&admin.name(1)).await;
    let changed = right.replace("organizations:LeaveOrganization", "organizations:Leave");
    admin.change(&admin.name(1), &changed).await;

    let differs = admin.run(&["guardrails", "diff"]).await;
    assert_eq!(differs.code, Some(1));
    assert_snapshot!(admin.plain(&differs.out), @r#"
    # ebbtide-OU-1 differs from what is configured
    --- attached
    +++ configured
    @@ -6,7 +6,7 @@
           "Effect": "Deny",
           "Action": [
             "organizations:AcceptHandshake",
    -        "organizations:Leave"
    +        "organizations:LeaveOrganization"
           ],
           "Resource": "*"
         },
    "#);
    let applied = admin.run(&["guardrails", "apply"]).await.done();
    assert_snapshot!(admin.plain(&applied), @"ebbtide-OU-1 is updated");
    assert_eq!(admin.document(&admin.name(1)).await, right);
}

#[tokio::test]
async fn what_an_admin_attached_is_left_alone() {
    let admin = Admin::new().await;
    // One that only looks like ours, too: it carries no tag.
    for name in ["deny-tuesdays", "ebbtide-look-alike"] {
        admin.attach(name).await;
    }

    let applied = admin.run(&["guardrails", "apply", "--yes"]).await.done();
    assert_snapshot!(admin.plain(&applied), @r"
    ebbtide-OU-1 is attached
    Left alone: deny-tuesdays, ebbtide-look-alike
    ");
    let same = admin.run(&["guardrails", "diff"]).await;
    assert_eq!(same.code, Some(0));
    assert_snapshot!(same.out, @r"
    The guardrails are as configured
    Left alone: deny-tuesdays, ebbtide-look-alike
    ");
    for name in ["deny-tuesdays", "ebbtide-look-alike"] {
        assert_eq!(admin.document(name).await, admin::FOREIGN);
        assert_eq!(admin.targets(name).await.len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_configured_any_more_is_detached_when_that_is_meant() {
    let admin = Admin::new().await;
    admin.configure(admin.extra(9_000));
    admin.run(&["guardrails", "apply"]).await.done();
    assert_eq!(admin.targets(&admin.name(2)).await.len(), 1);
    admin.configure("");

    let asked = admin.run(&["guardrails", "apply"]).await;
    assert_eq!(asked.code, Some(2), "{asked:?}");
    assert_snapshot!(admin.plain(&asked.err), @"error: ebbtide-OU-2 would be detached, because it is not configured any more: say --yes if that is meant; nothing was done");
    let applied = admin.run(&["guardrails", "apply", "--yes"]).await.done();
    assert_snapshot!(admin.plain(&applied), @r"
    ebbtide-OU-1 is updated
    ebbtide-OU-2 is detached
    ");
    assert_eq!(admin.targets(&admin.name(2)).await, [""; 0]);

    // It is still in the organization, and is taken up again.
    admin.configure(admin.extra(9_000));
    let applied = admin.run(&["guardrails", "apply"]).await.done();
    assert_snapshot!(admin.plain(&applied), @r"
    ebbtide-OU-2 is attached
    ebbtide-OU-1 is updated
    ");
    assert_eq!(admin.targets(&admin.name(2)).await.len(), 1);
    assert_eq!(admin.run(&["guardrails", "diff"]).await.code, Some(0));
}
