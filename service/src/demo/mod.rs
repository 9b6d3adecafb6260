//! Everything on one machine: the peers that Ebbtide talks to, as local servers, and a guided walk.
//!
//! - [`emulator`]: an AWS emulator in a Python environment of its own. [`front`]: Cloud Control for it.
//! - [`github`]: a GitHub of our own, for the demo and for the stories in `tests/`.
//! - [`walk`]: one pull request's whole life, shown and checked.

pub mod emulator;
pub mod front;
pub mod github;
mod python;
pub mod walk;
