//! The App client against the local GitHub: every exchange is judged by GitHub's own description.

#[path = "../support/openapi.rs"]
mod openapi;
#[path = "../local_github/receiver.rs"]
#[expect(dead_code, reason = "shared with other tests, and each uses a part")]
mod receiver;

mod check_runs;
mod comments;
mod deliveries;
mod deployments;
mod reading;
mod troubles;
mod world;
