//! `ebbtide serve` as a process.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How it is started, each time.
pub struct Binary {
    pub folder: PathBuf,
    pub log: PathBuf,
    pub variables: Vec<(&'static str, String)>,
}

/// A running one. It also ends when its standard input closes, so it never outlives the test.
pub struct Process(Child);

impl Binary {
    pub fn start(&self) -> Process {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_ebbtide"))
            .args(["serve", "--until-stdin-closes"])
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("started");
        Process(child)
    }

    /// Where a person finds out why it went wrong.
    pub fn log(&self) -> &Path {
        &self.log
    }
}

impl Process {
    /// SIGKILL: nothing is finished, nothing is said.
    pub fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("dead");
    }

    /// Whether it ended by itself, which it should never do.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("asked").is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
