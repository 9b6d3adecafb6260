//! A small real application as a repository tree, for demonstrations and tests: a guest book made of a network, a
//! table, a queue with dead letters, a bucket, and a function with an address of its own. It deploys on AWS as it is.

/// The files of the repository, each as path and content.
pub fn files() -> &'static [(&'static str, &'static str)] {
    &[
        (".ebbtide.yml", include_str!("../stacks/demo/.ebbtide.yml")),
        (
            "infra/network.yaml",
            include_str!("../stacks/demo/infra/network.yaml"),
        ),
        (
            "infra/app.yaml",
            include_str!("../stacks/demo/infra/app.yaml"),
        ),
    ]
}

/// The files that a later push changes: a topic is added, and the queue hides a message for longer.
pub fn second_revision() -> &'static [(&'static str, &'static str)] {
    &[(
        "infra/app.yaml",
        include_str!("../stacks/demo-second-revision/infra/app.yaml"),
    )]
}
