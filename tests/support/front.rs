//! The Cloud Control front of a story, and the programs beside it: who litters, and who judges.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Cloud Control in front of the emulator. It ends with us: its standard input is a pipe of ours.
pub struct Front {
    url: String,
    _child: Child,
}

fn program(name: &str) -> Command {
    let kit = std::env::var_os("EBBTIDE_TEST_KIT").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-kit")),
        PathBuf::from,
    );
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers");
    let mut command = Command::new(kit.join("ministack/bin/python"));
    command.arg(peers.join(name));
    command.kill_on_drop(true);
    command
}

/// Runs a program of `tests/peers` to its end: its exit status and what it printed, as JSON.
pub async fn run(name: &str, arguments: &[&str]) -> (Option<i32>, Value) {
    let done = program(name).args(arguments).output().await;
    let done = done.expect("the test kit's python");
    let said = String::from_utf8_lossy(&done.stdout);
    let answer = serde_json::from_str(&said).unwrap_or_else(|error| {
        let trouble = String::from_utf8_lossy(&done.stderr);
        panic!("{name} said no JSON ({error}): {said}{trouble}")
    });
    (done.status.code(), answer)
}

impl Front {
    /// Starts one before the emulator.
    pub async fn before(emulator: &str) -> Self {
        let types = concat!(env!("CARGO_MANIFEST_DIR"), "/src/nuke/data/types.tsv");
        let mut child = program("cloud_control.py")
            .args(["--emulator", emulator, "--port", "0", "--delay", "0.02"])
            .args(["--types", types])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test kit's python");
        let said = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(said).lines();
        let line = lines.next_line().await.expect("a line");
        Self {
            url: line.expect("the front's address"),
            _child: child,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What goes wrong from now on.
    pub async fn faults(&self, rules: Value) {
        let answer = reqwest::Client::new()
            .post(format!("{}/_front/faults", self.url))
            .body(rules.to_string())
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// How often operations were called whose name begins so.
    pub async fn calls(&self, operation: &str) -> u64 {
        let answer = reqwest::get(format!("{}/_front/log", self.url)).await;
        let text = answer.expect("an answer").text().await.expect("a body");
        let log: Vec<Counted> = serde_json::from_str(&text).expect("the log");
        let those = log.iter().filter(|it| it.operation.starts_with(operation));
        those.map(|it| it.calls).sum()
    }
}

#[derive(serde::Deserialize)]
struct Counted {
    operation: String,
    calls: u64,
}
