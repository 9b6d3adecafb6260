//! AWS on this machine: ministack, started and stopped with us.
//!
//! What it does, and what it leaves to tests to bring about:
//! - **Accounts.** A key id of twelve digits makes the request one of that account, and each such account
//!   manages an organization of its own; tests that share one emulator stay apart by that.
//!   `CreateAccount` is done at once, never refuses and takes an e-mail twice.
//! - **Sessions.** `AssumeRole` works into any account and role without the role being there. Stacks, buckets
//!   and all else are kept apart by account and region. Signatures and permissions are not checked.
//! - **Not there:** `CreateOrganization`, `ListCreateAccountStatus`, `Account.State`, `ParentId` and
//!   `ChangeSetId` of a stack, idempotency by token, limits, throttling.
//! - **More lenient than AWS:** a stack can be deleted while it is created or updated, and the operation goes on
//!   beside the deletion and can bring the stack back; `ROLLBACK_COMPLETE` can be updated.
//! - A `WaitCondition` holds a stack until its handle's URL gets a PUT without a `Content-Type`.

use super::python;
use crate::clock::{Clock, SystemClock};
use crate::environment::AccountId;
use aws_credential_types::Credentials;
use aws_sdk_organizations::config::{BehaviorVersion, Region};
use aws_smithy_types::error::display::DisplayErrorContext;

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ends with its standard input: however we end, even killed, the pipe closes and the emulator goes too.
const LAUNCHER: &str = "
import os, signal, threading
def follow():
    while os.read(0, 1):
        pass
    threading.Timer(2, os._exit, [0]).start()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=follow, daemon=True).start()
from ministack.app import main
main()
";

/// How often a starting emulator is asked whether it is ready, and how long apart.
const ASKED_AT_MOST: u32 = 1200;
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// Between finding a free port and using it another program can take it.
const PORTS_TRIED: u32 = 3;

/// Settings of ministack that somebody may have in the environment and that would change what it does.
const FOREIGN_SETTINGS: &[&str] = &[
    "AUTH",
    "EDGE_PORT",
    "LOCALSTACK_PERSISTENCE",
    "MINISTACK_ACCOUNT_ID",
    "PERSIST_STATE",
    "SERVICES",
    "SFTP_ENABLED",
    "USE_SSL",
];

/// Why there is no emulator, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EmulatorError(String);

impl EmulatorError {
    pub(super) fn new(sentence: String) -> Self {
        Self(sentence)
    }
}

/// A running emulator. Dropping it stops it.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    endpoint: String,
    log: PathBuf,
}

impl Emulator {
    /// Installs ministack into `venv` where it is missing and starts it with its data under `state`.
    /// What takes time is told to `progress`. Nothing is kept from one start to the next.
    pub async fn start(
        venv: &Path,
        state: &Path,
        progress: impl Fn(&str),
    ) -> Result<Self, EmulatorError> {
        python::prepare("python3", venv, &progress).await?;
        progress("Starting the AWS emulator");
        let mut tries = 1;
        loop {
            let mut emulator = Self::spawn(venv, state).map_err(|error| {
                EmulatorError(format!("the AWS emulator did not start: {error}"))
            })?;
            match emulator.ready().await {
                Ok(()) => return Ok(emulator),
                Err(error) if tries == PORTS_TRIED => return Err(error),
                Err(_) => tries += 1,
            }
        }
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What it writes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// A key by which the emulator takes a request for one of this account.
    pub fn credentials(account: &AccountId) -> Credentials {
        Credentials::new(account.as_str(), "emulated", None, None, "emulator")
    }

    /// Sees to it that `management` has an organization, and makes an organizational unit for sandbox
    /// accounts in it. Returns its id.
    pub async fn organization(
        &self,
        management: &AccountId,
        suffix: &str,
    ) -> Result<String, EmulatorError> {
        let config = aws_sdk_organizations::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .credentials_provider(Self::credentials(management))
            .build();
        let client = aws_sdk_organizations::Client::from_conf(config);
        // Asking for the roots is enough: the organization comes to be with the first question.
        let roots = client.list_roots().send().await.map_err(|error| {
            EmulatorError(format!(
                "the AWS emulator has no organization: {}",
                DisplayErrorContext(error)
            ))
        })?;
        let root = roots.roots().first().and_then(|root| root.id());
        let made = client
            .create_organizational_unit()
            .set_parent_id(root.map(str::to_owned))
            .name(format!("Sandbox-{suffix}"))
            .send()
            .await
            .map_err(|error| {
                EmulatorError(format!(
                    "the AWS emulator made no organizational unit: {}",
                    DisplayErrorContext(error)
                ))
            })?;
        made.organizational_unit()
            .and_then(|unit| unit.id())
            .map(str::to_owned)
            .ok_or_else(|| EmulatorError("the new organizational unit has no id".to_owned()))
    }

    fn spawn(venv: &Path, state: &Path) -> io::Result<Self> {
        let [s3, rest, temporary] = ["s3", "state", "tmp"].map(|name| state.join(name));
        for folder in [&s3, &rest, &temporary] {
            fs::create_dir_all(folder)?;
        }
        let path = state.join("emulator.log");
        let log = File::create(&path)?;
        let port = free_port()?;
        let mut command = Command::new(python::interpreter(venv));
        for setting in FOREIGN_SETTINGS {
            command.env_remove(setting);
        }
        let child = command
            .args(["-c", LAUNCHER])
            .env("BIND_HOST", Ipv4Addr::LOCALHOST.to_string())
            .env("GATEWAY_PORT", port.to_string())
            .env("CLOUDTRAIL_RECORDING", "1")
            .env("S3_DATA_DIR", s3)
            .env("STATE_DIR", rest)
            .env("TMPDIR", temporary)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in the terminal is for us; the emulator is needed until we are done.
            .process_group(0)
            .spawn()?;
        Ok(Self {
            child,
            endpoint: format!("http://{}:{port}", Ipv4Addr::LOCALHOST),
            log: path,
        })
    }

    async fn ready(&mut self) -> Result<(), EmulatorError> {
        let health = format!("{}/_ministack/health", self.endpoint);
        for _ in 0..ASKED_AT_MOST {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failed(&format!("ended with {status}")));
            }
            if let Ok(answer) = reqwest::get(&health).await
                && answer.status().is_success()
            {
                return Ok(());
            }
            SystemClock.sleep(ASKED_EVERY).await;
        }
        Err(self.failed("does not answer"))
    }

    fn failed(&self, what: &str) -> EmulatorError {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let last = log.trim().lines().last().unwrap_or("it wrote nothing");
        EmulatorError(format!(
            "the AWS emulator {what}: {last}\nIts output is in {}",
            self.log.display()
        ))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
