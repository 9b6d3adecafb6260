//! A GitHub of our own: repositories, pull requests, checks and webhooks, in memory, behind HTTP.
//!
//! Stories in `tests/` and `ebbtide demo` run against it through the real client, so nothing in the
//! service knows that it is not GitHub. It answers exactly the calls that Ebbtide makes; a test compares
//! each of its answers with GitHub's own API description.
//!
//! The map, in reading order:
//! - [`setup`]: what is there at the beginning: `github.repository("acme/shop")`.
//! - [`actors`]: what people do, one line each: `github.as_user("alice").merge(1)`.
//! - [`readers`]: what is to be seen afterwards.
//! - `state`, `git`, `branches`, `pulls`, `access`, `said`: the model itself.
//! - `webhooks`, `post`, `courier`: what is told to the App, and how it travels.
//! - `api`, `call`, `answer`, `shapes`: the REST API over the model.
//! - `server`, `faults`, `limits`, `traffic`: the port, and what can be made to go wrong on it.
//! - `page`: the same for people with a browser.
//!
//! Time comes from two clocks. [`Options::clock`] stamps everything and ages the delivery log; a test may
//! jump it. Tokens are judged by [`Options::token_clock`], which is the machine's unless told otherwise,
//! because the client signs with the machine's clock.

mod access;
pub mod actors;
mod answer;
mod api;
mod branches;
mod call;
mod courier;
mod faults;
mod git;
mod key;
mod limits;
mod page;
mod post;
mod pulls;
pub mod readers;
mod said;
mod server;
pub mod setup;
mod shapes;
mod state;
mod traffic;
mod webhooks;

pub use actors::Actor;
pub use faults::{Failure, Hold};
pub use key::private_key_pem;
pub use post::Order;
pub use readers::{CheckRunSeen, CommentSeen, DeliverySeen, DeploymentSeen, PullRequestSeen};
pub use setup::NewRepository;
pub use state::{Permission, Refusal};
pub use traffic::{Exchange, Seen};

use crate::clock::{Clock, SystemClock};
use faults::{Effect, Faults};
use limits::Limits;
use post::PostOffice;
use server::{World, lock, serve};
use state::{App, State};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use traffic::Traffic;

/// How a local GitHub is set up.
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The App's number.
    pub app_id: u64,
    /// The App's name in addresses and in its bot's login.
    pub app_slug: String,
    /// Which events the App gets, besides those about its installations.
    pub events: Vec<String>,
    /// Where webhooks go. Without it none are sent, nor logged.
    pub webhook_url: Option<String>,
    /// What webhooks are signed with.
    pub webhook_secret: String,
    /// Stamps everything.
    pub clock: Arc<dyn Clock>,
    /// Judges tokens.
    pub token_clock: Arc<dyn Clock>,
    /// What the page offers to push, in this order.
    pub revisions: Vec<Revision>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            app_id: 4242,
            app_slug: "ebbtide".to_owned(),
            events: ["check_run", "check_suite", "pull_request"]
                .map(str::to_owned)
                .to_vec(),
            webhook_url: None,
            webhook_secret: "local webhook secret".to_owned(),
            clock: Arc::new(SystemClock),
            token_clock: Arc::new(SystemClock),
            revisions: Vec::new(),
        }
    }
}

