//! The table of types: every row is sound, and what isn't is told with its line.

use ebbtide::nuke::listers::Listers;
use ebbtide::nuke::types::{Coverage, Lists, ResourceType, Source, TypeTable};

#[test]
fn it_has_all_types_of_the_registry() {
    let table = TypeTable::built_in();
    let count = |wanted: fn(&Lists) -> bool| table.all().filter(|it| wanted(&it.lists)).count();
    insta::assert_snapshot!(format!(
        "{} types: {} listed by name, {} under something, {} not at all; {} covered",
        table.all().count(),
        count(|it| *it == Lists::Plain),
        count(|it| matches!(it, Lists::Under(_))),
        count(|it| *it == Lists::Never),
        table.all().filter(|it| table.covered(&it.name).is_some()).count(),
    ), @"1898 types: 1293 listed by name, 392 under something, 213 not at all; 222 covered");
    assert_eq!(table.digest().len(), 64);
}

#[test]
fn a_parent_is_said_by_one_of_several_ways() {
    let table = TypeTable::built_in();
    for (child, property, parent) in [
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            "LoadBalancerArn",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
        ),
        (
            "AWS::Route53::RecordSet",
            "HostedZoneId",
            "AWS::Route53::HostedZone",
        ),
    ] {
        let Lists::Under(needs) = &table.get(child).unwrap().lists else {
            panic!("{child} is listed under something");
        };
        assert_eq!(needs.len(), 1);
        assert_eq!(needs[0].property, property);
        assert_eq!(needs[0].source, Source::Parent(parent.to_owned()));
    }
}

#[test]
fn what_is_covered_ends_at_something_that_is_listed() {
    let (table, listers) = (TypeTable::built_in(), Listers::built_in());
    for kind in table.all() {
        let mut name = kind.name.clone();
        for _ in 0..5 {
            let covered = table.covered(&name);
            let Some(of) = covered.and_then(|it| it.of.clone()) else {
                break;
            };
            name = of;
        }
        let by_cloud_control = |it: &ResourceType| it.lists != Lists::Never;
        let listed = listers.get(&name).is_some() || table.get(&name).is_some_and(by_cloud_control);
        let nothing_to_list = table
            .covered(&name)
            .is_some_and(|it| matches!(it.how, Coverage::Setting | Coverage::Nothing));
        let covered = table.covered(&kind.name).is_some();
        assert!(
            !covered || listed || nothing_to_list,
            "{} ends at {name}, which nobody lists",
            kind.name
        );
    }
}

#[test]
fn a_bad_row_is_told_with_its_line() {
    const HEAD: &str =
        "# for people\ntype\tservice\twhere\tlists\tdeletes\tidentifier\treferences\n";
    const COVERED: &str = "type\thow\tof\treason\n";
    let good = "AWS::A::B\ta\tregional\tplain\tyes\tId\t\n";
    let problem = |rows: &str, covered: &str| {
        TypeTable::parse(&format!("{HEAD}{rows}"), &format!("{COVERED}{covered}")).unwrap_err()
    };
    let problems = [
        problem("AWS::A::B\ta\n", ""),
        problem(&good.replace("regional", "local"), ""),
        problem(&good.replace("plain", "sometimes"), ""),
        problem(&good.replace("yes", "maybe"), ""),
        problem(&good.replace("AWS::A::B", "AWS::B"), ""),
        problem(&good.repeat(2), ""),
        problem(good, "AWS::A::C\tnothing\t\twhy\n"),
        problem(good, "AWS::A::B\tpart\t\twhy\n"),
        problem(good, "AWS::A::B\tnothing\t\t\n"),
        problem(good, "AWS::A::B\tgone\t\twhy\n"),
    ];
    insta::assert_snapshot!(problems.join("\n"), @r"
    line 3: 2 columns, and 7 are needed
    types, line 3, column 3 (where): local is neither global nor regional
    types, line 3, column 4 (lists): sometimes is no way to list
    types, line 3, column 5 (deletes): maybe is neither yes nor no
    types, line 3, column 1 (type): AWS::B is no name of a type
    types, line 4: AWS::A::B stands twice
    covered, line 2: there is no type AWS::A::C
    covered, line 2: part and elsewhere name another type, the others none
    covered, line 2: a reason is missing
    covered, line 2: gone is not part, elsewhere, setting or nothing
    ");
}

const HEADING: &str = "type\tservice\twhere\tlists\tdeletes\tidentifier\treferences\n";

#[test]
fn a_table_of_an_admin_takes_the_place_of_the_built_in_one() {
    let rows = "AWS::CloudFormation::Stack\tcloudformation\tregional\tplain\tyes\tStackId\t
AWS::CloudFormation::CustomResource\tcloudformation\tregional\tnone\tno\tId\t
AWS::New::Thing\tnew\tregional\tplain\tyes\tId\t\n";
    let table = TypeTable::own(&format!("# made today\n{HEADING}{rows}")).unwrap();
    assert_eq!(table.all().count(), 3);
    assert!(table.get("AWS::New::Thing").is_some());
    let custom = table.covered("AWS::CloudFormation::CustomResource");
    assert_eq!(
        custom,
        TypeTable::built_in().covered("AWS::CloudFormation::CustomResource"),
        "what is known of a type stays known"
    );
    assert_ne!(table.digest(), TypeTable::built_in().digest());
}

#[test]
fn a_table_of_an_admin_that_is_none_is_told_where() {
    let problem = |text: String| TypeTable::own(&text).unwrap_err();
    let problems = [
        problem(String::new()),
        problem("# nothing but this\n".to_owned()),
        problem("type\tservice\nAWS::A::B\ta\n".to_owned()),
        problem(format!("{HEADING}AWS::A::B\ta\tregional\n")),
        problem(format!(
            "# one\n{HEADING}AWS::A::B\ta\tregional\tplain\tyes\tId\tB\n"
        )),
        problem(format!(
            "{HEADING}AWS::A::B\ta\tregional\tplain\tyes\tId\t\n"
        )),
    ];
    insta::assert_snapshot!(problems.join("\n"), @r"
    line 1: the heading is not type, service, where, lists, deletes, identifier, references, separated by tabs
    line 1: the heading is not type, service, where, lists, deletes, identifier, references, separated by tabs
    line 1: the heading is not type, service, where, lists, deletes, identifier, references, separated by tabs
    line 2: 3 columns, and 7 are needed
    line 3, column 7 (references): a reference is written Property>Type
    AWS::CloudFormation::Stack is not in it: it is no whole table
    ");
}
