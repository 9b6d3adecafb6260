//! How far an emptying has come, for people: counts alone, read from what its worker wrote down.

use super::work::Stage;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// How far an emptying has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Looks at everything that are complete.
    pub rounds: u32,
    /// Waves to come, with the one under way.
    pub waves_left: usize,
    /// Resources that are known to be left.
    pub resources_left: usize,
    /// Resources that are gone.
    pub deleted: usize,
}

/// The parts of [`super::Work`] that are counted: whatever else is in there may change.
#[derive(Deserialize)]
struct Counted {
    stage: Stage,
    rounds: u32,
    left: Vec<IgnoredAny>,
    waves: Vec<IgnoredAny>,
    deleted: Vec<IgnoredAny>,
}

impl Progress {
    /// Reads what a worker wrote down; `None` where another version wrote it in another way.
    pub fn read(work: &str) -> Option<Self> {
        let counted: Counted = serde_json::from_str(work).ok()?;
        let under_way = usize::from(counted.stage == Stage::Wave);
        Some(Self {
            rounds: counted.rounds,
            waves_left: counted.waves.len() + under_way,
            resources_left: counted.left.len(),
            deleted: counted.deleted.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::nuke::Work;
    use crate::nuke::work::Stage;
    use chrono::DateTime;

    #[test]
    fn what_is_written_down_is_counted() {
        let mut work = Work::new(DateTime::UNIX_EPOCH);
        work.rounds = 2;
        work.stage = Stage::Wave;
        work.waves.push_back(Vec::new());
        let text = serde_json::to_string(&work).expect("JSON");
        let progress = Progress {
            rounds: 2,
            waves_left: 2,
            resources_left: 0,
            deleted: 0,
        };
        assert_eq!(Progress::read(&text), Some(progress));
        assert_eq!(Progress::read("{}"), None);
        assert_eq!(Progress::read("from another age"), None);
    }
}
