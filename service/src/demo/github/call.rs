//! One request to the API, taken apart.

use super::access::Token;
use super::answer::Answer;
use super::state::{Repository, State};
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

/// GitHub's pages hold this many unless asked otherwise.
const PAGE: usize = 30;
/// And never more than this.
const LARGEST_PAGE: usize = 100;

/// A request.
pub(super) struct Call {
    pub method: Method,
    /// Without the query, as it came.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Call {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token of `Authorization`, after `Bearer` or `token`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let known = ["bearer", "token"]
            .iter()
            .any(|one| scheme.eq_ignore_ascii_case(one));
        known.then(|| token.trim())
    }

    /// The media type asked for.
    pub fn accept(&self) -> &str {
        self.header("accept").unwrap_or_default()
    }

    /// A query parameter that is not empty.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The body as a JSON object; no body is an empty object.
    pub fn json(&self) -> Result<Map<String, Value>, Answer> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(Answer::refusal(400, "Body should be a JSON object")),
            Err(_) => Err(Answer::refusal(400, "Problems parsing JSON")),
        }
    }

    /// How many items a page of this call has.
    pub fn per_page(&self) -> usize {
        self.asked("per_page")
            .and_then(|text| text.parse().ok())
            .filter(|count| *count > 0)
            .unwrap_or(PAGE)
            .min(LARGEST_PAGE)
    }

    /// The address of this call with one query parameter changed.
    pub fn address_with(&self, base: &str, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.query.iter().filter(|(key, _)| key != name));
        query.append_pair(name, value);
        format!("{base}{}?{}", self.path, query.finish())
    }

    /// The asked-for page of `items`, and the `Link` header that leads to the others.
    pub fn page<T>(&self, base: &str, items: Vec<T>) -> (Vec<T>, Option<String>) {
        let size = self.per_page();
        let asked = self.asked("page").and_then(|text| text.parse().ok());
        let page: usize = asked.filter(|page| *page > 0).unwrap_or(1);
        let last = items.len().div_ceil(size).max(1);
        let mut links = Vec::new();
        let mut link = |page: usize, relation: &str| {
            let address = self.address_with(base, "page", &page.to_string());
            links.push(format!("<{address}>; rel=\"{relation}\""));
        };
        if page > 1 {
            link(page - 1, "prev");
        }
        if page < last {
            link(page + 1, "next");
            link(last, "last");
        }
        if page > 1 {
            link(1, "first");
        }
        let header = (!links.is_empty()).then(|| links.join(", "));
        let start = size.saturating_mul(page - 1);
        (items.into_iter().skip(start).take(size).collect(), header)
    }

    /// A list as its asked-for page.
    pub fn list(&self, base: &str, items: Vec<Value>) -> Answer {
        let (items, link) = self.page(base, items);
        with_link(Answer::ok(items.into()), link)
    }

    /// The repository of the path and the token that asks for it: 404 where the token may not know of
    /// it, 403 where it may only read.
    pub fn repository<'a>(
        &self,
        state: &'a State,
        owner: &str,
        name: &str,
    ) -> Result<(&'a Repository, &'a Token), Answer> {
        let token = state.require_token(self.bearer())?;
        let repository = state.repository_named(owner, name);
        let repository = repository.ok_or_else(Answer::not_found)?;
        if state.token_reaches(token, repository.id) {
            Ok((repository, token))
        } else if repository.private {
            Err(Answer::not_found())
        } else if self.method == Method::GET {
            Ok((repository, token))
        } else {
            Err(Answer::not_for_apps())
        }
    }
}

/// Adds a `Link` header where there is one.
pub(super) fn with_link(answer: Answer, link: Option<String>) -> Answer {
    match link {
        Some(link) => answer.with("link", link),
        None => answer,
    }
}

/// A number of a path; what is no number is not there.
pub(super) fn number(text: &str) -> Result<u64, Answer> {
    text.parse().map_err(|_| Answer::not_found())
}

/// A field that must be text and not blank.
pub(super) fn required<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Answer> {
    match fields.get(name) {
        None => Err(Answer::unprocessable(&format!(
            "Invalid request.\n\n\"{name}\" wasn't supplied."
        ))),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(not_a_string(name, other)),
    }
}

/// A field that is text where it is there.
pub(super) fn optional<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, Answer> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(not_a_string(name, other)),
    }
}

fn not_a_string(name: &str, value: &Value) -> Answer {
    Answer::unprocessable(&format!(
        "Invalid request.\n\nFor '{name}', {value} is not a string."
    ))
}
