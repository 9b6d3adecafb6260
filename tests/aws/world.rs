//! One emulator for all tests, and for each test an organization and a proxy of its own.

use crate::support::proxy::Proxy;
use async_trait::async_trait;
use aws_sdk_cloudformation::config::BehaviorVersion;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::clock::{Clock, SystemClock};
use ebbtide::cloud::aws::{Aws, AwsOptions};
use ebbtide::cloud::{
    ChangeRequest, ChangeSetSeen, Cloud, Found, NewAccount, Place, StackSeen, Tags,
};
use ebbtide::demo::emulator::Emulator;
use ebbtide::environment::{
    AccountId, ChangeSetName, CloudStackName, Region, SessionName, StackStatus,
};
use tokio::sync::OnceCell;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A test's own AWS.
pub struct World {
    pub cloud: Cloud,
    pub proxy: Proxy,
    pub clock: Arc<HandClock>,
    pub management: AccountId,
    pub options: AwsOptions,
}

/// A clock that a test puts forward.
pub struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    pub fn forward(&self, by: TimeDelta) {
        *self.0.lock().expect("no panic") += by;
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("no panic")
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration).await;
    }
}

/// The emulator ends with the test program: its standard input is a pipe of ours.
static EMULATOR: OnceCell<Emulator> = OnceCell::const_new();
static ORGANIZATIONS: AtomicU32 = AtomicU32::new(1);

/// Where the test run has put what it installed.
pub fn kit_folder() -> PathBuf {
    std::env::var_os("EBBTIDE_TEST_KIT").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-kit")),
        PathBuf::from,
    )
}

async fn emulator() -> &'static Emulator {
    EMULATOR
        .get_or_init(|| async {
            // Nothing drops what is static, so the folder is one that the next run clears.
            let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-emulator");
            let _ = std::fs::remove_dir_all(&state);
            Emulator::start(&kit_folder().join("ministack"), &state, |_| {})
                .await
                .expect("the emulator")
        })
        .await
}

impl World {
    pub async fn new() -> Self {
        let emulator = emulator().await;
        let number = ORGANIZATIONS.fetch_add(1, Ordering::Relaxed);
        let management = AccountId::new(format!("9000000{number:05}"));
        let sandbox_ou = emulator
            .organization(&management, "test")
            .await
            .expect("an organization");
        let proxy = Proxy::before(emulator.endpoint()).await;
        let clock = Arc::new(HandClock(Mutex::new(SystemClock.now())));
        let options = AwsOptions {
            region: Region::new("eu-central-1"),
            endpoint_url: Some(proxy.url().to_owned()),
            endpoints: std::collections::BTreeMap::new(),
            management_role_arn: None,
            sandbox_ou,
            member_role: String::new(),
            credentials: Some(Emulator::credentials(&management)),
            clock: clock.clone(),
        };
        Self {
            cloud: Aws::connect(options.clone()).await.expect("valid options"),
            proxy,
            clock,
            management,
            options,
        }
    }

    /// Organizations as the admin of the management account has it, past the proxy.
    pub async fn organizations(&self) -> aws_sdk_organizations::Client {
        let config = aws_sdk_organizations::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_sdk_organizations::config::Region::new("us-east-1"))
            .endpoint_url(emulator().await.endpoint())
            .credentials_provider(Emulator::credentials(&self.management))
            .build();
        aws_sdk_organizations::Client::from_conf(config)
    }

    /// An account in the sandbox OU, and the place in it where the tests work.
    pub async fn account(&self) -> Place {
        let wanted = new_account("one");
        let organization = &self.cloud.organization;
        organization.create(&wanted).await.expect("created");
        let Ok(Some(Found::Account(account))) = organization.find(&wanted).await else {
            panic!("the new account is not found");
        };
        organization.place(&account).await.expect("placed");
        place(&account)
    }

    /// Plans and executes, without waiting for the end.
    pub async fn start(&self, at: &Place, request: &ChangeRequest) {
        let stacks = &self.cloud.stacks;
        stacks.plan(at, request).await.expect("planned");
        stacks
            .execute(at, &request.stack, &request.change_set, "token-1")
            .await
            .expect("executed");
    }

    /// Plans, executes and waits for the end.
    pub async fn deploy(&self, at: &Place, request: &ChangeRequest) -> StackSeen {
        self.start(at, request).await;
        self.settled(at, &request.stack).await.expect("a stack")
    }

    pub async fn stack(&self, at: &Place, name: &CloudStackName) -> Option<StackSeen> {
        let stacks = self.cloud.stacks.list(at).await.expect("listed");
        stacks.into_iter().find(|stack| stack.name == *name)
    }

    /// The stack when nothing happens to it any more; `None` when it is gone.
    pub async fn settled(&self, at: &Place, name: &CloudStackName) -> Option<StackSeen> {
        self.until(at, name, |stack| {
            stack.is_none_or(|stack| !stack.status.as_str().ends_with("_IN_PROGRESS"))
        })
        .await
    }

    /// Looks until the stack is as it should be.
    pub async fn until(
        &self,
        at: &Place,
        name: &CloudStackName,
        right: impl Fn(Option<&StackSeen>) -> bool,
    ) -> Option<StackSeen> {
        for _ in 0..1500 {
            let stack = self.stack(at, name).await;
            if right(stack.as_ref()) {
                return stack;
            }
            SystemClock.sleep(Duration::from_millis(20)).await;
        }
        panic!("{name} never got there: {:?}", self.stack(at, name).await);
    }

    /// Waits until the stack waits for its handle, whose URL it returns.
    pub async fn waiting(&self, at: &Place, name: &CloudStackName, status: StackStatus) -> String {
        let stack = self
            .until(at, name, |stack| {
                stack.is_some_and(|stack| stack.status == status)
            })
            .await
            .expect("a stack");
        for _ in 0..1500 {
            if let Some(url) = self.handle(at, &stack.id).await {
                return url;
            }
            SystemClock.sleep(Duration::from_millis(20)).await;
        }
        panic!("{name} made no handle");
    }

    /// Sets termination protection, as a person might.
    pub async fn protect(&self, at: &Place, stack_id: &str) {
        let client = by_hand(at).await;
        let protecting = client
            .update_termination_protection()
            .stack_name(stack_id)
            .enable_termination_protection(true);
        protecting.send().await.expect("protected");
    }

    /// The URL of the wait condition's handle is its physical id, which our own trait does not show.
    async fn handle(&self, at: &Place, stack_id: &str) -> Option<String> {
        let resource = by_hand(at)
            .await
            .describe_stack_resource()
            .stack_name(stack_id)
            .logical_resource_id("Handle")
            .send()
            .await
            .ok()?;
        let url = resource.stack_resource_detail()?.physical_resource_id()?;
        url.starts_with("http").then(|| url.to_owned())
    }
}

