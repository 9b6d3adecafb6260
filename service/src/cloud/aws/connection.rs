//! The clients, and the sessions in sandbox accounts.

use super::call::{Call, call};
use super::options::AwsOptions;
use super::setback::Failed;
use crate::cloud::Place;
use crate::environment::{AccountId, Setback};
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_organizations::config::{IdentityCache, Region as SdkRegion};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OnceCell;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Sessions last an hour: the most that a chained role may have.
const SESSION_SECONDS: i32 = 3600;

/// A session is renewed this long before it ends, so that no call starts with one about to end.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(5);

/// The way to AWS.
pub(super) struct Connection {
    pub(super) options: AwsOptions,
    pub(super) organizations: aws_sdk_organizations::Client,
    sts: aws_sdk_sts::Client,
    config: SdkConfig,
    management: OnceCell<AccountId>,
    sessions: Mutex<HashMap<Place, Session>>,
}

/// The clients of one place.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sts: aws_sdk_sts::Client,
    renew_at: DateTime<Utc>,
}

impl Connection {
    pub(super) async fn open(options: AwsOptions) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(SdkRegion::new(options.region.as_str().to_owned()))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(Duration::from_secs(20))
                    .operation_timeout(Duration::from_mins(1))
                    .build(),
            )
            // Once more, soon, for a blip; whatever lasts longer is the reconciler's to wait for.
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(2)
                    .with_initial_backoff(Duration::from_millis(200)),
            );
        if let Some(url) = &options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(credentials) = &options.credentials {
            loader = loader.credentials_provider(credentials.clone());
        }
        let mut config = loader.load().await;
        if let Some(role) = &options.management_role_arn {
            let provider = AssumeRoleProvider::builder(role)
                .session_name("ebbtide")
                .configure(&config)
                .build()
                .await;
            config = config
                .into_builder()
                .credentials_provider(SharedCredentialsProvider::new(provider))
                .build();
        }
        Self {
            organizations: aws_sdk_organizations::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            config,
            options,
            management: OnceCell::new(),
            sessions: Mutex::default(),
        }
    }

    /// Refuses the management account: the positive proof that comes before anything is done to or in
    /// an account. Its number never changes, so it is asked for once.
    pub(super) async fn refuse_management(&self, account: &AccountId) -> Result<(), Setback> {
        let management = self
            .management
            .get_or_try_init(|| self.management_account())
            .await?;
        if account == management {
            return Err(Setback::refused(format!(
                "{account} is the management account of the organization; nothing is ever done in it"
            )));
        }
        Ok(())
    }

    async fn management_account(&self) -> Result<AccountId, Setback> {
        let asked = Call::organization("DescribeOrganization");
        let answer = call(asked, self.organizations.describe_organization().send()).await?;
        answer
            .organization()
            .and_then(|organization| organization.master_account_id())
            .map(AccountId::new)
            .ok_or_else(|| Setback::lost("DescribeOrganization named no management account"))
    }

    /// The clients of a place; enters it where that has not happened within the hour.
    pub(super) async fn session(&self, at: &Place) -> Result<Session, Failed> {
        let now = self.options.clock.now();
        if let Some(session) = self.cached(at, now) {
            return Ok(session);
        }
        self.refuse_management(&at.account)
            .await
            .map_err(Failed::unspoken)?;
        let credentials = self.assume(at).await?;
        let session = self.clients(at, credentials, now);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| now < session.renew_at);
        sessions.insert(at.clone(), session.clone());
        Ok(session)
    }

    fn cached(&self, at: &Place, now: DateTime<Utc>) -> Option<Session> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(at)?;
        (now < session.renew_at).then(|| session.clone())
    }

    async fn assume(&self, at: &Place) -> Result<Credentials, Failed> {
        let role = format!(
            "arn:{}:iam::{}:role/{}",
            at.region.partition(),
            at.account,
            self.options.member_role()
        );
        let answer = call(
            Call::at("AssumeRole", at),
            self.sts
                .assume_role()
                .role_arn(role)
                .role_session_name(at.session.as_str())
                .duration_seconds(SESSION_SECONDS)
                .send(),
        )
        .await?;
        let given = answer.credentials().ok_or_else(|| {
            Failed::unspoken(Setback::lost("AssumeRole answered without credentials"))
        })?;
        // No expiry is given to the SDK: the clock that decides on renewal is ours.
        Ok(Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            None,
            "ebbtide-member-role",
        ))
    }

    fn clients(&self, at: &Place, credentials: Credentials, now: DateTime<Utc>) -> Session {
        let config = self
            .config
            .to_builder()
            .region(SdkRegion::new(at.region.as_str().to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // The shared cache keeps an entry for every provider it ever saw.
            .identity_cache(IdentityCache::no_cache())
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&config)
            // AWS answers both styles, an address without wildcard names only this one.
            .force_path_style(true)
            .build();
        Session {
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sts: aws_sdk_sts::Client::new(&config),
            renew_at: now + TimeDelta::seconds(i64::from(SESSION_SECONDS)) - RENEW_BEFORE,
        }
    }
}
