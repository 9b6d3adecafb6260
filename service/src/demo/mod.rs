//! Everything on one machine: the peers that Ebbtide talks to, as local servers.
//!
//! - [`github`]: a GitHub of our own, for the demo and for the stories in `tests/`.

pub mod github;
