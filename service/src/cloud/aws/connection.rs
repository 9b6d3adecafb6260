//! The clients, and the sessions in sandbox accounts.

use super::call::{Call, call};
use super::options::AwsOptions;
use super::pace::Paces;
use super::setback::Failed;
use crate::cloud::Place;
use crate::environment::{AccountId, Setback};
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudcontrol::config::retry::RetryPartition;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_organizations::config::{IdentityCache, Region as SdkRegion};
use aws_sdk_sts::types::PolicyDescriptorType;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OnceCell;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Sessions last an hour: the most that a chained role may have.
const SESSION_SECONDS: i32 = 3600;

/// Sessions of the root user last this long: the most that AWS gives.
const ROOT_SECONDS: i32 = 900;

/// A session is renewed this long before it ends, so that no call starts with one about to end.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(5);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// The builder of a client's settings, with the service's own address where it has one.
macro_rules! settings {
    ($sdk:ident, $service:literal, $config:expr, $options:expr) => {{
        let mut settings = $sdk::config::Builder::from($config);
        if let Some(url) = $options.endpoints.get($service) {
            settings.set_endpoint_url(Some(url.clone()));
        }
        settings
    }};
}

/// The way to AWS.
pub(super) struct Connection {
    pub(super) options: AwsOptions,
    pub(super) organizations: aws_sdk_organizations::Client,
    sts: aws_sdk_sts::Client,
    config: SdkConfig,
    management: OnceCell<AccountId>,
    sessions: Mutex<HashMap<Place, Session>>,
    pub(super) paces: Paces,
    /// For services that have no client of the SDK here.
    pub(super) http: Result<reqwest::Client, String>,
}

/// The clients of one place.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) cloudcontrol: aws_sdk_cloudcontrol::Client,
    pub(super) credentials: Credentials,
    /// When it began, by AWS's clock.
    pub(super) began: DateTime<Utc>,
    renew_at: DateTime<Utc>,
    /// AWS said that it is over.
    ended: Arc<AtomicBool>,
}

impl Session {
    /// A call within this session, which has to be entered again if AWS says that it is over.
    pub(super) fn call<'a>(&'a self, name: &'a str, at: &'a Place) -> Call<'a> {
        Call::within(name, at, &self.ended)
    }

    fn is_good(&self, now: DateTime<Utc>) -> bool {
        now < self.renew_at && !self.ended.load(Ordering::Relaxed)
    }
}

impl Connection {
    pub(super) async fn open(options: AwsOptions) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(SdkRegion::new(options.region.as_str().to_owned()))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
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
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ATTEMPT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| error.to_string());
        let organizations = settings!(aws_sdk_organizations, "organizations", &config, options);
        let sts = settings!(aws_sdk_sts, "sts", &config, options);
        Self {
            organizations: aws_sdk_organizations::Client::from_conf(organizations.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            paces: Paces::new(options.clock.clone()),
            http,
            config,
            options,
            management: OnceCell::new(),
            sessions: Mutex::default(),
        }
    }

    /// Refuses the management account: the positive proof that comes before anything is done to or in
    /// an account. Its number never changes, so it is asked for once.
    pub(super) async fn refuse_management(&self, account: &AccountId) -> Result<(), Setback> {
        if account == self.management_number().await? {
            return Err(Setback::refused(format!(
                "{account} is the management account of the organization; nothing is ever done in it"
            )));
        }
        Ok(())
    }

    /// The management account's number.
    pub(super) async fn management_number(&self) -> Result<&AccountId, Setback> {
        self.management
            .get_or_try_init(|| self.management_account())
            .await
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
        let (credentials, began) = self.assume(at).await?;
        let session = self.clients(at, credentials, began, now);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.is_good(now));
        sessions.insert(at.clone(), session.clone());
        Ok(session)
    }

    /// Forgets the sessions in an account that began before a time; the next call enters again.
    pub(super) fn forget_sessions(&self, account: &AccountId, before: DateTime<Utc>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|at, session| at.account != *account || session.began >= before);
    }

    /// Another address for a service, where one is set.
    pub(super) fn endpoint(&self, service: &str) -> Option<&str> {
        let own = self.options.endpoints.get(service).map(String::as_str);
        own.or_else(|| self.config.endpoint_url())
    }

    fn cached(&self, at: &Place, now: DateTime<Utc>) -> Option<Session> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(at)?;
        session.is_good(now).then(|| session.clone())
    }

    async fn assume(&self, at: &Place) -> Result<(Credentials, DateTime<Utc>), Failed> {
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
        began(answer.credentials(), "AssumeRole", SESSION_SECONDS)
    }

    /// A session of the account's root user that may do one task, for some minutes. Who may ask for it is said by
    /// the management account; no role in the account is needed.
    pub(super) async fn root_session(&self, at: &Place, task: &str) -> Result<Session, Failed> {
        self.refuse_management(&at.account)
            .await
            .map_err(Failed::unspoken)?;
        let policy = format!(
            "arn:{}:iam::aws:policy/root-task/{task}",
            at.region.partition()
        );
        let task = PolicyDescriptorType::builder().arn(policy).build();
        let asked = self
            .sts
            .assume_root()
            .target_principal(at.account.as_str())
            .task_policy_arn(task)
            .duration_seconds(ROOT_SECONDS);
        let answer = call(Call::at("AssumeRoot", at), asked.send()).await?;
        let (credentials, began) = began(answer.credentials(), "AssumeRoot", ROOT_SECONDS)?;
        Ok(self.clients(at, credentials, began, self.options.clock.now()))
    }

    fn clients(
        &self,
        at: &Place,
        credentials: Credentials,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Session {
        let config = self
            .config
            .to_builder()
            .region(SdkRegion::new(at.region.as_str().to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            // The shared cache keeps an entry for every provider it ever saw.
            .identity_cache(IdentityCache::no_cache())
            .build();
        let options = &self.options;
        let cloudformation = settings!(aws_sdk_cloudformation, "cloudformation", &config, options);
        let s3 = settings!(aws_sdk_s3, "s3", &config, options)
            // AWS answers both styles, an address without wildcard names only this one.
            .force_path_style(true);
        let sts = settings!(aws_sdk_sts, "sts", &config, options);
        let cloudcontrol = settings!(aws_sdk_cloudcontrol, "cloudcontrol", &config, options)
            // The SDK's budget of retries is one for all accounts otherwise.
            .retry_partition(RetryPartition::new(format!(
                "cloudcontrol-{}-{}",
                at.account, at.region
            )));
        Session {
            cloudformation: aws_sdk_cloudformation::Client::from_conf(cloudformation.build()),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            cloudcontrol: aws_sdk_cloudcontrol::Client::from_conf(cloudcontrol.build()),
            credentials,
            began,
            renew_at: now + TimeDelta::seconds(i64::from(SESSION_SECONDS)) - RENEW_BEFORE,
            ended: Arc::default(),
        }
    }
}

/// The credentials of a session that lasts this many seconds, and when it began.
fn began(
    given: Option<&aws_sdk_sts::types::Credentials>,
    call: &str,
    seconds: i32,
) -> Result<(Credentials, DateTime<Utc>), Failed> {
    let given = given.ok_or_else(|| {
        Failed::unspoken(Setback::lost(format!(
            "{call} answered without credentials"
        )))
    })?;
    let ends = DateTime::from_timestamp(given.expiration().secs(), 0).unwrap_or_default();
    // No expiry is given to the SDK: the clock that decides on renewal is ours.
    let credentials = Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "ebbtide-member-account",
    );
    Ok((credentials, ends - TimeDelta::seconds(i64::from(seconds))))
}