/// A named set of files that the page can push.
#[derive(Clone, Debug)]
pub struct Revision {
    /// What a person reads on the button.
    pub name: String,
    /// Path and content.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A running local GitHub. Clones are the same one; it runs until [`LocalGitHub::stop`].
#[derive(Clone)]
pub struct LocalGitHub {
    world: Arc<World>,
    url: Arc<str>,
    private_key_pem: Arc<str>,
    under_way: watch::Receiver<usize>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl LocalGitHub {
    /// Binds the port and starts to serve. Fails when the port is taken.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let key = key::app_key()?;
        let private_key_pem = key.private_pem.as_str().into();
        let app = App {
            id: options.app_id,
            slug: options.app_slug,
            events: options.events,
            key,
            created_at: options.clock.now(),
        };
        let (queue, parcels) = mpsc::unbounded_channel();
        let (count, under_way) = watch::channel(0);
        let post = PostOffice::new(
            options.webhook_url,
            options.webhook_secret,
            queue,
            count.clone(),
        );
        let state = State::new(url.clone(), options.clock, options.token_clock, app, post);
        let state = Arc::new(Mutex::new(state));
        let world = Arc::new(World {
            state: Arc::clone(&state),
            faults: Mutex::new(Faults::default()),
            limits: Mutex::new(Limits::default()),
            traffic: Mutex::new(Traffic::default()),
            revisions: options.revisions,
        });
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(serve(
            Arc::clone(&world),
            listener,
            stop.clone(),
            tasks.clone(),
        ));
        tasks.spawn(courier::deliver_all(state, parcels, count, stop.clone()));
        let url = url.into();
        Ok(Self {
            world,
            url,
            private_key_pem,
            under_way,
            stop,
            tasks,
        })
    }

    /// Answers what is being asked, then stops. Webhooks still on their way are lost.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Where it listens, without a slash at the end: both the API's and the page's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The App's private key, PKCS#8 in PEM; another one in every process.
    pub fn private_key_pem(&self) -> &str {
        &self.private_key_pem
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.world.state)
    }

    /// Sends webhooks to this address from now on.
    pub fn send_webhooks_to(&self, url: impl Into<String>) {
        self.state().post.url = Some(url.into());
    }

    /// Sends a `ping`, as GitHub does when a webhook is set up.
    pub fn ping(&self) {
        let mut state = self.state();
        let payload = post::ping_payload(&state);
        state.dispatch("ping", None, None, None, payload);
    }

    /// Loses the next webhooks: the App never sees them, the log says 502.
    pub fn drop_next_deliveries(&self, count: u32) {
        self.state().post.drop_next(count);
    }

    /// Sends each of the next webhooks twice.
    pub fn duplicate_next_deliveries(&self, count: u32) {
        self.state().post.duplicate_next(count);
    }

    /// Keeps all webhooks back from now on.
    pub fn hold_deliveries(&self) {
        self.state().post.hold();
    }

    /// Sends what was kept back, in this order, and keeps nothing back any more.
    pub fn release_deliveries(&self, order: Order) {
        self.state().post.release(order);
    }

    /// Waits until every webhook that was sent has been answered or given up.
    pub async fn deliveries_settled(&self) {
        let mut under_way = self.under_way.clone();
        let settled = under_way.wait_for(|count| *count == 0);
        // An error means that the server was stopped: nothing is on its way any more.
        drop(self.stop.run_until_cancelled(settled).await);
    }

    /// Fails the next `count` requests with this method whose path (with its query) begins so.
    pub fn fail_next(&self, count: u32, method: &str, path_prefix: &str, failure: Failure) {
        let effect = Effect::Fail(failure);
        lock(&self.world.faults).order(count, method, path_prefix, effect);
    }

    /// Keeps the next such request waiting, before it has an effect, until the result is released.
    #[must_use = "dropping it lets the request go on"]
    pub fn hold_next(&self, method: &str, path_prefix: &str) -> Hold {
        let (arrived, reached) = watch::channel(false);
        let (go, wait) = watch::channel(false);
        let effect = Effect::Hold(arrived, wait);
        lock(&self.world.faults).order(1, method, path_prefix, effect);
        Hold { reached, go }
    }

    /// Forgets all ordered failures.
    pub fn stop_failing(&self) {
        lock(&self.world.faults).clear();
    }

    /// Refuses what goes over GitHub's limits: 5,000 requests an hour, 80 writes a minute, 500 an hour.
    pub fn enforce_limits(&self) {
        lock(&self.world.limits).enforced = true;
    }

    /// Keeps every request with its answer from now on, for [`LocalGitHub::exchanges`].
    pub fn record_exchanges(&self) {
        lock(&self.world.traffic).recording = true;
    }

    /// What was recorded so far, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.world.traffic).exchanges.clone()
    }

    /// Every request to the API, oldest first; the last 20,000.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.world.traffic).requests.iter().cloned().collect()
    }
}
