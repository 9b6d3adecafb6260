//! How things look in JSON, in answers and webhooks alike, with every property that GitHub's
//! description requires.

pub(super) mod app;
mod checks;
mod deployments;
mod people;
mod pulls;
mod repositories;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// GitHub's other name of a thing: a kind and a number, encoded.
fn node_id(kind: &str, id: u64) -> String {
    STANDARD.encode(format!("{}:{kind}{id}", kind.len()))
}
