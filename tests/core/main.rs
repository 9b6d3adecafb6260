//! The core, judged from outside: its decisions as tables that can be read through, and its promises over
//! random input.

mod causes;
mod closing;
mod forecast;
mod frontier;
mod next_table;
mod patience;
mod pool;
mod verdict_table;
mod wish;
