//! The guardrails: what they forbid, that they fit, and what an admin reads about a file that can't be one.

mod bad_files;
mod evaluator;
mod fitting;
mod requests;
mod shape;

use ebbtide_templates::guardrails::{ExtraFile, Guardrail, GuardrailSettings, render};

/// What an admin has who set nothing but the region.
pub fn settings() -> GuardrailSettings {
    GuardrailSettings {
        sandbox_ou: "ou-a1b2-c3d4e5f6".to_owned(),
        partition: "aws".to_owned(),
        regions: vec!["eu-west-1".to_owned()],
        services: Vec::new(),
        roles: vec!["OrganizationAccountAccessRole".to_owned()],
        extra: Vec::new(),
    }
}

/// And files of these texts beside.
pub fn with_extra(texts: &[&str]) -> GuardrailSettings {
    let file = |(index, text): (usize, &&str)| ExtraFile {
        path: format!("extra/{}.json", index + 1),
        text: (*text).to_owned(),
    };
    GuardrailSettings {
        extra: texts.iter().enumerate().map(file).collect(),
        ..settings()
    }
}

/// The policies; there must be nothing wrong.
pub fn rendered(settings: &GuardrailSettings) -> Vec<Guardrail> {
    render(settings).expect("they fit")
}

/// What is wrong, a line each.
pub fn findings(settings: &GuardrailSettings) -> String {
    let findings = render(settings).expect_err("something is wrong");
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
