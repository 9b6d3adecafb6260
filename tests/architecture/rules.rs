//! The rules. Each takes sources and returns a line for every violation: where, what, and why it is one.

use super::sources::{Source, in_name, words};

/// Which modules of the service each of them may know besides itself. What is missing here may be known by none.
const KNOWS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("poke", &[]),
    ("environment", &[]),
    ("store", &["environment"]),
    ("cloud", &["clock", "environment"]),
    ("github", &["clock", "environment"]),
    ("guardrails", &["cloud", "environment"]),
    ("nuke", &["clock", "cloud", "environment"]),
    (
        "reconciler",
        &[
            "clock",
            "cloud",
            "environment",
            "github",
            "guardrails",
            "nuke",
            "poke",
            "store",
        ],
    ),
    ("api_token", &["store"]),
    (
        "api",
        &["api_token", "clock", "environment", "nuke", "poke", "store"],
    ),
    ("config", &["environment", "nuke"]),
    ("logging", &["config"]),
    (
        "service",
        &[
            "api",
            "clock",
            "cloud",
            "config",
            "environment",
            "github",
            "guardrails",
            "nuke",
            "poke",
            "reconciler",
            "store",
        ],
    ),
    // The local GitHub and the walk are peers of the service: they look at it from outside.
    (
        "demo",
        &["api_token", "clock", "cloud", "environment", "store"],
    ),
    (
        "cli",
        &[
            "api",
            "api_token",
            "clock",
            "config",
            "demo",
            "environment",
            "guardrails",
            "logging",
            "nuke",
            "poke",
            "reconciler",
            "service",
            "store",
        ],
    ),
];

/// Where AWS is spoken to.
const AWS: &[&str] = &["service/src/cloud/aws/", "service/src/demo/emulator.rs"];

/// Crates that reach the outside world, and where each may be used.
const WORLDS: &[(&str, &[&str])] = &[
    ("aws_config", AWS),
    ("aws_credential_types", AWS),
    ("aws_sdk_", AWS),
    ("aws_sigv4", AWS),
    ("aws_smithy_", AWS),
    ("octocrab", &["service/src/github/client/"]),
    ("sqlx", &["service/src/store/"]),
    ("axum", &["service/src/api/", "service/src/demo/github/"]),
    (
        "reqwest",
        &[
            "service/src/reconciler/probe.rs",
            "service/src/cli/",
            "service/src/cloud/aws/",
            "service/src/demo/",
        ],
    ),
];

/// What has no place where everything is decided.
const IMPURE: &[&str] = &[
    "async",
    "await",
    "tokio",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
];

/// Where everything is decided.
const PURE: &[&str] = &[
    "service/src/environment/",
    "webhooks/src/",
    "templates/src/",
];

/// Longer files ask to be split along a seam that a reader would recognise.
const LONGEST: usize = 500;

/// A module may name only those it may know.
pub fn imports(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.starts_with("service/src/"))
    {
        let Some(from) = source.module().first().copied() else {
            continue;
        };
        let Some((_, known)) = KNOWS.iter().find(|(name, _)| *name == from) else {
            violations.push(format!(
                "{}: say in KNOWS what {from} may know",
                source.path
            ));
            continue;
        };
        for (position, to) in named(source) {
            if to != from && !known.contains(&to.as_str()) {
                let known = if known.is_empty() {
                    "nothing".to_owned()
                } else {
                    known.join(", ")
                };
                violations.push(format!(
                    "{}: {from} names {to}, and it may know {known} besides itself",
                    source.at(position)
                ));
            }
        }
    }
    violations
}

/// The modules of the crate that a file names, by `crate::` or by enough of `super::`.
fn named(source: &Source) -> Vec<(usize, String)> {
    let code = &source.code;
    let mut named = Vec::new();
    for position in words(code, "crate::") {
        named.extend(heads(&code[position + "crate::".len()..]).map(|name| (position, name)));
    }
    let mut past = 0;
    for position in words(code, "super::") {
        // Of a chain, the first one counts.
        if position < past {
            continue;
        }
        let mut rest = &code[position..];
        let mut climbed = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            rest = after;
            climbed += 1;
        }
        past = code.len() - rest.len();
        if climbed >= source.module().len() + inner_modules(code, position) {
            named.extend(heads(rest).map(|name| (position, name)));
        }
    }
    named
}

