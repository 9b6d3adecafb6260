//! `ebbtide demo`.

use clap::Args;

/// How to run the demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Exit after the walk, with status 0 only if every step held; without it the service stays up
    #[arg(long)]
    pub once: bool,
}
