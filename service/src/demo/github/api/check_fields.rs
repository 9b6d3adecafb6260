//! What a request may say about a check run, and what GitHub refuses.

use crate::demo::github::answer::Answer;
use crate::demo::github::call::{optional, required};
use crate::demo::github::said::CheckRun;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// Annotations that one request may bring.
const MOST_ANNOTATIONS: usize = 50;
/// Buttons of a check run.
const MOST_ACTIONS: usize = 3;
/// Characters of a summary or text.
const LONGEST: usize = 65_535;
/// How a check run can stand; the first three are for Apps to set.
const STATUSES: [&str; 6] = [
    "queued",
    "in_progress",
    "completed",
    "waiting",
    "requested",
    "pending",
];
const CONCLUSIONS: [&str; 7] = [
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
];

/// Takes over what a request says about a check run.
pub(super) fn apply(
    run: &mut CheckRun,
    fields: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(), Answer> {
    if let Some(id) = optional(fields, "external_id")? {
        id.clone_into(&mut run.external_id);
    }
    if let Some(url) = optional(fields, "details_url")? {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let message = "details_url must use http or https";
            return Err(Answer::invalid(
                "CheckRun",
                "details_url",
                "custom",
                message,
            ));
        }
        run.details_url = Some(url.to_owned());
    }
    if let Some(at) = time(fields, "started_at")? {
        run.started_at = at;
    }
    if let Some(output) = fields.get("output") {
        apply_output(run, output)?;
    }
    if let Some(actions) = fields.get("actions") {
        run.actions = actions_of(actions)?;
    }
    apply_status(run, fields, now)
}

fn apply_status(
    run: &mut CheckRun,
    fields: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(), Answer> {
    let status = optional(fields, "status")?;
    let conclusion = optional(fields, "conclusion")?;
    if let Some(status) = status.filter(|status| !STATUSES.contains(status)) {
        return Err(not_a_member("status", status));
    }
    if let Some(conclusion) = conclusion.filter(|word| !CONCLUSIONS.contains(word)) {
        return Err(not_a_member("conclusion", conclusion));
    }
    match (status, conclusion) {
        // A conclusion completes the run, whatever the status says.
        (_, Some(conclusion)) => {
            "completed".clone_into(&mut run.status);
            run.conclusion = Some(conclusion.to_owned());
            run.completed_at = Some(time(fields, "completed_at")?.unwrap_or(now));
        }
        (Some("completed"), None) => {
            return Err(Answer::unprocessable(
                "Invalid request.\n\nNo subschema in \"anyOf\" matched.\n\"conclusion\" wasn't supplied.",
            ));
        }
        (Some(status), None) => {
            status.clone_into(&mut run.status);
            run.conclusion = None;
            run.completed_at = None;
        }
        (None, None) => {}
    }
    Ok(())
}

fn apply_output(run: &mut CheckRun, output: &Value) -> Result<(), Answer> {
    let Value::Object(output) = output else {
        return Err(Answer::unprocessable(&format!(
            "Invalid request.\n\nFor 'properties/output', {output} is not an object."
        )));
    };
    let title = optional(output, "title")?;
    let summary = required(output, "summary")?;
    let text = optional(output, "text")?;
    if title.is_none() && run.title.is_none() {
        return Err(Answer::unprocessable(
            "Invalid request.\n\n\"title\" wasn't supplied.",
        ));
    }
    for (name, words) in [("summary", Some(summary)), ("text", text)] {
        if words.is_some_and(|words| words.chars().count() > LONGEST) {
            return Err(Answer::unprocessable(&format!(
                "Invalid request.\n\nOnly {LONGEST} characters are allowed; \"{name}\" has more."
            )));
        }
    }
    if let Some(Value::Array(annotations)) = output.get("annotations") {
        if annotations.len() > MOST_ANNOTATIONS {
            return Err(Answer::unprocessable(&format!(
                "Invalid request.\n\nNo more than {MOST_ANNOTATIONS} items are allowed; {} were supplied.",
                annotations.len()
            )));
        }
        for annotation in annotations {
            for field in [
                "path",
                "start_line",
                "end_line",
                "annotation_level",
                "message",
            ] {
                if annotation.get(field).is_none() {
                    return Err(Answer::unprocessable(&format!(
                        "Invalid request.\n\n\"{field}\" wasn't supplied."
                    )));
                }
            }
        }
        // Annotations add up over requests; title and summary are replaced.
        run.annotations.extend(annotations.iter().cloned());
    }
    if let Some(title) = title {
        run.title = Some(title.to_owned());
    }
    run.summary = Some(summary.to_owned());
    run.text = text.map(str::to_owned);
    Ok(())
}

fn actions_of(actions: &Value) -> Result<Vec<Value>, Answer> {
    let actions = actions.as_array().cloned().unwrap_or_default();
    if actions.len() > MOST_ACTIONS {
        return Err(Answer::unprocessable(&format!(
            "Invalid request.\n\nNo more than {MOST_ACTIONS} items are allowed; {} were supplied.",
            actions.len()
        )));
    }
    for action in &actions {
        for (field, longest) in [("label", 20), ("description", 40), ("identifier", 20)] {
            let text = action[field].as_str().unwrap_or_default();
            if text.is_empty() || text.chars().count() > longest {
                return Err(Answer::unprocessable(&format!(
                    "Invalid request.\n\nOnly {longest} characters are allowed in \"{field}\", and one at least."
                )));
            }
        }
    }
    Ok(actions)
}

fn time(fields: &Map<String, Value>, name: &str) -> Result<Option<DateTime<Utc>>, Answer> {
    let Some(text) = optional(fields, name)? else {
        return Ok(None);
    };
    DateTime::parse_from_rfc3339(text)
        .map(|at| Some(at.with_timezone(&Utc)))
        .map_err(|_| {
            Answer::unprocessable(&format!(
                "Invalid request.\n\n\"{text}\" is not a valid date-time of \"{name}\"."
            ))
        })
}

fn not_a_member(field: &str, value: &str) -> Answer {
    Answer::unprocessable(&format!(
        "Invalid request.\n\n{value} is not a possible value of \"{field}\"."
    ))
}
