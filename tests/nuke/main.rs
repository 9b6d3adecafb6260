//! The inventory of an account, over a cloud that lists what a test puts there, refuses and throttles.

#![expect(
    clippy::unwrap_used,
    reason = "in a test it is a failure like any other"
)]

mod baseline;
mod listers;
mod locked;
mod look;
mod order;
mod plan;
mod scope;
mod settings;
mod table;
mod target;
mod work;
mod world;
