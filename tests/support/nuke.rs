//! How accounts are emptied in tests that are about something else: stacks and a few types, without guardrails.

use ebbtide::environment::Region;
use ebbtide::nuke::NukeSettings;
use ebbtide::nuke::baseline::Baseline;
use ebbtide::nuke::listers::Listers;
use ebbtide::nuke::settings::SettingsTable;
use ebbtide::nuke::target::Forbidden;
use ebbtide::nuke::types::TypeTable;

const TYPES: &str = "type\tservice\twhere\tlists\tdeletes\tidentifier\treferences
AWS::CloudFormation::Stack\tcloudformation\tregional\tplain\tyes\tStackId\t
AWS::SQS::Queue\tsqs\tregional\tplain\tyes\tQueueUrl\t
";
const COVERED: &str = "type\thow\tof\treason\n";

/// For one region.
pub fn few_types(region: &str) -> NukeSettings {
    few_types_and("", region)
}

/// The same with further types, as lines of the table.
pub fn few_types_and(more: &str, region: &str) -> NukeSettings {
    let types = TypeTable::parse(&format!("{TYPES}{more}"), COVERED).expect("a sound table");
    let listers = Listers::none();
    let roles = ["OrganizationAccountAccessRole".to_owned()];
    let baseline = Baseline::new(&roles, &[], &types, &listers).expect("no rule is wrong");
    NukeSettings {
        types,
        listers,
        baseline,
        watched: SettingsTable::none(),
        regions: vec![Region::new(region)],
        reach: None,
        max_resources: 5_000,
        forbidden: Forbidden {
            aliases: vec!["prod".to_owned()],
        },
    }
}