/// The first names of a path: one, or those in braces.
fn heads(path: &str) -> impl Iterator<Item = String> {
    let mut heads = Vec::new();
    match path.strip_prefix('{') {
        None => heads.push(head(path)),
        Some(group) => {
            let mut depth = 0;
            let mut start = true;
            for (position, character) in group.char_indices() {
                match character {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    letter if start && in_name(letter) => {
                        heads.push(head(&group[position..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        }
    }
    // What begins with a capital, or is a macro, is an item of the crate's root and no module.
    let is_module = |name: &String| name.starts_with(|c: char| c.is_ascii_lowercase());
    heads.into_iter().filter(is_module)
}

fn head(path: &str) -> String {
    path.chars()
        .take_while(|character| in_name(*character))
        .collect()
}

/// How many `mod name { … }` are open at a place.
fn inner_modules(code: &str, position: usize) -> usize {
    let opens = |begin: usize| {
        let after = &code[begin + "mod ".len()..position];
        let name = head(after);
        !name.is_empty() && after[name.len()..].trim_start().starts_with('{')
    };
    let closed = |begin: usize| {
        let mut depth = 0_usize;
        for character in code[begin..position].chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 1 => return true,
                '}' => depth -= 1,
                _ => {}
            }
        }
        false
    };
    words(&code[..position], "mod ")
        .filter(|begin| opens(*begin) && !closed(*begin))
        .count()
}

/// AWS, GitHub, the database and HTTP are each spoken to in one place.
pub fn worlds(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        for (world, places) in WORLDS {
            if places.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            let used =
                words(&source.code, world).find(|position| is_path(&source.code[*position..]));
            violations.extend(used.map(|position| {
                format!(
                    "{}: {} is used, which has its place in {}",
                    source.at(position),
                    head(&source.code[position..]),
                    places.join(" and ")
                )
            }));
        }
    }
    violations
}

fn is_path(code: &str) -> bool {
    code[head(code).len()..].starts_with("::")
}

/// Decisions are made without waiting, files, network, or a clock.
pub fn purity(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    let is_pure = |source: &&Source| PURE.iter().any(|place| source.path.starts_with(place));
    for source in sources.iter().filter(is_pure) {
        for impure in IMPURE {
            let used = words(&source.code, impure)
                .find(|position| !source.code[position + impure.len()..].starts_with(in_name));
            violations.extend(used.map(|position| {
                format!(
                    "{}: {impure} has no place here: this code only decides, others wait, read and send",
                    source.at(position)
                )
            }));
        }
    }
    violations
}

/// `cfg(test)` marks modules of tests, and nothing else.
pub fn test_switches(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        for position in words(&source.code, "cfg").chain(words(&source.code, "cfg_attr")) {
            let condition = source.code[position..]
                .split_once('(')
                .map_or("", |(_, rest)| rest);
            let condition = condition.split([']', '{']).next().unwrap_or_default();
            let about_tests = words(condition, "test")
                .any(|at| !condition[at + "test".len()..].starts_with(in_name));
            let marks_tests = source.code[position..]
                .strip_prefix("cfg(test)]")
                .is_some_and(|after| after.trim_start().starts_with("mod "));
            if about_tests && !marks_tests {
                violations.push(format!(
                    "{}: production code must not know that it is tested: only `#[cfg(test)] mod …` may stand here",
                    source.at(position)
                ));
            }
        }
    }
    violations
}

/// A file holds one idea.
pub fn sizes(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .map(|source| (source, source.code.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(source, lines)| {
            format!(
                "{}: {lines} lines, at most {LONGEST} are allowed: split it",
                source.path
            )
        })
        .collect()
}

#[test]
fn violations_are_found_and_told() {
    let wish = Source::new(
        "service/src/environment/wish.rs",
        "use super::ids::Id;\nuse crate::store::Store;\nuse crate::{\n    environment::Id,\n    cloud::{aws, Place},\n};\n\
         use super::super::github;\nasync fn f() {}\n#[cfg(test)]\nmod tests {\n    use super::super::ids;\n}\n\
         #[cfg(not(test))]\nfn g() {}\nfn h() { sqlx::query(); }\n",
    );
    insta::assert_snapshot!(imports(std::slice::from_ref(&wish)).join("\n"), @r"
    service/src/environment/wish.rs:2: environment names store, and it may know nothing besides itself
    service/src/environment/wish.rs:3: environment names cloud, and it may know nothing besides itself
    service/src/environment/wish.rs:7: environment names github, and it may know nothing besides itself
    ");
    insta::assert_snapshot!(worlds(std::slice::from_ref(&wish)).join("\n"), @"service/src/environment/wish.rs:15: sqlx is used, which has its place in service/src/store/");
    insta::assert_snapshot!(purity(std::slice::from_ref(&wish)).join("\n"), @"service/src/environment/wish.rs:8: async has no place here: this code only decides, others wait, read and send");
    insta::assert_snapshot!(test_switches(std::slice::from_ref(&wish)).join("\n"), @"service/src/environment/wish.rs:13: production code must not know that it is tested: only `#[cfg(test)] mod …` may stand here");
    let long = Source::new("service/src/api/long.rs", &"fn f() {}\n".repeat(501));
    insta::assert_snapshot!(sizes(&[long]).join("\n"), @"service/src/api/long.rs: 501 lines, at most 500 are allowed: split it");
    let new = Source::new("service/src/tides/ebb.rs", "");
    insta::assert_snapshot!(imports(&[new]).join("\n"), @"service/src/tides/ebb.rs: say in KNOWS what tides may know");
}
