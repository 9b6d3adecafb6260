//! What is to be done about one stack, for every status that CloudFormation has. Statuses that lead to the
//! same verdict in every situation are one kind, named by its first; `-` is no stack.

use ebbtide::environment::stack::{DELETE_LIMIT, STILL_LIMIT, StackVerdict, StackView, Wanted};
use ebbtide::environment::{
    ChangeSetState, CommitSha, Intent, StackName, StackRecord, StackStatus,
};
use std::collections::BTreeMap;
use std::fmt::Write;

const FINGERPRINT: &str = "f2";

fn commit() -> CommitSha {
    CommitSha::new("c2")
}

fn wanted() -> Wanted {
    Wanted::At {
        fingerprint: FINGERPRINT.to_owned(),
        revision: commit(),
        attempt: 0,
    }
}

fn view(wanted: Wanted) -> StackView {
    StackView {
        name: StackName::new("app"),
        wanted,
        protected: false,
        record: StackRecord::default(),
        change_set: None,
    }
}

/// An intent for the commit that is wanted.
fn intent(executed: bool) -> Intent {
    let mut intent = Intent::new(FINGERPRINT, &commit(), 0, 0);
    intent.executed = executed;
    intent
}

fn with_intent(intent: Intent, change_set: Option<ChangeSetState>) -> StackView {
    let mut view = view(wanted());
    view.record.intent = Some(intent);
    view.change_set = change_set;
    view
}

fn change_sets() -> Vec<(&'static str, Option<ChangeSetState>)> {
    vec![
        ("gone", None),
        ("pending", Some(ChangeSetState::Pending)),
        ("available", Some(ChangeSetState::Available)),
        ("without changes", Some(ChangeSetState::NoChanges)),
        ("failed", Some(ChangeSetState::Failed("no".to_owned()))),
        ("executing", Some(ChangeSetState::Executing)),
        ("executed", Some(ChangeSetState::Executed)),
        ("obsolete", Some(ChangeSetState::Obsolete)),
    ]
}

fn situations() -> Vec<(String, StackView)> {
    let mut all = Vec::new();
    let mut add = |name: &str, view: StackView| all.push((name.to_owned(), view));
    add("to be gone", view(Wanted::Absent));
    let mut one = view(Wanted::Absent);
    one.protected = true;
    add("to be gone, protected", one);
    let mut one = view(Wanted::Absent);
    one.record.deletes = DELETE_LIMIT;
    add("to be gone, deleted in vain too often", one);
    add("to be deployed later", view(Wanted::Later));
    add("to be deployed, nothing known", view(wanted()));
    let mut one = view(wanted());
    one.record.applied = Some("f1".to_owned());
    add("to be deployed, carries something else", one);
    let mut one = view(wanted());
    one.record.applied = Some(FINGERPRINT.to_owned());
    add("to be deployed, carries it already", one);
    let mut failed = intent(true);
    failed.failed = Some("it failed".to_owned());
    add("deployment failed", with_intent(failed, None));
    let mut stood = intent(true);
    stood.still = STILL_LIMIT;
    add(
        "executed, gone and never seen to move",
        with_intent(stood, None),
    );
    for (name, change_set) in change_sets() {
        let planned = with_intent(intent(false), change_set.clone());
        add(&format!("planned, change set {name}"), planned);
        let executed = with_intent(intent(true), change_set.clone());
        add(&format!("executed, change set {name}"), executed);
        let mut earlier = Intent::new("f1", &CommitSha::new("c1"), 0, 0);
        earlier.executed = true;
        let earlier = with_intent(earlier, change_set);
        add(
            &format!("an earlier commit executed, its change set {name}"),
            earlier,
        );
    }
    all
}

#[test]
fn every_status_has_its_verdict() {
    let mut situations = situations();
    let all = StackStatus::ALL.iter().copied().map(Some);
    let mut kinds: BTreeMap<Vec<StackVerdict>, Vec<&str>> = BTreeMap::new();
    for status in std::iter::once(None).chain(all) {
        let verdicts = situations.iter_mut().map(|(_, view)| {
            view.record.status = status;
            view.verdict()
        });
        let word = status.map_or("-", StackStatus::as_str);
        kinds.entry(verdicts.collect()).or_default().push(word);
    }
    let mut table = String::from("kinds of statuses\n");
    for members in kinds.values() {
        let _ = writeln!(table, "  {}", members.join(" "));
    }
    for (index, (name, _)) in situations.iter().enumerate() {
        let mut verdicts: BTreeMap<StackVerdict, Vec<&str>> = BTreeMap::new();
        for (row, members) in &kinds {
            verdicts.entry(row[index]).or_default().push(members[0]);
        }
        let _ = writeln!(table, "{name}");
        for (verdict, kinds) in verdicts {
            let verdict = format!("{verdict:?}");
            let _ = writeln!(table, "  {verdict:<23}{}", kinds.join(" "));
        }
    }
    insta::assert_snapshot!("verdicts", table);
}
