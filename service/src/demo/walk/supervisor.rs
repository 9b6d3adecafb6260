//! Keeps `ebbtide serve` running: as a process of its own, started again whenever it ends.

use anyhow::Context;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, SystemClock};

/// How long to wait before starting it again.
const PAUSE: Duration = Duration::from_millis(300);
/// How long it may take to stop by itself.
const STOP: Duration = Duration::from_secs(10);

/// How the service is started.
pub struct Service {
    /// Its working directory.
    pub folder: PathBuf,
    /// Where its log lines go.
    pub log: PathBuf,
    /// Its configuration, as environment variables.
    pub variables: Vec<(&'static str, String)>,
}

/// A service under supervision.
pub struct Supervisor {
    stop: CancellationToken,
    task: JoinHandle<()>,
    pid: Arc<AtomicU32>,
}

impl Supervisor {
    /// Starts the service and keeps it running.
    pub fn start(service: Service) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let pid = Arc::new(AtomicU32::new(0));
        let child = service.spawn(&pid)?;
        let task = tokio::spawn(keep(service, child, Arc::clone(&pid), stop.clone()));
        Ok(Self { stop, task, pid })
    }

    /// The process that runs now.
    pub fn pid(&self) -> u32 {
        self.pid.load(Ordering::Relaxed)
    }

    /// Stops it.
    pub async fn stop(self) {
        self.stop.cancel();
        drop(self.task.await);
    }
}

impl Service {
    fn spawn(&self, pid: &AtomicU32) -> anyhow::Result<Child> {
        let program = std::env::current_exe().context("the program does not know its own path")?;
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .with_context(|| format!("{} cannot be written", self.log.display()))?;
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let foreign = name
                .to_str()
                .is_some_and(|name| name.starts_with("EBBTIDE_") || name.starts_with("AWS_"));
            if foreign {
                command.env_remove(&name);
            }
        }
        let child = command
            // It ends with us, however we end: its standard input is a pipe from here.
            .args(["serve", "--until-stdin-closes"])
            .current_dir(&self.folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            // Ctrl-C in the terminal is for us; the service is stopped in order.
            .process_group(0)
            .spawn()
            .context("the service cannot be started")?;
        pid.store(child.id().unwrap_or_default(), Ordering::Relaxed);
        Ok(child)
    }
}

async fn keep(service: Service, mut child: Child, pid: Arc<AtomicU32>, stop: CancellationToken) {
    let clock = SystemClock;
    loop {
        // Waiting for a child closes its standard input, which would stop it: the pipe is held here.
        let input = child.stdin.take();
        tokio::select! {
            () = stop.cancelled() => {
                // Closing its standard input asks it to stop.
                drop(input);
                tokio::select! {
                    _ = child.wait() => {}
                    () = clock.sleep(STOP) => drop(child.kill().await),
                }
                return;
            }
            _ = child.wait() => {
                clock.sleep(PAUSE).await;
                match service.spawn(&pid) {
                    Ok(next) => child = next,
                    Err(error) => {
                        tracing::error!(%error, "the service is gone");
                        return;
                    }
                }
            }
        }
    }
}
