//! XML to JSON and back.
//!
//! XML does not say what is a list. An element is taken for one when its children are all called `item` or
//! `member`, when they are several of one name, or when there is one and the element's own name is its plural
//! (`DBSnapshots` with a `DBSnapshot`). What AWS's service models call otherwise is in [`ODD`].

use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};

/// Lists whose name is not the plural of their entries' name.
const ODD: &[(&str, &str)] = &[
    // EC2
    ("groupSet", "groupId"),
    // RDS
    ("AssociatedRoles", "DBClusterRole"),
    ("AssociatedRoles", "DBInstanceRole"),
    ("DBClusterEndpoints", "DBClusterEndpointList"),
    ("DBClusterOptionGroupMemberships", "DBClusterOptionGroup"),
    ("DBSecurityGroupMemberships", "DBSecurityGroup"),
    ("EventSubscriptionsList", "EventSubscription"),
    ("GlobalClusters", "GlobalClusterMember"),
    ("OptionGroupsList", "OptionGroup"),
    (
        "PendingMaintenanceActions",
        "ResourcePendingMaintenanceActions",
    ),
    (
        "PendingMaintenanceActionDetails",
        "PendingMaintenanceAction",
    ),
    ("StatusInfos", "DBClusterStatusInfo"),
    ("StatusInfos", "DBInstanceStatusInfo"),
    ("TagList", "Tag"),
    ("VpcSecurityGroups", "VpcSecurityGroupMembership"),
    // ElastiCache
    ("MemberClusters", "ClusterId"),
    ("Members", "GlobalReplicationGroupMember"),
    // Redshift
    ("AccountsWithRestoreAccess", "AccountWithRestoreAccess"),
    ("AssociatedClusters", "ClusterAssociatedToSchedule"),
    ("IamRoles", "ClusterIamRole"),
    ("ParameterGroups", "ClusterParameterGroup"),
    // Route 53
    ("HostedZoneSummaries", "HostedZoneSummary"),
    ("TrafficPolicies", "TrafficPolicy"),
];

/// What an answer says: the content of its outermost element, or of the `…Result` within.
pub(super) fn answer(text: &str, operation: &str) -> Result<Value, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let result = format!("{operation}Result");
    let content = children(root).find(|child| child.tag_name().name() == result);
    let value = match content {
        Some(content) => object(content),
        None if children(root).next().is_some() => object(root),
        // S3 says where a bucket is by a single element.
        None => match root.text() {
            Some(text) if !text.trim().is_empty() => {
                json!({ root.tag_name().name(): text.trim() })
            }
            _ => Value::Object(Map::new()),
        },
    };
    // A result without content is one all the same.
    Ok(match value {
        Value::Object(mut fields) => {
            for frame in ["requestId", "RequestId", "ResponseMetadata"] {
                fields.remove(frame);
            }
            Value::Object(fields)
        }
        _ => Value::Object(Map::new()),
    })
}

/// The code and the words of an error.
pub(super) fn error(text: &str) -> Option<(String, String)> {
    let document = Document::parse(text).ok()?;
    let error = document
        .descendants()
        .find(|node| node.tag_name().name() == "Error")?;
    let field = |name: &str| {
        let child = children(error).find(|child| child.tag_name().name() == name)?;
        Some(child.text()?.trim().to_owned())
    };
    Some((field("Code")?, field("Message").unwrap_or_default()))
}

fn children<'a, 'input>(
    node: Node<'a, 'input>,
) -> impl Iterator<Item = Node<'a, 'input>> + use<'a, 'input> {
    node.children().filter(Node::is_element)
}

fn value(node: Node<'_, '_>) -> Value {
    if children(node).next().is_none() {
        return match node.text() {
            Some(text) if !text.is_empty() => Value::from(text),
            _ => Value::Null,
        };
    }
    if is_list(node) {
        return children(node).map(value).collect();
    }
    map(node).unwrap_or_else(|| object(node))
}

/// A map: entries with a key and a value each.
fn map(node: Node<'_, '_>) -> Option<Value> {
    let entries = children(node).map(|entry| {
        let field = |name: &str| children(entry).find(|child| child.tag_name().name() == name);
        let key = field("key")?.text()?.to_owned();
        (entry.tag_name().name() == "entry").then_some((key, value(field("value")?)))
    });
    entries.collect::<Option<Map<_, _>>>().map(Value::Object)
}

fn object(node: Node<'_, '_>) -> Value {
    let mut fields = Map::new();
    for child in children(node) {
        let name = child.tag_name().name();
        let one = value(child);
        // A list without an element of its own: its entries just repeat.
        match fields.get_mut(name) {
            None => drop(fields.insert(name.to_owned(), one)),
            Some(Value::Array(items)) => items.push(one),
            Some(first) => {
                let first = first.take();
                fields.insert(name.to_owned(), Value::Array(vec![first, one]));
            }
        }
    }
    Value::Object(fields)
}

fn is_list(node: Node<'_, '_>) -> bool {
    let list = node.tag_name().name();
    let mut names = children(node).map(|child| child.tag_name().name());
    let Some(entry) = names.next() else {
        return false;
    };
    let others: Vec<_> = names.collect();
    if others.iter().any(|other| *other != entry) {
        return false;
    }
    matches!(entry, "item" | "member")
        || (!others.is_empty() && entry != "entry")
        || list == format!("{entry}s")
        || list == format!("{entry}es")
        || ODD.contains(&(list, entry))
}

