//! The command line: one file per subcommand.
//!
//! Answers go to standard output, everything else to standard error, so that `--output json` can be piped.
//! [`exit`] says how a command ended; [`output`] is the one printer; [`client`] speaks the JSON API.

mod account;
mod client;
mod config;
mod deletes;
mod demo;
mod env;
mod exit;
mod guardrails;
mod output;
mod pool;
mod schema;
mod serve;
mod sweep;
mod token;

pub use exit::{Exit, Usage};
pub use output::Output;

use crate::config::{Mistakes, Sources};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// A fresh AWS account per pull request, emptied at the end.
///
/// Ebbtide listens to GitHub's webhooks. For every pull request of a repository with an .ebbtide.yml it
/// takes an AWS sandbox account, deploys the repository's CloudFormation stacks into it, says on the pull
/// request how that went, and deletes everything when the pull request is closed or its time is up.
#[derive(Debug, Parser)]
#[command(
    name = "ebbtide",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
struct Arguments {
    /// The configuration file [default: ebbtide.toml, if it is there]
    #[arg(long, value_name = "FILE", global = true, env = "EBBTIDE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::Serve),
    /// Look at environments and end them, over a running service's API
    #[command(subcommand)]
    Env(env::Env),
    /// Look at the pool's accounts and their certificates, set them aside, have them emptied, take them in
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Show the pool as a whole: how many accounts there are, how long they last, and what is wrong with several
    Pool(pool::Pool),
    /// Stop every deletion at once, or let them go on, over a running service's API
    #[command(subcommand)]
    Deletes(deletes::Deletes),
    /// Make and revoke API tokens, directly in the database
    #[command(subcommand)]
    Token(token::Token),
    /// Compare GitHub, AWS and the database, both ways, as the running service does on its slow period
    Sweep(sweep::Sweep),
    /// Show, compare and attach what nobody may do in a sandbox account
    #[command(subcommand)]
    Guardrails(guardrails::GuardrailsCommand),
    /// See it work on this machine: an AWS emulator, a local GitHub, and one pull request's whole life
    Demo(demo::Demo),
    /// Check the configuration, or print the reference of its keys
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print the JSON Schema of .ebbtide.yml, for editors
    Schema,
}

/// Runs the command line of this process.
pub fn main() -> Exit {
    let arguments = Arguments::parse();
    let done = run(arguments);
    match done {
        Ok(exit) => exit,
        Err(error) => {
            output::error(&error);
            if error.is::<Mistakes>() || error.is::<Usage>() {
                Exit::Usage
            } else {
                Exit::Failed
            }
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let sources = || read_sources(arguments.config.as_deref());
    match arguments.command {
        Command::Serve(command) => Runtime::new()?.block_on(command.run(&sources()?)),
        Command::Env(command) => Runtime::new()?.block_on(command.run()),
        Command::Account(command) => Runtime::new()?.block_on(command.run(sources)),
        Command::Pool(command) => Runtime::new()?.block_on(command.run()),
        Command::Deletes(command) => Runtime::new()?.block_on(command.run()),
        Command::Token(command) => Runtime::new()?.block_on(command.run(&sources()?)),
        Command::Sweep(command) => Runtime::new()?.block_on(command.run(&sources()?)),
        Command::Guardrails(command) => {
            return Runtime::new()?.block_on(command.run(&sources()?));
        }
        Command::Demo(command) => Runtime::new()?.block_on(command.run()),
        Command::Config(command) => command.run(sources),
        Command::Schema => schema::run(),
    }?;
    Ok(Exit::Done)
}

/// The file and this process's environment. A variable that is no Unicode is none of ours.
fn read_sources(file: Option<&std::path::Path>) -> Result<Sources, Mistakes> {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Sources::read(file, variables)
}
