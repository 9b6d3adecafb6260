//! Paths of the REST API, put together so that no name can leave its place.

use crate::github::Repo;
use url::Url;
use url::form_urlencoded::Serializer;

/// `/repos/OWNER/NAME/` and these segments, each encoded.
pub(super) fn of_repo(repo: &Repo, segments: &[&str]) -> String {
    let mut all = vec!["repos"];
    all.extend(repo.name.as_str().splitn(2, '/'));
    all.extend(segments);
    of(&all)
}

/// These segments, each encoded.
pub(super) fn of(segments: &[&str]) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        match *segment {
            // A path is normalized on its way, so these two would climb.
            "." => path.push_str("%2E"),
            ".." => path.push_str("%2E%2E"),
            segment => path.push_str(&encoded(segment)),
        }
    }
    path
}

/// A path with a query.
pub(super) fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut encoded = Serializer::new(String::new());
    encoded.extend_pairs(query);
    format!("{path}?{}", encoded.finish())
}

/// What of an address goes into a request to the same server.
pub(super) fn within_server(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

fn encoded(segment: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            other => {
                text.push('%');
                text.push(char::from(HEX[usize::from(other >> 4)]));
                text.push(char::from(HEX[usize::from(other & 15)]));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{InstallationId, RepositoryName};

    #[test]
    fn no_name_leaves_its_place() {
        let repo = Repo {
            installation: InstallationId(1),
            name: RepositoryName::new("acme/sh op"),
        };
        assert_eq!(
            of_repo(&repo, &["pulls", "1"]),
            "/repos/acme/sh%20op/pulls/1"
        );
        assert_eq!(
            of(&["users", "dependabot[bot]"]),
            "/users/dependabot%5Bbot%5D"
        );
        assert_eq!(
            of(&["a/b", "..", "?x#y", "ü"]),
            "/a%2Fb/%2E%2E/%3Fx%23y/%C3%BC"
        );
        assert_eq!(
            with_query("/x", &[("ref", "feature/a&b"), ("n", "1")]),
            "/x?ref=feature%2Fa%26b&n=1"
        );
    }
}
