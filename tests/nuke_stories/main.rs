//! Accounts that are really emptied: leftovers are made by hand in an emulator, Ebbtide removes them through Cloud
//! Control's door, and a judge that shares no code with either looks at what is left.

#[path = "../support/hand_clock.rs"]
mod hand_clock;
#[path = "../support/sandbox.rs"]
#[expect(dead_code, reason = "each test program uses its own part of it")]
mod sandbox;

mod front;
mod permit;
mod toll;
mod world;

mod benchmark;
mod everything;
mod faults;
mod stopped;
