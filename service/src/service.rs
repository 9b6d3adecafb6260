//! The whole service in one process: the store, the edges, the reconciler and the doors over them.

use crate::api::{self, Api, metrics};
use crate::clock::{Clock, SystemClock};
use crate::cloud::aws::{Aws, AwsOptions};
use crate::config::Config;
use crate::environment::patience::Pace;
use crate::github::client::{AppClient, AppOptions};
use crate::github::words::WordsContext;
use crate::guardrails::Keeper;
use crate::nuke::NukeSettings;
use crate::nuke::listers::Listers;
use crate::nuke::settings::SettingsTable;
use crate::nuke::target::Forbidden;
use crate::poke::Poke;
use crate::reconciler::Reconciler;
use crate::reconciler::probe::HttpProber;
use crate::reconciler::settings::{Random, Settings};
use crate::store::Store;
use crate::store::sql::SqlStore;
use anyhow::Context;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Runs until `shutdown`; requests and passes under way may end first.
pub async fn run(config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let metrics = metrics::recorder();
    let poke = Poke::default();
    let reconciler = Arc::new(reconciler(&config, poke.clone()).await?);
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("server.listen = {listen}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let api = Api {
        store: Arc::clone(&reconciler.store),
        clock: Arc::clone(&reconciler.clock),
        webhook_secrets: config.github.webhook_secrets.clone().into(),
        pool: config.pool.rules(),
        poke,
        metrics,
    };
    let workers = usize::try_from(config.reconciler.workers).unwrap_or(1);
    let working = tokio::spawn(reconciler.run(workers, shutdown.clone()));
    let served = api::serve(listener, api, shutdown.clone()).await;
    // The doors can also close because of an error: then nobody works behind them either.
    shutdown.cancel();
    working.await.context("the reconciler panicked")?;
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// Opens the database and the edges, and puts the reconciler over them. Nothing is sent yet.
pub async fn reconciler(config: &Config, poke: Poke) -> anyhow::Result<Reconciler> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store: Arc<dyn Store> = Arc::new(
        SqlStore::open(config.database.url.expose())
            .await
            .with_context(|| format!("database.url = {}", config.database.url))?,
    );
    let cloud = Aws::connect(aws_options(config, &clock)).await?;
    let guardrails = guardrails(config, &clock).await?;
    let github = AppClient::new(AppOptions {
        api_url: config.github.api_url.clone(),
        app_id: config.github.app_id,
        private_key: config.github.private_key.clone(),
        clock: Arc::clone(&clock),
        timeout: AppOptions::TIMEOUT,
    })?;
    let prober = HttpProber {
        allow_private: config.policy.private_health_checks,
    };
    Ok(Reconciler::new(
        store,
        cloud,
        Arc::new(github),
        Arc::new(prober),
        clock,
        settings(config),
        poke,
    )
    .with_guardrails(guardrails))
}

/// Whoever keeps the guardrails, which needs neither the database nor GitHub. Nothing is sent yet.
pub async fn guardrails(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Keeper> {
    let cloud = Aws::guardrails(aws_options(config, clock)).await?;
    let guardrails = &config.guardrails;
    Ok(Keeper::new(
        cloud,
        guardrails.policies.clone(),
        guardrails.keep,
    ))
}

fn aws_options(config: &Config, clock: &Arc<dyn Clock>) -> AwsOptions {
    let aws = &config.aws;
    let address = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    AwsOptions {
        region: aws.region.clone(),
        endpoint_url: aws.endpoint_url.as_ref().map(address),
        endpoints: aws
            .endpoints
            .iter()
            .map(|(service, url)| (service.clone(), address(url)))
            .collect(),
        management_role_arn: aws.management_role_arn.clone(),
        sandbox_ou: aws.sandbox_ou.clone(),
        member_role: aws.member_role.clone(),
        credentials: None,
        clock: Arc::clone(clock),
    }
}

fn nuke_settings(config: &Config) -> NukeSettings {
    let home = &config.aws.region;
    let mut regions = config.guardrails.regions.clone();
    // Global types are asked for in the first.
    regions.sort_by_key(|region| region != home);
    NukeSettings {
        types: config.nuke.types.clone(),
        listers: Listers::built_in(),
        baseline: config.nuke.baseline.clone(),
        watched: SettingsTable::built_in(),
        regions,
        reach: ebbtide_templates::guardrails::reach(&config.guardrails.policies),
        max_resources: config.nuke.max_resources as usize,
        forbidden: Forbidden {
            aliases: config.nuke.forbidden_aliases.clone(),
        },
    }
}

fn settings(config: &Config) -> Settings {
    let random = Random::fresh();
    Settings {
        owner: format!("{}-{:08x}", std::process::id(), random.next() & 0xffff_ffff),
        pace: Pace {
            poll_min: config.reconciler.poll_min,
            poll_max: config.reconciler.poll_max,
        },
        lease: config.reconciler.lease,
        sweep_every: config.reconciler.sweep_every,
        default_ttl: config.policy.default_ttl,
        max_ttl: config.policy.max_ttl,
        region: config.aws.region.clone(),
        pool: config.pool.rules(),
        account_email: config.aws.account_email.as_str().to_owned(),
        account_name: config.aws.account_name.as_str().to_owned(),
        member_role: config.aws.member_role.clone(),
        random,
        nuke: nuke_settings(config),
        words: WordsContext::new(config.server.public_url.clone(), &config.github.api_url),
    }
}
