//! Where log lines go: to standard error, as text for people or JSON for machines.

use crate::config::{LogConfig, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is none.
    #[error("log.filter: {0}")]
    Filter(#[from] ParseError),
    /// The process logs already.
    #[error(transparent)]
    Installed(#[from] TryInitError),
}

/// Starts logging for the whole process; to be called once.
pub fn start(config: &LogConfig) -> Result<(), LoggingError> {
    // A closed standard error costs log lines, never the service: internal errors would be printed there.
    let filter = EnvFilter::try_new(&config.filter)?;
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match config.format {
        LogFormat::Text => fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(colors())
            .log_internal_errors(false)
            .with_target(false)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .with_writer(std::io::stderr)
            .json()
            .flatten_event(true)
            .log_internal_errors(false)
            .with_current_span(false)
            .boxed(),
    };
    Ok(tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .try_init()?)
}

/// Colours are for terminals, and for nobody who sets `NO_COLOR`.
fn colors() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && std::io::stderr().is_terminal()
}
