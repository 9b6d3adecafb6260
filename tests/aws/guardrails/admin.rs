//! An admin with a configuration, the command line, and Organizations' own console.

use crate::world::World;
use aws_sdk_organizations::types::{PolicySummary, PolicyType};
use std::path::PathBuf;
use std::process::Output;
use tempfile::TempDir;
use tokio::process::Command;

/// A policy of the admin's own.
pub const FOREIGN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"*"}]}"#;

const SCP: PolicyType = PolicyType::ServiceControlPolicy;

/// An admin.
pub struct Admin {
    pub world: World,
    folder: TempDir,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Answer {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Answer {
    /// Its answer; fails if the command did.
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Admin {
    pub async fn new() -> Self {
        let admin = Self {
            world: World::new().await,
            folder: tempfile::tempdir().expect("a folder"),
        };
        let key = ebbtide::demo::github::private_key_pem().expect("a key");
        std::fs::write(admin.path("app.pem"), key).expect("written");
        admin.configure("");
        admin
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the admin's own, with a statement of about this many bytes. Returns the key that names it.
    pub fn extra(&self, bytes: usize) -> &'static str {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:{}","Resource":"*"}}]}}"#,
            "X".repeat(bytes)
        );
        std::fs::write(self.path("extra.json"), policy).expect("written");
        r#"extra = ["extra.json"]"#
    }

    /// Writes the configuration, with these keys under `[guardrails]`.
    pub fn configure(&self, guardrails: &str) {
        let text = format!(
            r#"
[server]
listen = "127.0.0.1:0"
[github]
app_id = 12
private_key_path = "app.pem"
api_url = "http://127.0.0.1:9"
webhook_secrets = ["hush"]
[aws]
region = "eu-central-1"
sandbox_ou = "{}"
account_email = "aws+{{id}}@example.com"
endpoint_url = "{}"
[log]
format = "json"
[guardrails]
{guardrails}
"#,
            self.world.options.sandbox_ou,
            self.world.proxy.url()
        );
        std::fs::write(self.path("ebbtide.toml"), text).expect("written");
    }

    /// The binary with these arguments, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ebbtide"));
        command
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", self.world.management.as_str())
            .env("AWS_SECRET_ACCESS_KEY", "emulated")
            .current_dir(self.folder.path())
            .kill_on_drop(true)
            .args(arguments);
        command
    }

    /// Runs the binary to its end.
    pub async fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.command(arguments).output().await;
        Answer::from(output.expect("started"))
    }

    /// A text without what is different in every test.
    pub fn plain(&self, text: &str) -> String {
        text.replace(&self.world.options.sandbox_ou, "OU")
    }

    /// The name of one of our policies.
    pub fn name(&self, number: usize) -> String {
        format!("ebbtide-{}-{number}", self.world.options.sandbox_ou)
    }

    /// Makes a policy of the admin's own and attaches it to the sandbox OU.
    pub async fn attach(&self, name: &str) {
        let id = self.make(name).await;
        let client = self.world.organizations().await;
        let attaching = client.attach_policy().policy_id(id);
        let ou = &self.world.options.sandbox_ou;
        attaching.target_id(ou).send().await.expect("attached");
    }

    /// Makes a policy of the admin's own.
    pub async fn make(&self, name: &str) -> String {
        let client = self.world.organizations().await;
        let made = client
            .create_policy()
            .name(name)
            .description("the admin's own")
            .content(FOREIGN)
            .r#type(SCP)
            .send()
            .await
            .expect("made");
        let summary = made.policy().and_then(|policy| policy.policy_summary());
        summary
            .and_then(PolicySummary::id)
            .expect("an id")
            .to_owned()
    }

    /// Changes a policy by hand.
    pub async fn change(&self, name: &str, document: &str) {
        let id = self.id(name).await;
        let client = self.world.organizations().await;
        let changing = client.update_policy().policy_id(id).content(document);
        changing.send().await.expect("changed");
    }

    /// Detaches a policy from the sandbox OU by hand.
    pub async fn detach(&self, name: &str) {
        let id = self.id(name).await;
        let client = self.world.organizations().await;
        let detaching = client.detach_policy().policy_id(id);
        let ou = &self.world.options.sandbox_ou;
        detaching.target_id(ou).send().await.expect("detached");
    }

    /// A policy's content.
    pub async fn document(&self, name: &str) -> String {
        let id = self.id(name).await;
        let client = self.world.organizations().await;
        let described = client.describe_policy().policy_id(id).send().await;
        let described = described.expect("described");
        let content = described.policy().and_then(|policy| policy.content());
        content.expect("a content").to_owned()
    }

    /// What a policy is attached to.
    pub async fn targets(&self, name: &str) -> Vec<String> {
        let id = self.id(name).await;
        let client = self.world.organizations().await;
        let listed = client.list_targets_for_policy().policy_id(id).send().await;
        let listed = listed.expect("listed");
        let targets = listed.targets().iter();
        targets
            .map(|target| target.target_id().expect("an id").to_owned())
            .collect()
    }

    /// Switches service control policies off, in the whole organization.
    pub async fn disable_policies(&self) -> String {
        let client = self.world.organizations().await;
        let roots = client.list_roots().send().await.expect("listed");
        let root = roots.roots()[0].id().expect("an id").to_owned();
        let disabling = client.disable_policy_type().root_id(&root);
        disabling.policy_type(SCP).send().await.expect("disabled");
        root
    }

    async fn id(&self, name: &str) -> String {
        let client = self.world.organizations().await;
        let listed = client.list_policies().filter(SCP).send().await;
        let listed = listed.expect("listed");
        let policy = listed
            .policies()
            .iter()
            .find(|one| one.name() == Some(name));
        let policy = policy.unwrap_or_else(|| panic!("no policy {name}"));
        policy.id().expect("an id").to_owned()
    }
}
