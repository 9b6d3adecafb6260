//! Decides when the process dies.

use crate::support::proxy::{Held, Proxy};

/// How one kills.
pub struct Habits {
    /// So often at most a process is killed in one world: after that it may finish.
    pub kills: u32,
    /// Calls of this name are counted, or all.
    pub counted: Option<&'static str>,
    /// Fewer than so many of them come between two kills.
    pub gap: usize,
    /// Calls in the middle of which it is killed. What is asked all the time comes in any case.
    pub midst: &'static [&'static str],
}

/// At any time of a life.
pub const ALL_THE_TIME: Habits = Habits {
    kills: 12,
    counted: None,
    gap: 40,
    midst: &[
        "CreateAccount",
        "MoveAccount",
        "AssumeRole",
        "CreateChangeSet",
        "ExecuteChangeSet",
        "DescribeStacks",
        "DeleteStack",
    ],
};

/// While things are deleted one by one.
pub const AMONG_DELETIONS: Habits = Habits {
    kills: 6,
    counted: Some("DeleteResource"),
    gap: 6,
    midst: &["DeleteResource", "GetResourceRequestStatus"],
};

/// Kills by a seed.
pub struct Executioner {
    seed: u64,
    dice: fastrand::Rng,
    habits: Option<&'static Habits>,
    struck: u32,
    next: Next,
}

enum Next {
    /// When this many calls were counted in all.
    At(usize),
    /// While this call is under way, or, if it does not come, when this many were counted in all.
    Midst(Held, usize),
    Never,
}

impl Executioner {
    /// Kills nobody.
    pub fn idle() -> Self {
        Self {
            seed: 0,
            dice: fastrand::Rng::with_seed(0),
            habits: None,
            struck: 0,
            next: Next::Never,
        }
    }

    /// Kills the same way for the same seed.
    pub fn seeded(seed: u64, habits: &'static Habits) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        Self {
            seed,
            next: Next::At(dice.usize(1..habits.gap)),
            dice,
            habits: Some(habits),
            struck: 0,
        }
    }

    /// How many calls came that it counts.
    fn counted(&self, proxy: &Proxy) -> usize {
        match self.habits.and_then(|habits| habits.counted) {
            Some(name) => proxy.count(name),
            None => proxy.calls(),
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
                self.counted(proxy) >= *calls
            }
            Next::Midst(held, calls) => tokio::select! {
                () = held.arrived() => true,
                () = moment => self.counted(proxy) >= *calls,
            },
        }
    }

    /// The process is dead: chooses the next time.
    pub fn struck(&mut self, proxy: &Proxy) {
        let Some(habits) = self.habits else {
            return;
        };
        self.struck += 1;
        let calls = self.counted(proxy) + self.dice.usize(1..habits.gap);
        let next = if self.struck == habits.kills {
            Next::Never
        } else if self.dice.bool() {
            let name = habits.midst[self.dice.usize(..habits.midst.len())];
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
        self.habits.map(|_| self.struck)
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
