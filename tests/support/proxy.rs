//! A proxy in front of the AWS emulator that lets calls go wrong the way they do in life.
//!
//! Each call has a name: the operation in `X-Amz-Target`, the form's `Action`, or what an S3 request does.
//! Rules are by name and count; the first one that matches and is not used up applies. [`Proxy::storm`]
//! adds random faults from a seed. The emulator never fails by itself, so whatever fails was meant to.

mod answers;
mod names;
mod rules;

pub use rules::{Fault, Held, Odds};

use answers::{Answer, whole};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rules::Rules;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};

/// One call that passed, or did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The API's name for it.
    pub name: String,
    /// The account it was for, where the request tells.
    pub account: Option<String>,
    /// What was done to it.
    pub fault: Option<Fault>,
}

/// The proxy. Dropping it closes its port.
pub struct Proxy {
    url: String,
    world: Arc<World>,
    serving: JoinHandle<()>,
}

struct World {
    emulator: String,
    client: reqwest::Client,
    rules: Mutex<Rules>,
    log: Mutex<Vec<Logged>>,
    /// Which account a session's key leads into: read from the answers of `AssumeRole`.
    sessions: Mutex<HashMap<String, String>>,
    /// The change sets that were executed, where AWS's way with them is followed.
    executed: Mutex<Option<HashSet<ChangeSet>>>,
}

/// A change set: the account it is in, and the names of its stack and of itself.
type ChangeSet = (Option<String>, String);

/// A request in whole.
struct Asked {
    name: String,
    account: Option<String>,
    parts: hyper::http::request::Parts,
    body: Bytes,
}

impl Asked {
    /// Tells it from other requests: where it goes, for whom, and what it says.
    fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let line = (&self.name, &self.account, self.parts.uri.to_string());
        (line, &self.body).hash(&mut hasher);
        hasher.finish()
    }

    /// The account and the name of the change set that is asked for, if one is.
    fn change_set(&self) -> Option<ChangeSet> {
        let name = names::field(&self.body, "ChangeSetName")?;
        let stack = names::field(&self.body, "StackName").unwrap_or_default();
        Some((self.account.clone(), format!("{stack} {name}")))
    }
}

/// Closes the connection without a word.
#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

