//! Small pieces of HTML that all pages share.

use crate::demo::github::git::sha1;
use chrono::{DateTime, Utc};

/// A page before it has its frame.
pub(super) struct Page {
    pub title: String,
    /// Whether something is going on, so that the browser looks again soon.
    pub pending: bool,
    /// HTML.
    pub main: String,
}

impl Page {
    pub fn render(&self) -> String {
        let version = sha1(&[self.main.as_bytes()]);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} · Local GitHub</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <link rel=\"stylesheet\" href=\"/ui/style.css\">\n\
             <script src=\"/ui/page.js\" defer></script>\n</head>\n<body>\n\
             <header><a href=\"/\">Local GitHub</a><span>a model for this demo, on this machine only</span></header>\n\
             <main data-version=\"{version}\" data-pending=\"{pending}\">\n{main}\n</main>\n</body>\n</html>\n",
            title = escape(&self.title),
            pending = self.pending,
            main = self.main,
        )
    }
}

/// Text as HTML shows it.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A word in a coloured capsule; the tone is never the only carrier of meaning.
pub(super) fn pill(tone: &str, word: &str) -> String {
    format!("<span class=\"pill {tone}\">{}</span>", escape(word))
}

/// A time of day; the date appears under the pointer.
pub(super) fn time(at: DateTime<Utc>) -> String {
    format!(
        "<time datetime=\"{full}\" title=\"{full}\">{short} UTC</time>",
        full = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        short = at.format("%H:%M:%S"),
    )
}

/// A button that is a form of its own; `fields` travel hidden.
pub(super) fn button(act: &str, fields: &[(&str, &str)], label: &str, class: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/ui/{act}\">{}<button class=\"{class}\">{}</button></form>",
        hidden(fields),
        escape(label)
    )
}

/// Fields that travel with a form unseen.
pub(super) fn hidden(fields: &[(&str, &str)]) -> String {
    fields.iter().fold(String::new(), |html, (name, value)| {
        let value = escape(value);
        html + &format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    })
}
