//! Ebbtide: a fresh AWS account per pull request, emptied at the end.
//!
//! The map, in reading order:
//! - [`environment`]: the core. What is wanted, what is seen, the one next step.
//! - [`store`]: what must survive.
//! - [`cloud`]: AWS in our words.
//! - [`github`]: GitHub in our words, and what we say there.
//! - [`guardrails`]: the sandbox OU's policies, compared and set right.
//! - [`nuke`]: an account is emptied, and proven to be.
//! - [`reconciler`]: claim, observe, decide, perform, commit.
//! - [`api`]: the doors: webhooks, JSON API, pages. [`api_token`]: who may use them. [`poke`]: the door's bell.
//! - [`config`], [`logging`], [`service`]: what an operator sets, what is logged, and the whole in one process.
//! - [`cli`]: the command line.
//! - [`demo`]: everything on one machine.
//! - [`clock`]: the one clock.

pub mod api;
pub mod api_token;
pub mod cli;
pub mod clock;
pub mod cloud;
pub mod config;
pub mod demo;
pub mod environment;
pub mod github;
pub mod guardrails;
pub mod logging;
pub mod nuke;
pub mod poke;
pub mod reconciler;
pub mod service;
pub mod store;
