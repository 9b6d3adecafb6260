//! Ebbtide: a fresh AWS account per pull request, emptied at the end.
//!
//! The map, in reading order:
//! - [`environment`]: the core. What is wanted, what is seen, the one next step.
//! - [`store`]: what must survive.
//! - [`cloud`]: AWS in our words.
//! - [`github`]: GitHub in our words, and what we say there.
//! - [`demo`]: everything on one machine.
//! - [`clock`]: the one clock.

pub mod clock;
pub mod cloud;
pub mod demo;
pub mod environment;
pub mod github;
pub mod store;
