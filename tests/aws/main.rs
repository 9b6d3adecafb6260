//! The AWS edge through the real SDK, against the emulator behind a proxy that lets calls go wrong.

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod buckets;
mod direct;
mod dry_run;
mod emulator;
mod faults;
mod guardrails;
mod resources;
mod revoke;
mod stacks;
mod templates;
mod unlock;
mod uploads;
mod world;
