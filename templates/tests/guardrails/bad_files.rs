//! Files of an admin that can't be guardrails, with the exact words.

use super::{findings, rendered, with_extra};
use insta::assert_snapshot;

#[test]
fn not_json() {
    assert_snapshot!(findings(&with_extra(&["{\n  \"Version\": \"2012-10-17\",\n}"])), @"extra/1.json:3:1: the file is not JSON: trailing comma");
    assert_snapshot!(findings(&with_extra(&[""])), @"extra/1.json:1:1: the file is not JSON: EOF while parsing a value");
    assert_snapshot!(findings(&with_extra(&["Version: 2012-10-17"])), @"extra/1.json:1:1: the file is not JSON: expected value");
}

#[test]
fn not_a_policy() {
    assert_snapshot!(findings(&with_extra(&["[]"])), @r#"extra/1.json:1:1: a policy must be an object; write {"Version": "2012-10-17", "Statement": [...]}"#);
    assert_snapshot!(findings(&with_extra(&["{}"])), @r#"
    extra/1.json:1:1: a policy needs a Version, and AWS knows one for it; write "Version": "2012-10-17"
    extra/1.json:1:1: a policy needs a list of statements; write "Statement": [...] with a list in it
    "#);
    assert_snapshot!(findings(&with_extra(&[r#"{"Version": "2008-10-17", "Id": "x", "Statement": []}"#])), @r#"
    extra/1.json:1:2: a policy needs a Version, and AWS knows one for it; write "Version": "2012-10-17"
    extra/1.json:1:27: `Id` has no place in a policy; keys are `Version` and `Statement`
    extra/1.json:1:38: the list of statements is empty; leave the file out of guardrails.extra
    "#);
    assert_snapshot!(findings(&with_extra(&[r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#])), @r#"extra/1.json:1:27: a policy needs a list of statements; write "Statement": [...] with a list in it"#);
}

fn one(statement: &str) -> String {
    let file =
        format!("{{\n \"Version\": \"2012-10-17\",\n \"Statement\": [\n  {statement}\n ]\n}}");
    findings(&with_extra(&[&file]))
}

#[test]
fn statements_that_would_not_do_what_they_seem_to() {
    assert_snapshot!(one(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#), @"extra/1.json:4:4: a guardrail can't allow: `FullAWSAccess` allows everything beside it, so an Allow would change nothing; deny with NotAction what is not on your list; for whole services, guardrails.services has the list");
    assert_snapshot!(one(r#"{"Effect": "deny", "Action": "s3:*", "Resource": "*"}"#), @r#"extra/1.json:4:4: a statement needs an Effect; write "Effect": "Deny""#);
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}"#), @"extra/1.json:4:57: `Principal` has no place in a statement of a service control policy; keys are `Sid`, `Effect`, `Action`, `NotAction`, `Resource`, `NotResource` and `Condition`");
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": "s3:*", "NotAction": "ec2:*", "Resource": "*"}"#), @r#"extra/1.json:4:3: a statement needs Action or NotAction, and one only; write "Action": [...]"#);
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": ["S3:Put", "s3", "s3:Put Object", 7], "Resource": "*"}"#), @r"
    extra/1.json:4:22: `7` is not an action; write `*`, or a service and what is asked of it, for example `s3:PutObject` or `ec2:Purchase*`
    extra/1.json:4:22: `S3:Put` is not an action; write `*`, or a service and what is asked of it, for example `s3:PutObject` or `ec2:Purchase*`
    extra/1.json:4:22: `s3:Put Object` is not an action; write `*`, or a service and what is asked of it, for example `s3:PutObject` or `ec2:Purchase*`
    extra/1.json:4:22: `s3` is not an action; write `*`, or a service and what is asked of it, for example `s3:PutObject` or `ec2:Purchase*`
    ");
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": [], "Resource": "*"}"#), @"extra/1.json:4:22: Action is a text or a list of texts; write `*`, or a service and what is asked of it, for example `s3:PutObject` or `ec2:Purchase*`");
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": "s3:*"}"#), @r#"extra/1.json:4:3: a statement needs Resource or NotResource, and one only; write "Resource": [...]"#);
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "logs/*"}"#), @"extra/1.json:4:40: `logs/*` is not a resource; write `*`, or an ARN, for example `arn:aws:s3:::logs/*`");
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Sid": "deny s3"}"#), @"extra/1.json:4:57: a Sid is made of letters and digits; write it as DenyWhatItDenies");
    assert_snapshot!(one(r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"aws:RequestedRegion": "eu-west-1"}}"#), @r#"extra/1.json:4:57: a Condition is an object of operators, each an object of keys; write {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}"#);
    assert_snapshot!(one(r#""s3:*""#), @r#"extra/1.json:4:3: a statement must be an object; write {"Effect": "Deny", "Action": [...], "Resource": "*"}"#);
    assert_snapshot!(one(r#"{"Effect": "Deny", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#), @r"
    extra/1.json:4:4: a guardrail can't allow: `FullAWSAccess` allows everything beside it, so an Allow would change nothing; deny with NotAction what is not on your list; for whole services, guardrails.services has the list
    extra/1.json:4:22: `Effect` is given twice, first on line 4; keep one of the two
    ");
}

#[test]
fn sids_are_used_once() {
    let file = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "DenyTheRootUser", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}"#;
    assert_snapshot!(findings(&with_extra(&[file])), @"extra/1.json:1:41: the Sid DenyTheRootUser is used in templates/guardrails/root-user.json already; choose another one, or leave it out");
    let file = file.replace("DenyTheRootUser", "Mine");
    assert_snapshot!(findings(&with_extra(&[&file, &file])), @"extra/2.json:1:41: the Sid Mine is used in extra/1.json already; choose another one, or leave it out");
}

#[test]
fn every_mistake_is_found_at_once() {
    assert_snapshot!(findings(&with_extra(&["{}", "[1]", "{"])), @r#"
    extra/1.json:1:1: a policy needs a Version, and AWS knows one for it; write "Version": "2012-10-17"
    extra/1.json:1:1: a policy needs a list of statements; write "Statement": [...] with a list in it
    extra/2.json:1:1: a policy must be an object; write {"Version": "2012-10-17", "Statement": [...]}
    extra/3.json:1:1: the file is not JSON: EOF while parsing an object
    "#);
}

#[test]
fn words_of_other_scripts_do_no_harm() {
    let file = "{\"Version\":\"2012-10-17\",\"Statement\":[\n\t{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::größe-\\ud83d\\ude00\\/*\"}]}";
    let guardrails = rendered(&with_extra(&[file]));
    assert!(guardrails[0].document.contains("größe-😀/*"));
}
