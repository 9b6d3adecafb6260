//! Every kind of mistake with its exact words, and what holds when nothing is wrong.

use super::{Config, DatabaseConfig, DatabaseKind, Sources, keys};
use insta::assert_snapshot;
use std::fmt::Write;
use std::time::Duration;

const PEM: &str = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";

const COMPLETE: &str = r#"
[github]
app_id = 12
private_key = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"
webhook_secrets = ["first", "second"]

[aws]
region = "eu-west-1"
sandbox_ou = "ou-a1b2-c3d4e5f6"
account_email = "aws+{id}@example.com"
"#;

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Sources::from_text("ebbtide.toml", text, variables)
        .and_then(|sources| Config::load(&sources))
        .map_err(|mistakes| mistakes.to_string())
}

fn mistakes(addition: &str, variables: &[(&str, &str)]) -> String {
    load(&format!("{COMPLETE}{addition}"), variables).expect_err("there is a mistake")
}

#[test]
fn defaults() {
    let config = load(COMPLETE, &[]).expect("complete");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8090");
    assert_eq!(config.database.url.kind(), DatabaseKind::Sqlite);
    assert_eq!(config.database.url.expose(), "sqlite:ebbtide.db");
    assert_eq!(config.github.webhook_secrets.len(), 2);
    assert_eq!(
        config.aws.account_email.with_id("k3f9"),
        "aws+k3f9@example.com"
    );
    assert_eq!(config.aws.account_name.with_id("k3f9"), "ebbtide-k3f9");
    assert_eq!(config.pool.max_creating, 3);
    assert_eq!(config.policy.default_ttl, Duration::from_hours(48));
    assert_eq!(config.reconciler.sweep_every, Duration::from_mins(15));
}

#[test]
fn variables_win_over_the_file() {
    let one_line_key = PEM.replace('\n', "\\n");
    let config = load(
        "[pool]\nmax_accounts = 7\nmax_creating = 1\n",
        &[
            ("EBBTIDE_POOL__MAX_ACCOUNTS", "40"),
            ("EBBTIDE_GITHUB__APP_ID", "99"),
            ("EBBTIDE_GITHUB__PRIVATE_KEY", &one_line_key),
            ("EBBTIDE_GITHUB__WEBHOOK_SECRETS", "12345, second"),
            ("EBBTIDE_AWS__REGION", "us-gov-east-1"),
            ("EBBTIDE_AWS__SANDBOX_OU", "ou-a1b2-c3d4e5f6"),
            ("EBBTIDE_AWS__ACCOUNT_EMAIL", "aws+{id}@example.com"),
            ("EBBTIDE_AWS__ENDPOINT_URL", ""),
            ("EBBTIDE_DATABASE__URL", "postgresql://tide:pw@db/ebbtide"),
            ("EBBTIDE_LOG__FORMAT", "json"),
            // Not keys: the command line's own, and what Kubernetes puts there.
            ("EBBTIDE_URL", "http://127.0.0.1:8090"),
            ("EBBTIDE_TOKEN", "ebt_x"),
            ("EBBTIDE_PORT_8090_TCP", "tcp://10.0.0.1:8090"),
            ("EBBTIDE_SERVICE_HOST", "10.0.0.1"),
            ("EBBTIDE_TEST_KIT", "target/test-kit"),
            ("PATH", "/bin"),
        ],
    )
    .expect("complete");
    assert_eq!(config.pool.max_accounts, 40);
    assert_eq!(config.pool.max_creating, 1);
    assert_eq!(config.github.app_id, 99);
    assert_eq!(config.github.webhook_secrets.len(), 2);
    assert_eq!(config.database.url.kind(), DatabaseKind::Postgres);
    assert_eq!(config.aws.endpoint_url, None);
}

