//! `ebbtide schema`.

use super::output;

/// Prints the JSON Schema of `.ebbtide.yml`.
pub fn run() -> anyhow::Result<()> {
    output::json(&ebbtide_templates::schema())
}
