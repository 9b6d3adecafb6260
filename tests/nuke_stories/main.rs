//! Accounts that are really emptied: leftovers are made by hand in an emulator, Ebbtide removes them through Cloud
//! Control's door, and a judge that shares no code with either looks at what is left.

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/front.rs"]
mod front;
#[path = "../support/hand_clock.rs"]
mod hand_clock;
#[path = "../support/sandbox.rs"]
#[expect(dead_code, reason = "each test program uses its own part of it")]
mod sandbox;

mod permit;
mod toll;
mod world;

mod benchmark;
mod everything;
mod faults;
mod locked;
mod second_judge;
mod stacks;
mod stopped;
