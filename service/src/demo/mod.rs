//! Everything on one machine: the AWS emulator and what goes with it.

pub mod emulator;
mod python;
