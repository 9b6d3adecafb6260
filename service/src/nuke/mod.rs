//! Emptying an account, and proving that it is empty.
//!
//! In reading order:
//! - [`target`]: the proof that an account is ours to empty.
//! - [`types`] and [`scope`]: what has to be asked; [`listers`]: what Cloud Control does not list.
//! - [`look`]: asking it, with patience. [`baseline`]: what belongs to every account, and what is dying.
//! - [`settings`]: what a list doesn't show and has to be as it was all the same.
//! - [`order`]: waves, by `kinds`: what is known of types. [`prepare`], `direct` and [`remove`]: one resource.
//! - [`work`]: rounds of looks and waves, written down between passes. [`sweep`]: one pass.
//! - [`progress`]: how far it has come. [`evidence`]: what [`target`] judges, gathered.
//! - [`survey`]: everything looked at once, deleting nothing. [`plan`]: what would be deleted, for approval.
//!
//! # Guarantees
//! - Only what is not seen any more in a whole list counts as gone.
//! - What could not be listed is unknown, and as bad as something left.
//! - Before each wave somebody else says whether anything may be deleted here at all ([`Permit`]).

mod asker;
pub mod baseline;
mod calls;
mod direct;
pub mod evidence;
mod kinds;
pub mod listers;
pub mod look;
pub mod order;
pub mod plan;
pub mod prepare;
pub mod progress;
mod question;
pub mod remove;
pub mod scope;
pub mod settings;
pub mod survey;
pub mod sweep;
pub mod target;
pub(crate) mod together;
pub mod types;
pub mod work;

pub use sweep::{Held, Job, Nuke, NukeSettings, Outcome, Permit, Proof};
pub use work::Work;
