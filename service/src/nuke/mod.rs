//! Emptying an account, and proving that it is empty.
//!
//! The inventory, in reading order:
//! - [`types`]: AWS's resource types, as data. [`listers`]: listers of our own for what is not among them.
//! - [`scope`]: which questions have to be answered.
//! - [`baseline`]: what belongs to every account, and what is dying.
//! - [`look`]: all questions asked, with patience, and written down.
//! - [`settings`]: what a list doesn't show and has to be as it was all the same.

mod asker;
pub mod baseline;
mod calls;
pub mod listers;
pub mod look;
mod question;
pub mod scope;
pub mod settings;
mod together;
pub mod types;
