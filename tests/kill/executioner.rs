//! Decides when the process dies.

use crate::support::proxy::{Held, Proxy};

/// So often at most a process is killed in one world: after that it may finish.
const KILLS: u32 = 12;
/// So many calls to AWS at most come between two kills.
const GAP: usize = 40;
/// Calls in the middle of which it is killed. What is asked all the time comes in any case.
const MIDST: [&str; 7] = [
    "CreateAccount",
    "MoveAccount",
    "AssumeRole",
    "CreateChangeSet",
    "ExecuteChangeSet",
    "DescribeStacks",
    "DeleteStack",
];

/// Kills by a seed.
pub struct Executioner {
    seed: u64,
    dice: fastrand::Rng,
    kills: bool,
    left: u32,
    next: Next,
}

enum Next {
    /// When this many calls were asked in all.
    At(usize),
    /// While this call is under way, or, if it does not come, when this many were asked in all.
    Midst(Held, usize),
    Never,
}

impl Executioner {
    /// Kills nobody.
    pub fn idle() -> Self {
        Self {
            seed: 0,
            dice: fastrand::Rng::with_seed(0),
            kills: false,
            left: 0,
            next: Next::Never,
        }
    }

    /// Kills the same way for the same seed.
    pub fn seeded(seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        Self {
            seed,
            next: Next::At(dice.usize(1..GAP)),
            dice,
            kills: true,
            left: KILLS,
        }
    }

    /// Waits a moment; `true` when the process is to die now.
    pub async fn strikes(&mut self, proxy: &Proxy, moment: impl Future<Output = ()>) -> bool {
        match &self.next {
            Next::Never => {
                moment.await;
                false
            }
            Next::At(calls) => {
                moment.await;
                proxy.calls() >= *calls
            }
            Next::Midst(held, calls) => tokio::select! {
                () = held.arrived() => true,
                () = moment => proxy.calls() >= *calls,
            },
        }
    }

    /// The process is dead: chooses the next time.
    pub fn struck(&mut self, proxy: &Proxy) {
        self.left -= 1;
        let calls = proxy.calls() + self.dice.usize(1..GAP);
        let next = if self.left == 0 {
            Next::Never
        } else if self.dice.bool() {
            let name = MIDST[self.dice.usize(..MIDST.len())];
            Next::Midst(proxy.hold(name), calls)
        } else {
            Next::At(calls)
        };
        // What was held goes on without anybody who waits for its answer; what did not come is not held later.
        if let Next::Midst(held, _) = std::mem::replace(&mut self.next, next) {
            held.release();
        }
    }

    /// How often it struck; `None` for one who never does.
    pub fn struck_times(&self) -> Option<u32> {
        self.kills.then(|| KILLS - self.left)
    }
}

impl Drop for Executioner {
    #[expect(
        clippy::print_stderr,
        reason = "whoever reads why a test failed needs the seed"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed was {}", self.seed);
        }
    }
}
