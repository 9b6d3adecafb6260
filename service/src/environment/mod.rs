//! The core: what is wanted, what is seen, and the one next step. No async, no I/O, no clock, no SQL.
//!
//! In reading order:
//! - [`wish`]: what should be true, and how events change it.
//! - [`next`]: `next_step`, the whole life on one page.
//! - [`stack`] and [`frontier`]: one stack, and several reduced to one next thing.
//! - [`pool`]: which account to lend, when to make more, and the life of an account; [`closing`]: how fast accounts
//!   may be closed; [`forecast`]: when the pool runs dry; `causes`: what keeps several accounts from being emptied;
//!   `after_use`: what becomes of one whose emptying has ended.
//! - [`patience`]: how long to wait after which setback.
//! - [`phase`]: where an environment stands, in one word.
//! - [`record`] and [`account`]: what is written down.

mod account;
mod after_use;
mod causes;
mod certificate;
pub mod closing;
mod cloudformation;
mod describe;
pub mod forecast;
pub mod frontier;
mod ids;
mod incarnation;
pub mod inventory;
pub mod next;
mod orders;
pub mod patience;
pub mod phase;
pub mod pool;
mod pull_request;
pub mod record;
mod setback;
pub mod stack;
pub mod wish;

pub use account::*;
pub use causes::*;
pub use certificate::*;
pub use closing::Closing;
pub use cloudformation::*;
pub use ids::*;
pub use orders::*;
pub use phase::Phase;
pub use pull_request::*;
pub use record::*;
pub use setback::Setback;
pub use wish::*;
