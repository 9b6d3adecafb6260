//! Where each key of a file stood.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::Position;

/// Positions by dotted key, such as `stacks.app.parameters.VpcId` or `health.0.url`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Positions(BTreeMap<String, Position>);

impl Positions {
    /// Where the key stands, or the nearest key around it, or the beginning of the file.
    pub fn of(&self, key: &str) -> Position {
        let mut key = key;
        loop {
            if let Some(position) = self.0.get(key) {
                return *position;
            }
            match key.rsplit_once('.') {
                Some((around, _)) => key = around,
                None => return Position::START,
            }
        }
    }

    pub(crate) fn insert(&mut self, key: String, at: Position) {
        self.0.insert(key, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_not_there_stands_where_its_parent_does() {
        let app = Position { line: 3, column: 5 };
        let mut positions = Positions::default();
        positions.insert("stacks.app".to_owned(), app);
        assert_eq!(positions.of("stacks.app"), app);
        assert_eq!(positions.of("stacks.app.parameters.VpcId"), app);
        assert_eq!(positions.of("url"), Position::START);
    }
}
