//! Lists that GitHub gives out page by page.

use super::AppClient;
use super::call::{Answer, Call};
use super::path::within_server;
use super::setback::Trouble;
use serde::de::DeserializeOwned;
use url::Url;

/// As many as GitHub puts on one page at most.
pub(super) const PER_PAGE: &str = "100";

impl AppClient {
    /// The pages of a list, at most `at_most` of them, as long as `go_on` says so of the last one.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        mut call: Call,
        at_most: usize,
        go_on: impl Fn(&T) -> bool + Send,
    ) -> Result<Vec<T>, Trouble> {
        let mut pages = Vec::new();
        for _ in 0..at_most {
            let answer = self.call(&call).await?;
            let page: T = answer.json().map_err(Trouble::Other)?;
            let more = go_on(&page);
            pages.push(page);
            match next(&answer).filter(|_| more) {
                Some(path) => call.path = path,
                None => break,
            }
        }
        Ok(pages)
    }
}

/// Path and query of the next page. Only these are taken: the token must not go to another server.
fn next(answer: &Answer) -> Option<String> {
    let links = answer.headers.get("link")?.to_str().ok()?;
    let link = links
        .split(',')
        .find(|link| link.contains("rel=\"next\""))?;
    let (_, address) = link.split_once('<')?;
    let (address, _) = address.split_once('>')?;
    Some(within_server(&Url::parse(address).ok()?))
}
