//! The API through its router, over a store in memory.

#[path = "../support/memory_store.rs"]
mod memory_store;
#[path = "../support/records.rs"]
mod records;

mod accounts;
mod door;
mod environments;
mod operations;
mod page;
mod pool;
mod webhook;
