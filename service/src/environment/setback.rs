//! What a failed call means for what happens next.

use std::time::Duration;

/// A failed call, in one of three kinds. The edges translate every error into one of them; the core
/// decides by kind alone how long to wait ([`super::patience`]) and when to tell a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Setback {
    /// Nothing happened and the same call may succeed later: throttled, unavailable, not yet consistent.
    #[error("{cause}")]
    TryLater {
        /// How long the peer asked us to wait, where it said so.
        after: Option<Duration>,
        /// For the log.
        cause: String,
    },
    /// The call was understood and refused; repeating it changes nothing until something else changes.
    #[error("{sentence}")]
    Refused {
        /// For a person: what was refused and why.
        sentence: String,
    },
    /// The request may or may not have taken effect: the answer never came. Look before doing it again.
    #[error("no answer: {cause}")]
    AnswerLost {
        /// For the log.
        cause: String,
    },
}

impl Setback {
    /// A setback that waiting mends.
    pub fn later(cause: impl Into<String>) -> Self {
        Self::TryLater {
            after: None,
            cause: cause.into(),
        }
    }

    /// A refusal, with the sentence a person reads.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused {
            sentence: sentence.into(),
        }
    }

    /// An effect that may have happened.
    pub fn lost(cause: impl Into<String>) -> Self {
        Self::AnswerLost {
            cause: cause.into(),
        }
    }

    /// Whether repeating the call unchanged is pointless.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}
