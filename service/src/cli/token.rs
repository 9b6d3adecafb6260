//! `ebbtide token`: API tokens, directly in the database.

use super::exit::Usage;
use super::output::{self, Output};
use crate::api_token::{self, Scope};
use crate::clock::{Clock, SystemClock};
use crate::config::{DatabaseConfig, Sources};
use crate::store::Store;
use crate::store::sql::SqlStore;
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret;
use serde_json::json;

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print it, this once; only its hash is kept
    Create(Create),
    /// List the names and scopes of all tokens
    List(List),
    /// Revoke a token: it opens nothing from the next request on
    Revoke(Revoke),
}

/// A token to make.
#[derive(Debug, Args)]
pub struct Create {
    /// A name for people, for example the pipeline that will use it
    name: String,
    /// What the token may do
    #[arg(long, value_enum)]
    scope: ScopeArgument,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArgument {
    /// Look
    Read,
    /// Look and end environments
    Write,
}

/// How to list tokens.
#[derive(Debug, Args)]
pub struct List {
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
}

/// A token to revoke.
#[derive(Debug, Args)]
pub struct Revoke {
    /// Its name
    name: String,
}

impl Token {
    /// Does it.
    pub async fn run(self, sources: &Sources) -> anyhow::Result<()> {
        let url = DatabaseConfig::load(sources)?.url;
        let store = SqlStore::open(url.expose())
            .await
            .with_context(|| format!("database.url = {url}"))?;
        let done = match self {
            Self::Create(create) => create.run(&store).await,
            Self::List(list) => list.run(&store).await,
            Self::Revoke(revoke) => revoke.run(&store).await,
        };
        store.close().await;
        done
    }
}

impl Create {
    async fn run(self, store: &SqlStore) -> anyhow::Result<()> {
        let in_use = store
            .tokens()
            .await?
            .iter()
            .any(|token| token.name == self.name);
        if in_use {
            let name = &self.name;
            bail!(Usage(format!(
                "there is a token named {name} already: revoke it first, or take another name"
            )));
        }
        let scope = match self.scope {
            ScopeArgument::Read => Scope::Read,
            ScopeArgument::Write => Scope::Write,
        };
        let (token, stored) = api_token::make(&self.name, scope, SystemClock.now())?;
        store.put_token(&stored).await?;
        output::text(&format!("{}\n", token.expose_secret()))
    }
}

impl List {
    async fn run(self, store: &SqlStore) -> anyhow::Result<()> {
        let tokens = store.tokens().await?;
        match self.output {
            Output::Json => {
                let shown = tokens.iter().map(|token| {
                    json!({ "name": token.name, "scope": token.scope, "created_at": token.created_at })
                });
                output::json(&json!({ "tokens": shown.collect::<Vec<_>>() }))
            }
            Output::Human if tokens.is_empty() => output::text("No tokens\n"),
            Output::Human => {
                let rows = tokens.iter().map(|token| {
                    [
                        token.name.clone(),
                        token.scope.clone(),
                        output::time(token.created_at),
                    ]
                });
                output::text(&output::table(["NAME", "SCOPE", "CREATED"], rows))
            }
        }
    }
}

impl Revoke {
    async fn run(self, store: &SqlStore) -> anyhow::Result<()> {
        if store.revoke_token(&self.name).await? {
            return output::text(&format!("{} is revoked\n", self.name));
        }
        bail!(
            "there is no token named {}, \"ebbtide token list\" lists them",
            self.name
        )
    }
}
