//! Texts from strangers: whatever they hold, reading ends with a value or with findings that point into the text.

use std::collections::BTreeMap;

use ebbtide_templates::{Finding, check, example, read, read_template};
use proptest::prelude::*;

fn point_into_the_text(findings: &[Finding], text: &str) -> Result<(), TestCaseError> {
    prop_assert!(!findings.is_empty());
    let lines = text
        .split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
        .count();
    for finding in findings {
        prop_assert!(finding.line >= 1 && finding.column >= 1);
        prop_assert!(finding.line as usize <= lines + 1, "{finding} in {text:?}");
        prop_assert!(!finding.to_string().contains('\n'), "{finding}");
    }
    Ok(())
}

/// Pieces that YAML, CloudFormation and expressions give a meaning to, and some that nobody does.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "stacks",
        "template",
        "needs",
        "parameters",
        "health",
        "url",
        "ttl",
        "Resources",
        "Type",
        "Outputs",
        "Transform",
        "Fn::Transform",
        ": ",
        ":",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
        "!Ref ",
        "!",
        "|",
        ">",
        "\"",
        "'",
        "#",
        "\t",
        "---",
        "...",
        "%",
        "?",
        "~",
        "<<",
        "${{",
        "}}",
        " sha ",
        "0x",
        "1e9",
        "\u{feff}",
        "\\u",
        "\r",
        "é",
        "\0",
    ]);
    let piece = prop_oneof![
        8 => words.prop_map(str::to_owned),
        1 => "\\PC{0,5}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A good text with a piece of it replaced by something else.
fn damaged(good: &'static str) -> impl Strategy<Value = String> {
    (any::<prop::sample::Index>(), 0..6_usize, text()).prop_map(move |(at, length, piece)| {
        let characters: Vec<char> = good.chars().collect();
        let at = at.index(characters.len());
        let end = (at + length).min(characters.len());
        let (before, after) = (&characters[..at], &characters[end..]);
        before.iter().collect::<String>() + &piece + &after.iter().collect::<String>()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn as_a_file(text in text()) {
        if let Err(findings) = read(".ebbtide.yml", &text) {
            point_into_the_text(&findings, &text)?;
        }
    }

    #[test]
    fn as_a_damaged_file(text in damaged(example::files()[0].1)) {
        match read(".ebbtide.yml", &text) {
            Err(findings) => point_into_the_text(&findings, &text)?,
            Ok(file) => {
                let _ = check(".ebbtide.yml", &file, &BTreeMap::new());
                let stored = serde_json::to_string(&file).unwrap();
                prop_assert_eq!(serde_json::from_str::<ebbtide_templates::RepositoryFile>(&stored).unwrap(), file);
            }
        }
    }

    #[test]
    fn as_a_template(text in text()) {
        if let Err(findings) = read_template("infra/app.yaml", &text) {
            point_into_the_text(&findings, &text)?;
        }
    }

    #[test]
    fn as_a_damaged_template(text in damaged(example::files()[1].1)) {
        if let Err(findings) = read_template("infra/app.yaml", &text) {
            point_into_the_text(&findings, &text)?;
        }
    }
}
