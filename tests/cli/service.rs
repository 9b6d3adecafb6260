//! `ebbtide serve` and the commands that speak to it, over SQLite and a real socket.

use super::command::{Answer, COMPLETE, Folder};
use ebbtide::environment::{
    DeliveryId, Environment, EnvironmentKey, Hint, InstallationId, PullRequestNumber, RepositoryId,
    RepositoryName,
};
use ebbtide::store::sql::SqlStore;
use ebbtide::store::{Delivery, Effect, Store};
use insta::assert_snapshot;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

/// A running service; ended with the test.
pub struct Running {
    child: Child,
    url: String,
}

impl Running {
    /// Starts the service and waits for the line that names its port.
    pub fn start(folder: &Folder) -> Self {
        let mut child = folder
            .command(&["serve"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let log = BufReader::new(child.stderr.take().expect("its log"));
        let (found, address) = mpsc::channel();
        // Read to the end: a log that nobody reads would stop the service.
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                if let Some(address) = line["address"].as_str() {
                    let _ = found.send(address.to_owned());
                }
            }
        });
        let address = address.recv().expect("it says where it listens");
        let url = format!("http://{address}");
        Self { child, url }
    }

    pub fn run(&self, folder: &Folder, token: &str, arguments: &[&str]) -> Answer {
        let mut command = folder.command(arguments);
        command
            .env("EBBTIDE_URL", &self.url)
            .env("EBBTIDE_TOKEN", token.trim());
        Answer::of(command.output().expect("started"))
    }
}

impl Running {
    /// Asks the service to stop, as an operator's machine does, and waits for its end.
    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.expect("kill is there").success());
        self.child.wait().expect("ended").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn environment() -> Environment {
    let key = EnvironmentKey {
        repository: RepositoryId(1),
        pull_request: PullRequestNumber(42),
        name: "default".to_owned(),
    };
    let opened = chrono::DateTime::from_timestamp(1_772_366_400, 0).expect("a time");
    let repository = RepositoryName::new("acme/shop");
    Environment::new(key, InstallationId(7), repository, opened)
}

async fn put(folder: &Folder, environment: &Environment) {
    let url = format!("sqlite:{}", folder.path("ebbtide.db").display());
    let store = SqlStore::open(&url).await.expect("opened");
    let delivery = Delivery {
        id: DeliveryId::new("d-1"),
        event: "pull_request".to_owned(),
        body: "{}".to_owned(),
        received_at: environment.opened_at,
    };
    store.receive(&delivery).await.expect("received");
    let effect = Effect::One {
        environment: Box::new(environment.clone()),
        hint: Hint::Look,
    };
    let digested = store
        .digest(&delivery.id, &[effect], environment.opened_at)
        .await;
    assert!(digested.expect("digested"));
    store.close().await;
}

#[tokio::test]
async fn environments_are_listed_shown_and_ended() {
    let folder = Folder::new(COMPLETE);
    put(&folder, &environment()).await;
    let id = environment().id.to_string();
    let reader = folder
        .run(&["token", "create", "reader", "--scope", "read"])
        .done();
    let writer = folder
        .run(&["token", "create", "writer", "--scope", "write"])
        .done();
    let service = Running::start(&folder);

    let list = service.run(&folder, &reader, &["env", "list"]).done();
    assert_snapshot!(list, @r"
    ID            STATE    PULL REQUEST  COMMIT  OPENED                   URL
    pr-42-rrkkpr  reading  acme/shop#42          2026-03-01 12:00:00 UTC
    ");
    let none = ["env", "list", "--repository", "acme/other"];
    assert_eq!(
        service.run(&folder, &reader, &none).done(),
        "No environments\n"
    );
    let json = service
        .run(&folder, &reader, &["env", "list", "--output", "json"])
        .done();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["environments"][0]["id"], id);

    let show = service.run(&folder, &reader, &["env", "show", &id]).done();
    assert_snapshot!(show, @r"
    Environment:      pr-42-rrkkpr
    State:            reading
    Pull request:     acme/shop#42
    Opened:           2026-03-01 12:00:00 UTC

    Nothing was done yet
    ");
    let nobody = service.run(&folder, &reader, &["env", "show", "pr-1-none"]);
    assert_eq!(nobody.code, Some(1));
    assert_snapshot!(nobody.err, @"error: there is no environment of this id, GET /api/v1/environments lists them");

    let refused = service.run(&folder, &reader, &["env", "destroy", &id, "--yes"]);
    assert_eq!(refused.code, Some(1));
    assert_snapshot!(refused.err, @"error: this API token may not do that, the scope write is needed");
    let ending = service
        .run(&folder, &writer, &["env", "destroy", &id, "--yes"])
        .done();
    assert_snapshot!(ending, @r#"pr-42-rrkkpr is being ended, "ebbtide env show pr-42-rrkkpr" shows how far that is"#);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn nobody_at_the_address() {
    let folder = Folder::new("");
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", port.local_addr().expect("an address"));
    drop(port);
    let answer = folder.run(&["env", "list", "--token", "ebt_x", "--url", &url]);
    assert_eq!(answer.code, Some(1));
    let expected = format!("error: the service at {url}/ does not answer: ");
    assert!(answer.err.starts_with(&expected), "{answer:?}");
}
