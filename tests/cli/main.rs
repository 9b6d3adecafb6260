//! The command line as a person meets it: the real binary, its answers and its exit codes.

mod command;
mod configuration;
mod service;
