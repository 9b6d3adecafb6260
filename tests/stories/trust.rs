//! Whose pull requests are deployed.

use crate::files::{one_stack, one_stack_with};
use crate::world::{Setup, World};

async fn nothing_was_deployed(world: World) {
    assert_eq!(world.accounts().await, []);
    assert_eq!(world.github.deployments(), []);
    world.ends_pristine().await;
}

pub async fn fork_gets_one_polite_line(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;

    let rita = world.github.as_user("rita");
    let tea = rita.open_from_fork("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Not deployed

    Thank you for this pull request. It comes from a fork, and only branches of this repository are deployed, so this one is not.

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID)</sub>
    ");
    said!(world.verdict(tea), @"neutral: Not deployed: it comes from a fork");

    let run = world.check(tea).id;
    world.github.as_user("alice").rerequest_check(run);
    world.settle().await;
    said!(world.verdict(tea), @"neutral: Not deployed: it comes from a fork");

    world.github.as_user("alice").merge(tea);
    world.settle().await;
    nothing_was_deployed(world).await;
}

pub async fn author_without_write_access_gets_one_polite_line(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;

    world
        .github
        .as_user("alice")
        .push("tea", [("tea.txt", "tea\n")]);
    let tea = world
        .github
        .as_user("rita")
        .open_from_branch("Sell tea", "tea", None);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Not deployed

    Thank you for this pull request. Only those by people with write access to this repository are deployed, so this one is not.

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID)</sub>
    ");
    said!(world.verdict(tea), @"neutral: Not deployed: rita has no write access");

    world.github.as_user("alice").close(tea);
    world.settle().await;
    nothing_was_deployed(world).await;
}

pub async fn draft_waits_until_it_is_ready_for_review(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_draft("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.comment(tea), "");
    said!(world.verdict(tea), @"neutral: Not deployed: it is a draft");
    assert_eq!(world.accounts().await, []);

    alice.ready(tea);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.convert_to_draft(tea);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Not deployed
    Drafts are not deployed in this repository. Mark the pull request as ready for review, and it is.
    ");
    said!(world.verdict(tea), @"neutral: Not deployed: it is a draft");
    world.ends_pristine().await;
}

pub async fn draft_is_deployed_where_the_base_says_so(setup: Setup) {
    let world = setup.with_shop(one_stack_with("drafts: true")).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_draft("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.close(tea);
    world.settle().await;
    world.ends_pristine().await;
}
