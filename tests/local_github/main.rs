//! The local GitHub answers as GitHub does.

#[path = "../support/openapi.rs"]
mod openapi;

mod app;
mod caller;
mod contents;
mod delivery;
mod every_operation;
mod faults;
mod page;
mod people;
mod receiver;
mod words;
