//! What the emulator lacks of AWS. Its own Cloud Control lists only what it made itself, and it knows no lists of
//! some things of Route 53: a program beside it answers those from the emulator's services, and refuses and takes
//! its time as AWS does.

use super::emulator::EmulatorError;
use super::python;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program; the tests use the same.
const PROGRAM: &str = include_str!("../../../tests/peers/cloud_control.py");

/// The types that exist.
const TYPES: &str = include_str!("../nuke/data/types.tsv");

/// A running front. Dropping it stops it, and it ends by itself when we do.
#[derive(Debug)]
pub struct Front {
    child: Child,
    endpoint: String,
}

impl Front {
    /// Starts one before the emulator at this address; `venv` is the emulator's, `state` takes its files.
    pub fn start(venv: &Path, state: &Path, emulator: &str) -> Result<Self, EmulatorError> {
        Self::spawn(venv, state, emulator).map_err(|error| {
            EmulatorError::new(format!(
                "Cloud Control for the AWS emulator did not start: {error}\nIts output is in {}",
                state.join("cloud-control.log").display()
            ))
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn spawn(venv: &Path, state: &Path, emulator: &str) -> io::Result<Self> {
        fs::create_dir_all(state)?;
        let (program, types) = (state.join("cloud_control.py"), state.join("types.tsv"));
        fs::write(&program, PROGRAM)?;
        fs::write(&types, TYPES)?;
        let log = File::create(state.join("cloud-control.log"))?;
        let mut child = Command::new(python::interpreter(venv))
            .arg(&program)
            .args(["--emulator", emulator, "--port", "0", "--types"])
            .arg(&types)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // Ctrl-C in the terminal is for us; it is needed until we are done.
            .process_group(0)
            .spawn()?;
        let mut line = String::new();
        let told = child
            .stdout
            .as_mut()
            .map_or(Ok(0), |stdout| BufReader::new(stdout).read_line(&mut line));
        let front = Self {
            child,
            endpoint: line.trim().to_owned(),
        };
        told?;
        if front.endpoint.starts_with("http://") {
            Ok(front)
        } else {
            Err(io::Error::other("it named no address"))
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
