//! The command line as a person meets it: the real binary, its answers and its exit codes.

mod accounts;
mod command;
mod configuration;
#[path = "../support/records.rs"]
mod records;
mod service;
