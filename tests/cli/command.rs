//! The binary in a folder of its own, with nothing of this machine's environment.

use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

pub const COMPLETE: &str = r#"
[server]
listen = "127.0.0.1:0"

[github]
app_id = 12
private_key_path = "app.pem"
# Nobody listens there: a test goes nowhere.
api_url = "http://127.0.0.1:9"
webhook_secrets = ["hush"]

[aws]
region = "eu-west-1"
sandbox_ou = "ou-a1b2-c3d4e5f6"
account_email = "aws+{id}@example.com"
endpoint_url = "http://127.0.0.1:9"

[log]
format = "json"
"#;

/// A folder with a configuration, in which commands run.
pub struct Folder(TempDir);

impl Folder {
    pub fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ebbtide.toml"), configuration).expect("written");
        let key = ebbtide::demo::github::private_key_pem().expect("a key");
        std::fs::write(folder.path().join("app.pem"), key).expect("written");
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The binary with these arguments, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ebbtide"));
        command
            .env_clear()
            .current_dir(self.0.path())
            .args(arguments);
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().expect("started"))
    }
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Answer {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Answer {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Its answer; fails if the command did.
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }
}
