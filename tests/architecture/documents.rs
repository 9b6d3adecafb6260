//! The documents that are made from the code say what the code says, and their examples work.

use super::sources::{self, in_name, read, root, words};
use ebbtide::api::metrics::{Kind, METRICS};
use ebbtide::config::{Config, Sources, keys, reference};
use std::collections::BTreeSet;
use std::fmt::Write;

const README: &str = "README.md";
const SCHEMA: &str = "templates/ebbtide.schema.json";

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCUMENTS").is_some()
}

/// What stands between two hidden lines of the README; with `UPDATE_DOCUMENTS` it is written there.
fn assert_part(name: &str, wanted: &str) {
    let page = read(README);
    let (begin, end) = (
        format!("<!-- begin {name} -->\n"),
        format!("<!-- end {name} -->"),
    );
    let part = page.split_once(&begin).and_then(|(before, rest)| {
        let (part, after) = rest.split_once(&end)?;
        Some((before, part, after))
    });
    let Some((before, part, after)) = part else {
        panic!("README.md: the lines {begin}and {end} are missing");
    };
    let wanted = format!("\n{}\n\n", wanted.trim());
    if updating() {
        let page = format!("{before}{begin}{wanted}{end}{after}");
        std::fs::write(root(README), page).expect("README.md is written");
        return;
    }
    assert_eq!(
        part, wanted,
        "README.md, {name}: write it anew with UPDATE_DOCUMENTS=1 cargo test --test architecture"
    );
}

#[test]
fn the_generated_parts_of_the_readme_are_current() {
    assert_part("configuration", &reference());
    let mut table = "| metric | labels | meaning |\n| --- | --- | --- |\n".to_owned();
    for metric in METRICS {
        let labels: Vec<String> = metric
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        let _ = writeln!(
            table,
            "| `{}` | {} | {} |",
            metric.name,
            labels.join(", "),
            metric.meaning
        );
    }
    assert_part("metrics", &table);
}

#[test]
fn the_published_schema_is_current() {
    let wanted = format!("{:#}\n", ebbtide_templates::schema());
    if updating() {
        std::fs::write(root(SCHEMA), &wanted).expect("the schema is written");
    }
    assert_eq!(
        read(SCHEMA),
        wanted,
        "{SCHEMA}: write it anew with UPDATE_DOCUMENTS=1 cargo test --test architecture"
    );
}

#[test]
fn every_metric_that_is_counted_is_explained() {
    let macros = [
        ("counter!", Kind::Counter),
        ("gauge!", Kind::Gauge),
        ("histogram!", Kind::Summary),
    ];
    let mut counted = BTreeSet::new();
    for source in sources::under("service/src") {
        // The names are strings, which the code alone does not have.
        let text = read(&source.path);
        for (name, kind) in macros {
            for position in words(&source.code, name) {
                let given = text[position..]
                    .split('"')
                    .nth(1)
                    .filter(|name| name.starts_with("ebbtide_"));
                let Some(given) = given.filter(|_| source.code[..position].ends_with("metrics::"))
                else {
                    continue;
                };
                let known = METRICS
                    .iter()
                    .any(|metric| metric.name == given && metric.kind == kind);
                assert!(
                    known,
                    "{}: {given} is not in api::metrics::METRICS as {kind:?}",
                    source.at(position)
                );
                counted.insert(given.to_owned());
            }
        }
    }
    for metric in METRICS {
        assert!(
            counted.contains(metric.name),
            "{} is explained and never counted",
            metric.name
        );
    }
}

/// The code block of this language that begins with this line.
fn block<'a>(page: &'a str, language: &str, first: &str) -> &'a str {
    let begin = format!("```{language}\n{first}\n");
    let rest = page
        .split_once(&begin)
        .unwrap_or_else(|| panic!("README.md: no block {begin}"))
        .1;
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn the_example_of_a_repository_file_is_a_good_one() {
    let page = read(README);
    let file = ebbtide_templates::read(".ebbtide.yml", block(&page, "yaml", "# .ebbtide.yml"));
    let file = file.unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert!(file.url.is_some() && !file.health.is_empty());
}

#[test]
fn the_example_of_a_configuration_is_a_good_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("app.pem");
    std::fs::write(
        &key,
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n",
    )
    .expect("a key");
    let page = read(README);
    let text = block(&page, "toml", "# ebbtide.toml");
    let text = text.replace("/etc/ebbtide/app.pem", &key.display().to_string());
    let sources = Sources::from_text("ebbtide.toml", &text, []).expect("TOML");
    Config::load(&sources).unwrap_or_else(|mistakes| panic!("{mistakes}"));
}

#[test]
fn containers_are_given_keys_that_exist_and_all_that_must_be_set() {
    let compose = read("docker-compose.yml");
    let image = read("service/Dockerfile");
    let variables: BTreeSet<String> = keys::all().map(keys::Key::variable).collect();
    let mut given = BTreeSet::new();
    for text in [&compose, &image] {
        for position in words(text, "EBBTIDE_") {
            let name: String = text[position..]
                .chars()
                .take_while(|c| in_name(*c))
                .collect();
            if name.contains("__") {
                assert!(variables.contains(&name), "{name} is no key");
                given.insert(name);
            }
        }
    }
    for key in keys::all().filter(|key| key.required) {
        assert!(
            given.contains(&key.variable()),
            "{} must be set in docker-compose.yml",
            key.variable()
        );
    }
}

#[test]
fn links_of_the_readme_lead_somewhere() {
    let page = read(README);
    let anchors: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(anchor)
        .collect();
    for link in page.split("](").skip(1) {
        let target = link.split(')').next().unwrap_or_default();
        if let Some(wanted) = target.strip_prefix('#') {
            assert!(
                anchors.contains(wanted),
                "README.md: no heading for #{wanted}"
            );
        } else if !target.contains("://") {
            assert!(root(target).exists(), "README.md: there is no {target}");
        }
    }
}

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|c| in_name(*c) || matches!(c, ' ' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
