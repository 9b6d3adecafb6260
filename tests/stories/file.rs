//! The repository's file: not there, bad, mended.

use crate::files::one_stack;
use crate::world::Setup;

pub async fn repository_without_it_hears_nothing(setup: Setup) {
    let world = setup.with_shop([("README.md", "A shop\n")]).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    alice.push("tea", [("tea.txt", "green tea\n")]);
    world.settle().await;
    alice.merge(tea);
    world.settle().await;

    assert_eq!(world.comment(tea), "");
    assert_eq!(world.checks_on(&world.head(tea)), []);
    assert_eq!(world.github.deployments(), []);
    assert_eq!(world.accounts().await, []);
    world.ends_pristine().await;
}

pub async fn bad_one_is_answered_with_lines_and_mended_by_a_push(setup: Setup) {
    let world = setup.with_shop([("README.md", "A shop\n")]).await;
    let alice = world.github.as_user("alice");

    let bad =
        "stacks:\n  app:\n    template: app.yml\n    neds: [network]\nurl: https://${{ sah }}\n";
    let [_, template] = one_stack();
    let tea = alice.open_pull_request("Sell tea", "tea", [(".ebbtide.yml", bad), template]);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Something to mend

    There are 2 things to mend before this commit can be deployed:

    - [`.ebbtide.yml:4`](https://github/acme/shop/blob/COMMIT/.ebbtide.yml#L4): `neds` is not a known key in `stacks.app`<br>did you mean `needs`?
    - [`.ebbtide.yml:5`](https://github/acme/shop/blob/COMMIT/.ebbtide.yml#L5): `sah` can't be used in an expression<br>did you mean `sha`? allowed are `sha`, `pr.number`, `environment.id`, `account.id`, `region` and `stacks.NAME.outputs.KEY`

    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | :-- | :-- |

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID) · deleted when this pull request is merged or closed</sub>
    ");
    said!(world.verdict(tea), @"failure: .ebbtide.yml:4: `neds` is not a known key in `stacks.app` (and 1 more)");
    let annotations = world.check(tea).annotations;
    let lines: Vec<(&str, u64)> = annotations
        .iter()
        .map(|(path, line, _)| (path.as_str(), *line))
        .collect();
    assert_eq!(lines, [(".ebbtide.yml", 4), (".ebbtide.yml", 5)]);
    assert_eq!(world.accounts().await, []);

    // Read strictly first; whether it fits the templates is the second question.
    alice.push(
        "tea",
        [(".ebbtide.yml", "stacks: {app: {template: app.yml}}\n")],
    );
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Something to mend
    There is 1 thing to mend before this commit can be deployed:
    - [`.ebbtide.yml:1`](https://github/acme/shop/blob/COMMIT/.ebbtide.yml#L1): there is no file `app.yml` at this commit<br>write the path from the repository's top
    ");

    alice.push("tea", one_stack());
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ready
    Everything is deployed.
    ");

    // What runs stays while the file is mended.
    alice.push("tea", [(".ebbtide.yml", "stacks: {}\n")]);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Something to mend
    There is 1 thing to mend before this commit can be deployed:
    - [`.ebbtide.yml:1`](https://github/acme/shop/blob/COMMIT/.ebbtide.yml#L1): `stacks` is empty<br>name at least one stack, such as `stacks: {app: {template: infra/app.yaml}}`
    What was deployed before stays as it is until then.
    ");
    assert_eq!(world.stacks().await.len(), 1);

    alice.close(tea);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was closed. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    ");
    world.ends_pristine().await;
}

pub async fn taken_away_by_a_push_ends_the_environment(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    alice.delete_file("tea", ".ebbtide.yml");
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Not deployed
    Nothing is deployed: there is no `.ebbtide.yml` at this commit.
    ");
    world.ends_pristine().await;
}
