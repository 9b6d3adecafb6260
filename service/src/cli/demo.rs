//! `ebbtide demo`.

use crate::demo::walk;
use clap::Args;
use std::path::PathBuf;

/// How to run the demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Exit after the walk, with status 0 only if every step held; without it the service stays up
    #[arg(long)]
    once: bool,
    /// Where the emulator is installed, and where the demo keeps its files
    #[arg(long, value_name = "FOLDER", default_value = "target/demo")]
    folder: PathBuf,
}

impl Demo {
    /// Runs it.
    pub async fn run(self) -> anyhow::Result<()> {
        walk::run(&self.folder, self.once).await
    }
}