impl Proxy {
    /// Starts one in front of the emulator at this address.
    pub async fn before(emulator: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let world = Arc::new(World {
            emulator: emulator.to_owned(),
            client: reqwest::Client::new(),
            rules: Mutex::default(),
            log: Mutex::default(),
            sessions: Mutex::default(),
            executed: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, world.clone()));
        Self {
            url,
            world,
            serving,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next calls of this name meet this fault.
    pub fn next(&self, name: &str, times: usize, fault: Fault) {
        self.rules().add(name, times, fault);
    }

    /// The next call of this name waits until it is let go.
    pub fn hold(&self, name: &str) -> Held {
        self.rules().hold(name)
    }

    /// `DescribeCreateAccountStatus` says `IN_PROGRESS` this many times, whatever the truth is.
    pub fn slow_creation(&self, times: usize) {
        self.next("DescribeCreateAccountStatus", times, Fault::StillCreating);
    }

    /// From now on `DeleteStack` is refused while the stack is updated, as AWS does, and told to come later
    /// while it is created, where the emulator would let the two race.
    pub fn guard_deletes(&self) {
        self.rules().guard_deletes = true;
    }

    /// From now on, and through every calm, a change set that was executed is not found by its name any more, as
    /// on AWS; the emulator goes on to show it.
    pub fn hide_executed(&self) {
        *self.world.executed.lock().expect("no panic") = Some(HashSet::new());
    }

    /// From now on every call may go wrong, the same way for the same seed and order of calls.
    pub fn storm(&self, seed: u64, odds: Odds) {
        self.rules().storm = Some((fastrand::Rng::with_seed(seed), odds));
    }

    /// From now on each request is throttled this many times before it is answered, whatever it asks for.
    pub fn throttle_first(&self, times: usize) {
        self.rules().throttled_first = Some((times, HashMap::new()));
    }

    /// Ends all rules and the storm.
    pub fn calm(&self) {
        *self.rules() = Rules::default();
    }

    /// Everything that was asked, in order.
    pub fn log(&self) -> Vec<Logged> {
        self.world.log.lock().expect("no panic").clone()
    }

    /// How many calls were asked so far.
    pub fn calls(&self) -> usize {
        self.world.log.lock().expect("no panic").len()
    }

    /// How often a call of this name was asked.
    pub fn count(&self, name: &str) -> usize {
        self.log().iter().filter(|call| call.name == name).count()
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Rules> {
        self.world.rules.lock().expect("no panic")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, world: Arc<World>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(converse(stream, world.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, world: Arc<World>) {
    let service = service_fn(move |request| handle(request, world.clone()));
    // An error here is a connection that was closed, by us on purpose or by the client.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn handle(request: Request<Incoming>, world: Arc<World>) -> Result<Answer, Closed> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let name = names::name(&parts, &body);
    let account = names::account(&parts, &body, &world.sessions.lock().expect("no panic"));
    let asked = Asked {
        name,
        account,
        parts,
        body,
    };
    let (fault, hold) = {
        let mut rules = world.rules.lock().expect("no panic");
        rules.fault_for(&asked.name, asked.digest())
    };
    let fault = match fault {
        None if world.hides(&asked) => Some(Fault::Refused {
            code: "ChangeSetNotFound".to_owned(),
            sentence: "ChangeSet does not exist".to_owned(),
        }),
        None if world.guards(&asked) => world.collision(&asked).await,
        fault => fault,
    };
    world.log.lock().expect("no panic").push(Logged {
        name: asked.name.clone(),
        account: asked.account.clone(),
        fault: fault.clone(),
    });
    if let Some(hold) = hold {
        hold.pass().await;
    }
    world.answer(&asked, fault).await
}

impl World {
    async fn answer(&self, asked: &Asked, fault: Option<Fault>) -> Result<Answer, Closed> {
        match fault {
            // The emulator has no quotas, and thinks for seconds before it says so.
            None if asked.name == "GetServiceQuota" => {
                let plenty = r#"{"Quota": {"Value": 1000.0}}"#;
                Ok(answers::instead(&asked.parts, plenty.to_owned()))
            }
            None => self.forward(asked).await,
            Some(Fault::LostRequest) => Err(Closed),
            Some(Fault::LostReply) => {
                self.forward(asked).await?;
                Err(Closed)
            }
            Some(Fault::Throttled) => Ok(answers::throttled(&asked.parts)),
            Some(Fault::ServerError(status)) => Ok(answers::server_error(&asked.parts, status)),
            Some(Fault::Refused { code, sentence }) => {
                Ok(answers::refused(&asked.parts, &code, &sentence))
            }
            Some(Fault::StillCreating) => Ok(answers::still_creating(&asked.body)),
            Some(Fault::Garbled) => Ok(answers::garbled()),
            Some(Fault::Instead(body)) => Ok(answers::instead(&asked.parts, body)),
        }
    }

    async fn forward(&self, asked: &Asked) -> Result<Answer, Closed> {
        let (status, headers, body) = self.send(asked, asked.body.clone()).await?;
        if asked.name == "AssumeRole"
            && let Some((key, account)) = names::session(&body)
        {
            self.sessions.lock().expect("no panic").insert(key, account);
        }
        if status.is_success() {
            self.note(asked);
        }
        let mut answer = Response::new(whole(body));
        *answer.status_mut() = status;
        for (name, value) in &headers {
            // The body is passed on whole, so its framing is ours to write.
            if !matches!(
                name.as_str(),
                "transfer-encoding" | "content-length" | "connection"
            ) {
                answer.headers_mut().append(name, value.clone());
            }
        }
        Ok(answer)
    }

    async fn send(
        &self,
        asked: &Asked,
        body: Bytes,
    ) -> Result<(hyper::StatusCode, hyper::HeaderMap, Bytes), Closed> {
        let mut headers = asked.parts.headers.clone();
        for name in [
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "expect",
        ] {
            headers.remove(name);
        }
        let sent = self
            .client
            .request(
                asked.parts.method.clone(),
                format!("{}{}", self.emulator, asked.parts.uri),
            )
            .headers(headers)
            .body(body)
            .send()
            .await
            .map_err(|_| Closed)?;
        let (status, headers) = (sent.status(), sent.headers().clone());
        Ok((status, headers, sent.bytes().await.map_err(|_| Closed)?))
    }

    /// Remembers what was executed; a stack that is made anew has change sets of its own.
    fn note(&self, asked: &Asked) {
        let mut executed = self.executed.lock().expect("no panic");
        let (Some(executed), Some(change_set)) = (&mut *executed, asked.change_set()) else {
            return;
        };
        match asked.name.as_str() {
            "ExecuteChangeSet" => drop(executed.insert(change_set)),
            "CreateChangeSet" => drop(executed.remove(&change_set)),
            _ => {}
        }
    }

    fn hides(&self, asked: &Asked) -> bool {
        let executed = self.executed.lock().expect("no panic");
        let known = |executed: &HashSet<_>| {
            asked
                .change_set()
                .is_some_and(|one| executed.contains(&one))
        };
        asked.name == "DescribeChangeSet" && executed.as_ref().is_some_and(known)
    }

    fn guards(&self, asked: &Asked) -> bool {
        asked.name == "DeleteStack" && self.rules.lock().expect("no panic").guard_deletes
    }

    /// What AWS would say to a deletion, by the stack's status.
    async fn collision(&self, asked: &Asked) -> Option<Fault> {
        let stack = names::field(&asked.body, "StackName")?;
        let question = names::form(&[
            ("Action", "DescribeStacks"),
            ("Version", "2010-05-15"),
            ("StackName", &stack),
        ]);
        let (_, _, body) = self.send(asked, question.into()).await.ok()?;
        let text = String::from_utf8_lossy(&body);
        let status = names::between(&text, "<StackStatus>", "</StackStatus>")?;
        match status {
            "CREATE_IN_PROGRESS" => Some(Fault::Throttled),
            "UPDATE_IN_PROGRESS"
            | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            | "UPDATE_ROLLBACK_IN_PROGRESS" => Some(Fault::Refused {
                code: "ValidationError".to_owned(),
                sentence: format!("Stack [{stack}] cannot be deleted while in status {status}"),
            }),
            _ => None,
        }
    }
}
