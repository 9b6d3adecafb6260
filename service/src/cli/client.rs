//! The JSON API of a running service, as the command line speaks it.

use super::exit::Usage;
use crate::api::problem::ProblemDetails;
use anyhow::{Context, anyhow, bail};
use clap::Args;
use reqwest::{Client, Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Which service to ask, and as whom.
#[derive(Debug, Args)]
pub struct Service {
    /// The service's address
    #[arg(
        long,
        env = "EBBTIDE_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:8090"
    )]
    url: Url,
    /// An API token, from "ebbtide token create"
    #[arg(
        long,
        env = "EBBTIDE_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: Option<SecretString>,
}

impl Service {
    /// Asks and reads the answer; a refusal becomes its sentence.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
    ) -> anyhow::Result<T> {
        self.ask_with(method, path, &[]).await
    }

    /// Asks with a query.
    pub async fn ask_with<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> anyhow::Result<T> {
        self.read(self.send(method, path, query, None).await?).await
    }

    /// Asks with a body.
    pub async fn tell<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> anyhow::Result<T> {
        self.read(self.send(method, path, &[], Some(body)).await?)
            .await
    }

    /// Asks for what may not be there.
    pub async fn find<T: DeserializeOwned>(&self, path: &[&str]) -> anyhow::Result<Option<T>> {
        let response = self.send(Method::GET, path, &[], None).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.read(response).await.map(Some)
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Response> {
        let Some(token) = &self.token else {
            let sentence = "an API token is needed: make one with \"ebbtide token create\" and give \
                            it as --token or EBBTIDE_TOKEN";
            bail!(Usage(sentence.to_owned()));
        };
        let address = self.address(path, query)?;
        let client = Client::builder().timeout(Duration::from_secs(30)).build()?;
        let mut request = client
            .request(method, address)
            .bearer_auth(token.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        let sent = request.send().await;
        sent.with_context(|| format!("the service at {} does not answer", self.url))
    }

    async fn read<T: DeserializeOwned>(&self, response: Response) -> anyhow::Result<T> {
        if response.status().is_success() {
            let answer = response.json().await;
            return answer.with_context(|| format!("{} answers what is no API", self.url));
        }
        Err(refusal(response).await)
    }

    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Url> {
        let mut address = self.url.clone();
        address
            .path_segments_mut()
            .map_err(|()| {
                Usage(format!(
                    "--url {}: allowed is an http or https URL",
                    self.url
                ))
            })?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        Ok(address)
    }
}

async fn refusal(response: Response) -> anyhow::Error {
    let status = response.status();
    match response.json::<ProblemDetails>().await {
        Ok(problem) => anyhow!("{}", problem.detail),
        Err(_) => anyhow!("the service answers {status}"),
    }
}
