//! What keeps the code the shape it has: which part may know which, where the outside world is spoken to, how
//! long a file may grow; and that the published documents say what the code says.
//!
//! After a change to the configuration, the metrics or `.ebbtide.yml`, this writes the documents anew:
//! `UPDATE_DOCUMENTS=1 cargo test --test architecture`

mod documents;
mod rules;
mod sources;

use sources::Source;

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

fn rust(folders: &[&str]) -> Vec<Source> {
    let sources: Vec<Source> = folders
        .iter()
        .flat_map(|folder| sources::under(folder))
        .collect();
    assert!(sources.len() > 10, "the sources are not where they were");
    sources
}

const CRATES: [&str; 3] = ["service/src", "webhooks/src", "templates/src"];

#[test]
fn imports_point_one_way() {
    assert_none(&rules::imports(&rust(&CRATES)));
}

#[test]
fn each_world_is_spoken_to_in_one_place() {
    assert_none(&rules::worlds(&rust(&CRATES)));
}

#[test]
fn pure_code_stays_pure() {
    assert_none(&rules::purity(&rust(&CRATES)));
}

#[test]
fn the_leaves_know_no_other_crate_of_ours() {
    for leaf in ["webhooks", "templates"] {
        let manifest = sources::read(&format!("{leaf}/Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        assert!(
            !dependencies.contains("ebbtide"),
            "{leaf}/Cargo.toml: {leaf} is a leaf and depends on no other crate of this workspace"
        );
    }
}

#[test]
fn production_code_has_no_switch_for_tests() {
    assert_none(&rules::test_switches(&rust(&CRATES)));
}

#[test]
fn files_stay_small() {
    let everything = ["service/src", "webhooks", "templates", "tests"];
    assert_none(&rules::sizes(&rust(&everything)));
}