#[test]
fn addresses_of_single_services_are_a_table_or_one_text() {
    let table = format!("{COMPLETE}\n[aws.endpoints]\ncloudcontrol = \"http://127.0.0.1:4567\"");
    let text = "cloudcontrol=http://127.0.0.1:4567, s3control=https://s3.example.com/in";
    for (file, variables, count) in [
        (table.as_str(), vec![], 1),
        (COMPLETE, vec![("EBBTIDE_AWS__ENDPOINTS", text)], 2),
    ] {
        let endpoints = load(file, &variables).expect("complete").aws.endpoints;
        assert_eq!(endpoints.len(), count);
        assert_eq!(endpoints["cloudcontrol"].as_str(), "http://127.0.0.1:4567/");
    }
    for wrong in [
        "ftp://127.0.0.1",
        "s3=ftp://127.0.0.1",
        "S3=http://127.0.0.1",
    ] {
        assert!(load(COMPLETE, &[("EBBTIDE_AWS__ENDPOINTS", wrong)]).is_err());
    }
}

#[test]
fn guardrails_need_nothing_but_the_region() {
    let config = load(COMPLETE, &[]).expect("complete");
    assert!(config.guardrails.keep);
    assert_eq!(config.guardrails.regions.len(), 1);
    assert_eq!(config.guardrails.regions[0], config.aws.region);
    assert_eq!(config.guardrails.policies.len(), 1);
    let config = load(
        COMPLETE,
        &[
            ("EBBTIDE_GUARDRAILS__KEEP", "false"),
            ("EBBTIDE_GUARDRAILS__REGIONS", "us-east-1, eu-west-1"),
            ("EBBTIDE_GUARDRAILS__SERVICES", "acm,cognito-idp"),
        ],
    )
    .expect("complete");
    assert!(!config.guardrails.keep);
    assert_eq!(config.guardrails.regions.len(), 2);
    let document = &config.guardrails.policies[0].document;
    assert!(document.contains(r#""aws:RequestedRegion":["us-east-1","eu-west-1"]"#));
    assert!(document.contains(r#""acm:*","cognito-idp:*""#));
}

#[test]
fn guardrails_that_cannot_be() {
    assert_snapshot!(mistakes("[guardrails]\nkeep = \"yes\"\nregions = [\"Ireland\"]\nservices = [\"acm:*\"]\nextra = \"\"", &[]), @r#"
    guardrails.extra =  (from ebbtide.toml): allowed is paths of readable JSON files: a list of strings, in an environment variable separated by commas
    guardrails.keep = yes (from ebbtide.toml): allowed is `true` or `false`
    guardrails.regions = a list (from ebbtide.toml): allowed is AWS regions, `aws.region` among them: a list of strings, in an environment variable separated by commas
    guardrails.services = a list (from ebbtide.toml): allowed is prefixes of actions, for example `acm`: a list of strings, in an environment variable separated by commas
    "#);
    assert_snapshot!(mistakes("[guardrails]\nregions = [\"us-east-1\"]", &[]), @"guardrails.regions = a list (from ebbtide.toml): allowed is AWS regions, `aws.region` among them: a list of strings, in an environment variable separated by commas");
    assert_snapshot!(mistakes("[guardrails]\nextra = [\"no/such.json\"]", &[]), @"guardrails.extra = a list (from ebbtide.toml): no/such.json cannot be read: No such file or directory (os error 2)");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.json");
    std::fs::write(&file, "{\"Version\": \"2012-10-17\"}").expect("written");
    let extra = file.display().to_string();
    let said = mistakes("", &[("EBBTIDE_GUARDRAILS__EXTRA", extra.as_str())]);
    assert_snapshot!(said.replace(&extra, "mine.json"), @r#"guardrails.extra = mine.json (from EBBTIDE_GUARDRAILS__EXTRA): mine.json:1:1: a policy needs a list of statements; write "Statement": [...] with a list in it"#);
    let many: Vec<String> = (0..2000).map(|number| format!("service{number}")).collect();
    let said = mistakes(&format!("[guardrails]\nservices = {many:?}"), &[]);
    assert_snapshot!(said, @"guardrails.services = a list (from ebbtide.toml): templates/guardrails/services.json:1:1: the statement DenyOtherServices makes a policy of 31726 bytes, and AWS takes 10240; shorten its lists with wildcards, or split it in two");
}

#[test]
fn nothing_set() {
    assert_snapshot!(load("", &[]).expect_err("incomplete"), @r"
    aws.account_email: missing: set it in ebbtide.toml or as EBBTIDE_AWS__ACCOUNT_EMAIL, allowed is an e-mail address that contains `{id}`, for example `aws+{id}@example.com`
    aws.region: missing: set it in ebbtide.toml or as EBBTIDE_AWS__REGION, allowed is an AWS region, for example `eu-west-1`
    aws.sandbox_ou: missing: set it in ebbtide.toml or as EBBTIDE_AWS__SANDBOX_OU, allowed is an organizational unit's id, for example `ou-a1b2-c3d4e5f6`
    github.app_id: missing: set it in ebbtide.toml or as EBBTIDE_GITHUB__APP_ID, allowed is the App's id, a whole number from 1
    github.webhook_secrets: missing: set it in ebbtide.toml or as EBBTIDE_GITHUB__WEBHOOK_SECRETS, allowed is one or more secrets: a list of strings, in an environment variable separated by commas
    github.private_key: missing: set this or github.private_key_path to the App's private key
    ");
}

#[test]
fn every_default_can_be_written_as_a_variable() {
    for key in keys::all() {
        if let Some(default) = &key.default {
            let set = load(COMPLETE, &[(&key.variable(), default)]);
            assert!(set.is_ok(), "{}", set.expect_err("a mistake"));
        }
    }
}

#[test]
fn out_of_range() {
    assert_snapshot!(mistakes("", &[("EBBTIDE_POOL__MAX_CREATING", "9")]), @"pool.max_creating = 9 (from EBBTIDE_POOL__MAX_CREATING): allowed is 1 to 5, AWS Organizations makes five accounts at a time at most");
    assert_snapshot!(mistakes("[pool]\nmax_creating = 0", &[]), @"pool.max_creating = 0 (from ebbtide.toml): allowed is 1 to 5, AWS Organizations makes five accounts at a time at most");
    assert_snapshot!(mistakes("[pool]\nmax_accounts = -1", &[]), @"pool.max_accounts = -1 (from ebbtide.toml): allowed is 0 to 50000");
    assert_snapshot!(mistakes("", &[("EBBTIDE_RECONCILER__WORKERS", "many")]), @"reconciler.workers = many (from EBBTIDE_RECONCILER__WORKERS): allowed is 1 to 64");
}

#[test]
fn unknown_keys() {
    assert_snapshot!(mistakes("[serve]\nlisten = \"0.0.0.0:1\"", &[]), @"serve.listen (from ebbtide.toml): no such key, the nearest is server.listen");
    assert_snapshot!(mistakes("[policy]\ndefualt_ttl = \"48h\"", &[]), @"policy.defualt_ttl (from ebbtide.toml): no such key, the nearest is policy.default_ttl");
    assert_snapshot!(mistakes("", &[("EBBTIDE_GITHUB__WEBHOOK_SECRET", "hush")]), @"github.webhook_secret (from EBBTIDE_GITHUB__WEBHOOK_SECRET): no such key, the nearest is github.webhook_secrets");
    assert_snapshot!(mistakes("", &[("EBBTIDE_POOL_MAX_CREATING", "2")]), @"EBBTIDE_POOL_MAX_CREATING: no such key, the nearest is EBBTIDE_POOL__MAX_CREATING");
    assert_snapshot!(load("listen = \"0.0.0.0:1\"", &[]).expect_err("misplaced").lines().next().unwrap_or_default(), @"listen = 0.0.0.0:1 (from ebbtide.toml): no such key: keys stand in sections");
}

#[test]
fn wrong_values() {
    let all = mistakes(
        "
[server]
listen = 8090
public_url = \"ebbtide.example.com\"
[database]
url = \"mysql://tide:password@db/ebbtide\"
[policy]
default_ttl = \"two days\"
max_ttl = 14
[reconciler]
poll_min = \"1m\"
lease = \"100ms\"
[log]
format = \"xml\"
filter = \"ebbtide=loud\"
",
        &[
            ("EBBTIDE_AWS__REGION", "Ireland"),
            ("EBBTIDE_AWS__MANAGEMENT_ROLE_ARN", "ebbtide"),
            ("EBBTIDE_AWS__SANDBOX_OU", "r-a1b2"),
            ("EBBTIDE_AWS__ACCOUNT_EMAIL", "aws@example.com"),
            ("EBBTIDE_AWS__ACCOUNT_NAME", "ebbtide"),
            ("EBBTIDE_AWS__MEMBER_ROLE", "a role"),
            ("EBBTIDE_AWS__ENDPOINT_URL", "file:///etc"),
            ("EBBTIDE_AWS__ENDPOINTS", "s3"),
            ("EBBTIDE_GITHUB__APP_ID", "0"),
            ("EBBTIDE_GITHUB__API_URL", "ftp://github.com"),
            ("EBBTIDE_GITHUB__WEBHOOK_SECRETS", "first,,third"),
        ],
    );
    assert_snapshot!(all, @r#"
    server.listen = 8090 (from ebbtide.toml): allowed is an IP address and a port, for example `0.0.0.0:8090` or `[::1]:8090`
    server.public_url = ebbtide.example.com (from ebbtide.toml): allowed is an http or https URL
    database.url (from ebbtide.toml): allowed is `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`
    github.api_url = ftp://github.com (from EBBTIDE_GITHUB__API_URL): allowed is an http or https URL
    github.app_id = 0 (from EBBTIDE_GITHUB__APP_ID): allowed is the App's id, a whole number from 1
    github.webhook_secrets (from EBBTIDE_GITHUB__WEBHOOK_SECRETS): allowed is one or more secrets: a list of strings, in an environment variable separated by commas
    aws.account_email = aws@example.com (from EBBTIDE_AWS__ACCOUNT_EMAIL): allowed is an e-mail address that contains `{id}`, for example `aws+{id}@example.com`
    aws.account_name = ebbtide (from EBBTIDE_AWS__ACCOUNT_NAME): allowed is a name of 40 characters at most that contains `{id}`, for example `ebbtide-{id}`
    aws.endpoint_url = file:///etc (from EBBTIDE_AWS__ENDPOINT_URL): allowed is an http or https URL
    aws.endpoints = s3 (from EBBTIDE_AWS__ENDPOINTS): allowed is services with an http or https URL each: a table (`cloudcontrol = "https://…"`), in an environment variable `SERVICE=URL` separated by commas
    aws.management_role_arn = ebbtide (from EBBTIDE_AWS__MANAGEMENT_ROLE_ARN): allowed is the ARN of a role, for example `arn:aws:iam::111122223333:role/ebbtide`
    aws.member_role = a role (from EBBTIDE_AWS__MEMBER_ROLE): allowed is the name of a role: letters, digits and `+=,.@_-`, 64 characters at most
    aws.region = Ireland (from EBBTIDE_AWS__REGION): allowed is an AWS region, for example `eu-west-1`
    aws.sandbox_ou = r-a1b2 (from EBBTIDE_AWS__SANDBOX_OU): allowed is an organizational unit's id, for example `ou-a1b2-c3d4e5f6`
    policy.default_ttl = two days (from ebbtide.toml): allowed is a duration of 1s at least, for example `48h` or `14d`, up to `policy.max_ttl`
    policy.max_ttl = 14 (from ebbtide.toml): allowed is a duration of 1s at least, for example `48h` or `14d`
    reconciler.lease = 100ms (from ebbtide.toml): allowed is a duration of 1s at least, for example `60s`
    reconciler.poll_min = 1m (from ebbtide.toml): allowed is reconciler.poll_max at most, which is 30s
    log.filter = ebbtide=loud (from ebbtide.toml): allowed is a level (`error`, `warn`, `info`, `debug`, `trace`) or directives such as `info,ebbtide=debug`
    log.format = xml (from ebbtide.toml): allowed is `text` or `json`
    "#);
}

#[test]
fn at_odds_with_each_other() {
    assert_snapshot!(mistakes("[policy]\ndefault_ttl = \"30d\"", &[]), @"policy.default_ttl = 30d (from ebbtide.toml): allowed is policy.max_ttl at most, which is 14days");
    assert_snapshot!(mistakes("[policy]\nmax_ttl = \"1h\"", &[]), @"policy.default_ttl = 2days: allowed is policy.max_ttl at most, which is 1h");
    assert_snapshot!(mistakes("[reconciler]\npoll_min = \"1m\"", &[]), @"reconciler.poll_min = 1m (from ebbtide.toml): allowed is reconciler.poll_max at most, which is 30s");
}

#[test]
fn private_keys() {
    assert_snapshot!(mistakes("", &[("EBBTIDE_GITHUB__PRIVATE_KEY", "hush")]), @"github.private_key (from EBBTIDE_GITHUB__PRIVATE_KEY): allowed is a PEM private key as GitHub gives it, `-----BEGIN RSA PRIVATE KEY-----` and so on");
    assert_snapshot!(mistakes("", &[("EBBTIDE_GITHUB__PRIVATE_KEY_PATH", "key.pem")]), @"github.private_key_path = key.pem (from EBBTIDE_GITHUB__PRIVATE_KEY_PATH): allowed is either this or github.private_key, both are set");

    let without_key: String = COMPLETE
        .lines()
        .filter(|line| !line.starts_with("private_key"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let with_file = |path: &str| load(&without_key, &[("EBBTIDE_GITHUB__PRIVATE_KEY_PATH", path)]);
    assert_snapshot!(with_file("no/such/file.pem").expect_err("no file"), @"github.private_key_path = no/such/file.pem (from EBBTIDE_GITHUB__PRIVATE_KEY_PATH): cannot be read: No such file or directory (os error 2)");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key.pem");
    std::fs::write(&path, PEM).expect("written");
    with_file(&path.display().to_string()).expect("read from its file");
    std::fs::write(&path, "hush").expect("written");
    let mistake = with_file(&path.display().to_string()).expect_err("no key");
    assert!(mistake.contains("allowed is the path of a readable file with a PEM private key"));
    assert!(!mistake.contains("hush"), "{mistake}");
}

#[test]
fn no_toml() {
    assert_snapshot!(mistakes("[pool\nmax_accounts = 1", &[]), @"ebbtide.toml: TOML parse error at line 11, column 6, invalid table header, expected `.`, `]`");
    let unclosed = load("[github]\nprivate_key = \"hush", &[]).expect_err("unclosed");
    assert!(!unclosed.contains("hush"), "{unclosed}");
}

#[test]
fn a_named_file_must_be_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.toml");
    let mistake = Sources::read(Some(&path), []).expect_err("no such file");
    let expected = format!("{}: cannot be read: No such file", path.display());
    assert!(mistake.to_string().starts_with(&expected), "{mistake}");
}

#[test]
fn the_database_alone() {
    let sources = Sources::from_text("ebbtide.toml", "[database]\nurl = \"sqlite:a.db\"", []);
    let database = DatabaseConfig::load(&sources.expect("read")).expect("enough");
    assert_eq!(database.url.expose(), "sqlite:a.db");
    let sources = Sources::from_text("ebbtide.toml", "[database]\nurl = \"oracle:x\"", []);
    let mistakes = DatabaseConfig::load(&sources.expect("read")).expect_err("unknown");
    assert_snapshot!(mistakes, @"database.url (from ebbtide.toml): allowed is `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`");
}

#[test]
fn secrets_are_never_shown() {
    let variables = [
        (
            "EBBTIDE_GITHUB__WEBHOOK_SECRETS".to_owned(),
            "hush-1,hush-2".to_owned(),
        ),
        (
            "EBBTIDE_DATABASE__URL".to_owned(),
            "postgres://tide:hush-3@db/ebbtide?password=hush-4".to_owned(),
        ),
        (
            "EBBTIDE_GITHUB__PRIVATE_KEY".to_owned(),
            PEM.replace("AAAA", "hush-5"),
        ),
    ];
    let sources = Sources::from_text("ebbtide.toml", COMPLETE, variables).expect("read");
    let config = Config::load(&sources).expect("complete");
    let mut in_force = String::new();
    for line in sources.in_force() {
        let value = line.value.as_deref().unwrap_or("not set");
        let origin = line.origin.as_deref().unwrap_or("default");
        let _ = writeln!(in_force, "{} = {value} ({origin})", line.key);
    }
    assert!(!format!("{config:?}{sources:?}").contains("hush"));
    assert_snapshot!(in_force, @r#"
    server.listen = 127.0.0.1:8090 (default)
    server.public_url = not set (default)
    database.url = postgres://tide:HIDDEN@db/ebbtide (EBBTIDE_DATABASE__URL)
    github.api_url = https://api.github.com/ (default)
    github.app_id = 12 (ebbtide.toml)
    github.private_key = (hidden) (EBBTIDE_GITHUB__PRIVATE_KEY)
    github.private_key_path = not set (default)
    github.webhook_secrets = ["(hidden)","(hidden)"] (EBBTIDE_GITHUB__WEBHOOK_SECRETS)
    aws.account_email = aws+{id}@example.com (ebbtide.toml)
    aws.account_name = ebbtide-{id} (default)
    aws.endpoint_url = not set (default)
    aws.endpoints = not set (default)
    aws.management_role_arn = not set (default)
    aws.member_role = OrganizationAccountAccessRole (default)
    aws.region = eu-west-1 (ebbtide.toml)
    aws.sandbox_ou = ou-a1b2-c3d4e5f6 (ebbtide.toml)
    pool.affinity = false (default)
    pool.after_use = reuse (default)
    pool.cool_down = 2m (default)
    pool.max_accounts = 10 (default)
    pool.max_creating = 3 (default)
    pool.min_ready = 1 (default)
    pool.target_accounts = 0 (default)
    policy.default_ttl = 2days (default)
    policy.max_ttl = 14days (default)
    policy.private_health_checks = false (default)
    guardrails.extra = [] (default)
    guardrails.keep = true (default)
    guardrails.regions = [] (default)
    guardrails.services = [] (default)
    nuke.baseline = [] (default)
    nuke.forbidden_aliases = ["prod"] (default)
    nuke.max_resources = 5000 (default)
    nuke.types = not set (default)
    reconciler.lease = 1m (default)
    reconciler.poll_max = 30s (default)
    reconciler.poll_min = 2s (default)
    reconciler.sweep_every = 15m (default)
    reconciler.workers = 4 (default)
    log.filter = info (default)
    log.format = text (default)
    "#);
}

#[test]
fn a_table_of_types_that_is_none_is_told_by_its_line_and_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("types.tsv");
    let addition = format!("[nuke]\ntypes = {:?}\n", path.display().to_string());
    let told = |text: Option<&str>| {
        if let Some(text) = text {
            std::fs::write(&path, text).expect("written");
        }
        let folder = folder.path().display().to_string();
        mistakes(&addition, &[]).replace(&folder, "FOLDER")
    };
    assert_snapshot!(told(None), @"nuke.types = FOLDER/types.tsv (from ebbtide.toml): it cannot be read: No such file or directory (os error 2)");
    let heading = "type\tservice\twhere\tlists\tdeletes\tidentifier\treferences\n";
    let row = "AWS::SQS::Queue\tsqs\teverywhere\tplain\tyes\tQueueUrl\t\n";
    assert_snapshot!(told(Some(&format!("{heading}{row}"))), @r#"nuke.types = FOLDER/types.tsv (from ebbtide.toml): line 2, column 3 (where): everywhere is neither global nor regional; "derive.py --from-registry" makes such a table"#);

    let stack = "AWS::CloudFormation::Stack\tcloudformation\tregional\tplain\tyes\tStackId\t\n";
    std::fs::write(&path, format!("{heading}{stack}")).expect("written");
    let config = load(&format!("{COMPLETE}{addition}"), &[]).expect("complete");
    assert_eq!(config.nuke.types.all().count(), 1);
}

#[test]
fn every_key_is_explained() {
    for key in keys::all() {
        assert!(!key.meaning.is_empty(), "{} has no doc comment", key.name);
        assert!(
            !key.allowed.is_empty(),
            "{} says not what is allowed",
            key.name
        );
        assert!(
            !format!("{}{}", key.meaning, key.allowed).contains('|'),
            "{} would break its table",
            key.name
        );
    }
}
