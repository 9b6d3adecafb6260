//! GitHub webhook deliveries: headers and bytes in, an [`Event`] out.
//!
//! An event is a hint that something may have changed, never a fact to act upon: deliveries are
//! late, lost, repeated and out of order, so the service looks at the live pull request
//! afterwards. Events carry what identifies that pull request and no more.
//!
//! Pure: no I/O, no clock. In reading order:
//!
//! - [`signature`]: was this body sent by somebody who knows the secret?
//! - [`event`]: what a delivery can mean to us.
//! - [`payload`]: the bytes of a delivery as an event.

pub mod event;
mod fields;
pub mod payload;
pub mod signature;

pub use event::{
    Event, InstallationAction, PullRequestAction, PullRequestEvent, Repository, RepositoryRef,
};
pub use fields::BadPayload;
pub use payload::parse;
