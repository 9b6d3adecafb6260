//! An organization of a test's own on the shared AWS emulator, and what is to be found in its accounts.
//!
//! What is found is asked straight from the emulator, past the proxy and past Ebbtide's own client: the
//! judge of "nothing is left" shares no code with what it judges.

use aws_sdk_cloudformation::config::{BehaviorVersion, Region};
use aws_sdk_organizations::operation::list_accounts::ListAccountsOutput;
use ebbtide::clock::{Clock as _, SystemClock};
use ebbtide::demo::emulator::Emulator;
use ebbtide::environment::AccountId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Where the stories' stacks are.
pub const REGION: &str = "eu-central-1";

/// The emulator ends with the test program: its standard input is a pipe of ours.
static EMULATOR: OnceCell<Emulator> = OnceCell::const_new();
static ORGANIZATIONS: AtomicU32 = AtomicU32::new(1);

/// The one emulator of this test program.
pub async fn emulator() -> &'static Emulator {
    EMULATOR
        .get_or_init(|| async {
            // Nothing drops what is static, so the folder is one that the next run clears.
            let program = env!("CARGO_CRATE_NAME");
            let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("aws-{program}"));
            let _ = std::fs::remove_dir_all(&state);
            Emulator::start(&kit_folder().join("ministack"), &state, |_| {})
                .await
                .expect("the emulator")
        })
        .await
}

fn kit_folder() -> PathBuf {
    std::env::var_os("EBBTIDE_TEST_KIT").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-kit")),
        PathBuf::from,
    )
}

/// An organization with an organizational unit for sandbox accounts.
pub struct Sandbox {
    /// The account that manages it.
    pub management: AccountId,
    /// The organizational unit.
    pub ou: String,
    endpoint: String,
}

/// What an account holds, by kind: `stack`, `queue`, `bucket`.
pub type Held = BTreeMap<&'static str, Vec<String>>;

impl Sandbox {
    /// A new one, which nobody else uses.
    pub async fn new() -> Self {
        let emulator = emulator().await;
        let number = ORGANIZATIONS.fetch_add(1, Ordering::Relaxed);
        let management = AccountId::new(format!("9000000{number:05}"));
        let ou = emulator
            .organization(&management, "stories")
            .await
            .expect("an organization");
        Self {
            management,
            ou,
            endpoint: emulator.endpoint().to_owned(),
        }
    }

    /// The organization's accounts but for the managing one, by number with their names.
    pub async fn accounts(&self) -> BTreeMap<String, String> {
        let pages = self.organizations().list_accounts().into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await.expect("listed");
        pages
            .iter()
            .flat_map(ListAccountsOutput::accounts)
            .filter_map(|one| Some((one.id()?.to_owned(), one.name()?.to_owned())))
            .filter(|(id, _)| id != self.management.as_str())
            .collect()
    }

    /// An account of the organization that is nobody's sandbox: it stays outside the organizational unit.
    pub async fn account_outside(&self, name: &str) -> AccountId {
        let made = self.organizations().create_account().account_name(name);
        let made = made.email(format!("{name}@example.com")).send().await;
        let status = made.expect("made").create_account_status;
        let number = status.and_then(|status| status.account_id);
        AccountId::new(number.expect("a number"))
    }

    fn organizations(&self) -> aws_sdk_organizations::Client {
        let config = aws_sdk_organizations::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .credentials_provider(Emulator::credentials(&self.management))
            .build();
        aws_sdk_organizations::Client::from_conf(config)
    }

    /// Everything that is left in any account.
    pub async fn left(&self) -> BTreeMap<String, Held> {
        let mut left = BTreeMap::new();
        for account in self.accounts().await.into_keys() {
            let held = self.held(&account).await;
            if !held.is_empty() {
                left.insert(account, held);
            }
        }
        left
    }

    /// What one account holds.
    pub async fn held(&self, account: &str) -> Held {
        let mut held = Held::new();
        for (kind, names) in [
            ("stack", self.stacks(account).await),
            ("queue", self.queues(account).await),
            ("bucket", self.buckets(account).await),
        ] {
            if !names.is_empty() {
                held.insert(kind, names);
            }
        }
        held
    }

    /// CloudFormation in an account, past the proxy.
    pub fn cloudformation(&self, account: &str) -> aws_sdk_cloudformation::Client {
        let config = aws_sdk_cloudformation::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.endpoint)
            .credentials_provider(Emulator::credentials(&AccountId::new(account)))
            .build();
        aws_sdk_cloudformation::Client::from_conf(config)
    }

    /// Names and states of the stacks that are not deleted.
    pub async fn stacks(&self, account: &str) -> Vec<String> {
        let client = self.cloudformation(account);
        let pages = client.describe_stacks().into_paginator().items().send();
        let stacks = pages.collect::<Result<Vec<_>, _>>().await.expect("listed");
        let mut names: Vec<String> = stacks
            .iter()
            .filter_map(|one| {
                let status = one.stack_status()?.as_str();
                let there = status != "DELETE_COMPLETE";
                there.then(|| format!("{} {status}", one.stack_name().unwrap_or_default()))
            })
            .collect();
        names.sort();
        names
    }

    /// Lets a stack go on that waits for its `Handle`, as soon as it does.
    pub async fn release(&self, account: &str, stack: &str) {
        for _ in 0..1_500 {
            if let Some(handle) = self.handle(account, stack).await {
                let body = r#"{"Status":"SUCCESS","UniqueId":"1","Reason":"","Data":""}"#;
                let answer = reqwest::Client::new().put(handle).body(body).send().await;
                let status = answer.expect("an answer").status();
                assert!(status.is_success(), "the handle answered {status}");
                return;
            }
            SystemClock.sleep(Duration::from_millis(10)).await;
        }
        panic!("{stack} never waited");
    }

    /// The URL of a wait condition's handle is its physical id.
    async fn handle(&self, account: &str, stack: &str) -> Option<String> {
        let asked = self
            .cloudformation(account)
            .describe_stack_resource()
            .stack_name(stack)
            .logical_resource_id("Handle");
        let answer = asked.send().await.ok()?;
        let url = answer.stack_resource_detail()?.physical_resource_id()?;
        url.starts_with("http").then(|| url.to_owned())
    }

    async fn queues(&self, account: &str) -> Vec<String> {
        // The emulator reads the account from the key and checks no signature.
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={account}/20260301/{REGION}/sqs/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let answer = reqwest::Client::new()
            .post(&self.endpoint)
            .header("authorization", authorization)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("Action=ListQueues&Version=2012-11-05")
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{answer:?}");
        let text = answer.text().await.expect("a body");
        assert!(text.contains("ListQueuesResult"), "{text}");
        text.split("<QueueUrl>")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once("</QueueUrl>")?.0.to_owned()))
            .collect()
    }

    async fn buckets(&self, account: &str) -> Vec<String> {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.endpoint)
            .force_path_style(true)
            .credentials_provider(Emulator::credentials(&AccountId::new(account)))
            .build();
        let client = aws_sdk_s3::Client::from_conf(config);
        let listed = client.list_buckets().send().await.expect("listed");
        listed
            .buckets()
            .iter()
            .filter_map(|bucket| bucket.name().map(str::to_owned))
            .collect()
    }
}