/// An element with this content; a list stands for repeated elements.
pub(super) fn written(name: &str, namespace: &str, content: &Value) -> String {
    let mut text = String::new();
    write(&mut text, name, &format!(" xmlns=\"{namespace}\""), content);
    text
}

fn write(text: &mut String, name: &str, attributes: &str, value: &Value) {
    if let Value::Array(items) = value {
        for item in items {
            write(text, name, attributes, item);
        }
        return;
    }
    text.extend(["<", name, attributes, ">"]);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                write(text, name, "", value);
            }
        }
        Value::String(words) => text.push_str(&escaped(words)),
        Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
        Value::Null | Value::Array(_) => {}
    }
    text.extend(["</", name, ">"]);
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_ec2_and_of_the_query_api() {
        let ec2 = r#"<?xml version="1.0"?><DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
            <requestId>1</requestId><vpcSet><item><vpcId>vpc-1</vpcId><isDefault>true</isDefault><tagSet/></item></vpcSet>
            <nextToken>two</nextToken></DescribeVpcsResponse>"#;
        assert_eq!(
            answer(ec2, "DescribeVpcs"),
            Ok(json!({
                "vpcSet": [{"vpcId": "vpc-1", "isDefault": "true", "tagSet": null}],
                "nextToken": "two"
            }))
        );
        let iam = "<ListRolesResponse><ListRolesResult><IsTruncated>false</IsTruncated><Roles><member><RoleName>a</RoleName>\
            </member></Roles></ListRolesResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListRolesResponse>";
        assert_eq!(
            answer(iam, "ListRoles"),
            Ok(json!({"IsTruncated": "false", "Roles": [{"RoleName": "a"}]}))
        );
    }

    #[test]
    fn lists_by_the_names_of_their_entries() {
        let rds = |entries: &str| {
            let text = format!(
                "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots>{entries}</DBSnapshots>\
                 </DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>"
            );
            answer(&text, "DescribeDBSnapshots").unwrap()
        };
        let one = "<DBSnapshot><Engine>mysql</Engine></DBSnapshot>";
        let engine = json!({"Engine": "mysql"});
        assert_eq!(rds(""), json!({"DBSnapshots": null}));
        assert_eq!(rds(one), json!({"DBSnapshots": [engine]}));
        assert_eq!(
            rds(&one.repeat(2)),
            json!({"DBSnapshots": [engine, engine]})
        );
        let route53 = "<L><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Config><PrivateZone>false</PrivateZone></Config>\
            </HostedZone></HostedZones></L>";
        assert_eq!(
            answer(route53, "ListHostedZones"),
            Ok(
                json!({"HostedZones": [{"Id": "/hostedzone/Z1", "Config": {"PrivateZone": "false"}}]})
            )
        );
        let bare = "<L><Upload><Key>a</Key></Upload><Upload><Key>b</Key></Upload></L>";
        assert_eq!(
            answer(bare, "List"),
            Ok(json!({"Upload": [{"Key": "a"}, {"Key": "b"}]}))
        );
    }

    #[test]
    fn entries_are_a_map() {
        let entry = |key: &str| format!("<entry><key>{key}</key><value>1</value></entry>");
        let map = |entries: &str| {
            let text = format!("<R><DoResult><Map>{entries}</Map></DoResult></R>");
            answer(&text, "Do").unwrap()
        };
        assert_eq!(map(&entry("a")), json!({"Map": {"a": "1"}}));
        assert_eq!(
            map(&[entry("a"), entry("b")].concat()),
            json!({"Map": {"a": "1", "b": "1"}})
        );
    }

    #[test]
    fn an_answer_without_content_is_empty() {
        let text = "<PutRolePolicyResponse><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PutRolePolicyResponse>";
        assert_eq!(answer(text, "PutRolePolicy"), Ok(json!({})));
        assert_eq!(answer("<DoResponse/>", "Do"), Ok(json!({})));
        let here = "<LocationConstraint xmlns=\"urn:x\">eu-west-1</LocationConstraint>";
        assert_eq!(
            answer(here, "GetBucketLocation"),
            Ok(json!({"LocationConstraint": "eu-west-1"}))
        );
        assert!(answer("<html>A captive portal", "Do").is_err());
    }

    #[test]
    fn errors_of_all_kinds() {
        let said = Some(("Code".to_owned(), "Words".to_owned()));
        for text in [
            "<ErrorResponse><Error><Type>Sender</Type><Code>Code</Code><Message>Words</Message></Error></ErrorResponse>",
            "<Response><Errors><Error><Code>Code</Code><Message>Words</Message></Error></Errors></Response>",
            "<Error><Code>Code</Code><Message>Words</Message></Error>",
        ] {
            assert_eq!(error(text), said);
        }
        assert_eq!(error("<html/>"), None);
    }

    #[test]
    fn writing_repeats_elements_for_lists_and_escapes() {
        assert_eq!(
            written(
                "R",
                "urn:x",
                &json!({"Changes": {"Change": [{"A": "x<&>"}, {"A": 1}]}})
            ),
            "<R xmlns=\"urn:x\"><Changes><Change><A>x&lt;&amp;&gt;</A></Change><Change><A>1</A></Change></Changes></R>"
        );
    }
}
