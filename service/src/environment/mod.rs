//! The core: what is wanted, what is seen, and the one next step. No async, no I/O, no clock, no SQL.

mod account;
mod cloudformation;
mod ids;
mod incarnation;
mod phase;
mod pull_request;
mod record;
mod setback;
mod wish;

pub use account::*;
pub use cloudformation::*;
pub use ids::*;
pub use phase::Phase;
pub use pull_request::*;
pub use record::*;
pub use setback::Setback;
pub use wish::*;