/// Straight to the emulator, past the proxy.
async fn by_hand(at: &Place) -> aws_sdk_cloudformation::Client {
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_cloudformation::config::Region::new(
            at.region.as_str().to_owned(),
        ))
        .endpoint_url(emulator().await.endpoint())
        .credentials_provider(Emulator::credentials(&at.account))
        .build();
    aws_sdk_cloudformation::Client::from_conf(config)
}

/// Cloud Control straight in the emulator, past the proxy.
pub async fn cloud_control(at: &Place) -> aws_sdk_cloudcontrol::Client {
    let config = aws_sdk_cloudcontrol::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_cloudformation::config::Region::new(
            at.region.as_str().to_owned(),
        ))
        .endpoint_url(emulator().await.endpoint())
        .credentials_provider(Emulator::credentials(&at.account))
        .build();
    aws_sdk_cloudcontrol::Client::from_conf(config)
}

/// S3 straight in the emulator, past the proxy.
pub async fn s3(at: &Place) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_cloudformation::config::Region::new(
            at.region.as_str().to_owned(),
        ))
        .endpoint_url(emulator().await.endpoint())
        .credentials_provider(Emulator::credentials(&at.account))
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// Ends a stack's wait.
pub async fn signal(url: &str) {
    let body = r#"{"Status":"SUCCESS","UniqueId":"1","Reason":"","Data":""}"#;
    let answer = reqwest::Client::new().put(url).body(body).send().await;
    let status = answer.expect("an answer").status();
    assert!(status.is_success(), "the handle answered {status}");
}

pub fn new_account(name: &str) -> NewAccount {
    NewAccount {
        email: format!("aws+{name}@example.com"),
        name: format!("sandbox-{name}"),
        role: "OrganizationAccountAccessRole".to_owned(),
        tags: tags(&[("ebbtide:managed", "pool")]),
    }
}

pub fn place(account: &AccountId) -> Place {
    Place {
        account: account.clone(),
        region: Region::new("eu-central-1"),
        session: SessionName::new("pr-42-k3f9zq"),
    }
}

pub fn tags(pairs: &[(&str, &str)]) -> Tags {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// A change set named `first` that creates the stack `web`.
pub fn create(template: &str) -> ChangeRequest {
    ChangeRequest {
        stack: CloudStackName::new("web"),
        change_set: ChangeSetName::new("first"),
        create: true,
        template: template.to_owned(),
        parameters: tags(&[]),
        capabilities: vec!["CAPABILITY_IAM".to_owned()],
        tags: tags(&[("ebbtide:environment", "pr-42-k3f9zq")]),
    }
}

/// A change set that updates the stack `web`.
pub fn update(name: &str, template: &str) -> ChangeRequest {
    ChangeRequest {
        change_set: ChangeSetName::new(name),
        create: false,
        ..create(template)
    }
}

impl World {
    /// The change set as AWS describes it.
    pub async fn described(&self, at: &Place, request: &ChangeRequest) -> Option<ChangeSetSeen> {
        let stacks = &self.cloud.stacks;
        let seen = stacks.change_set(at, &request.stack, &request.change_set);
        seen.await.expect("described")
    }
}
