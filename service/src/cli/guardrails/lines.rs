//! Two texts, line by line, as `diff -u` shows them.

use std::fmt::Write;

/// How many unchanged lines are shown around a change.
const AROUND: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Out(&'a str),
    In(&'a str),
}

/// The changes from one text to the other, under a heading. Both are short: policies have some hundred lines.
pub(super) fn unified(heading: &str, before: &str, after: &str) -> String {
    let before: Vec<&str> = before.lines().collect();
    let after: Vec<&str> = after.lines().collect();
    let lines = compared(&before, &after);
    let mut text = format!("# {heading}\n--- attached\n+++ configured\n");
    let mut next = 0;
    while let Some(first) = lines[next..].iter().position(is_change) {
        let start = (next + first).saturating_sub(AROUND).max(next);
        let end = hunk_end(&lines, next + first);
        text += &hunk(&lines, start, end);
        next = end;
    }
    text
}

fn is_change(line: &Line) -> bool {
    !matches!(line, Line::Same(_))
}

/// A hunk goes on while the next change is so near that what stands around them would touch.
fn hunk_end(lines: &[Line], first_change: usize) -> usize {
    let mut last_change = first_change;
    while let Some(next) = lines[last_change + 1..].iter().position(is_change) {
        if next > 2 * AROUND {
            break;
        }
        last_change += 1 + next;
    }
    (last_change + 1 + AROUND).min(lines.len())
}

fn hunk(lines: &[Line], start: usize, end: usize) -> String {
    let before = |lines: &[Line]| {
        let kept = lines.iter().filter(|line| !matches!(line, Line::In(_)));
        kept.count()
    };
    let after = |lines: &[Line]| {
        let kept = lines.iter().filter(|line| !matches!(line, Line::Out(_)));
        kept.count()
    };
    let range = |counted: &dyn Fn(&[Line]) -> usize| {
        let length = counted(&lines[start..end]);
        // An empty range is named by the line before it, any other by its first line.
        let first = counted(&lines[..start]) + usize::from(length > 0);
        format!("{first},{length}")
    };
    let mut text = format!("@@ -{} +{} @@\n", range(&before), range(&after));
    for line in &lines[start..end] {
        let _ = match line {
            Line::Same(words) => writeln!(text, " {words}"),
            Line::Out(words) => writeln!(text, "-{words}"),
            Line::In(words) => writeln!(text, "+{words}"),
        };
    }
    text
}

/// Keeps as many lines as can be kept: the longest common subsequence.
fn compared<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<Line<'a>> {
    // kept[i][j]: how many lines before[i..] and after[j..] can keep.
    let mut kept = vec![vec![0_usize; after.len() + 1]; before.len() + 1];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            kept[i][j] = if before[i] == after[j] {
                kept[i + 1][j + 1] + 1
            } else {
                kept[i + 1][j].max(kept[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            lines.push(Line::Same(before[i]));
            i += 1;
            j += 1;
        } else if i < before.len() && (j == after.len() || kept[i + 1][j] >= kept[i][j + 1]) {
            lines.push(Line::Out(before[i]));
            i += 1;
        } else {
            lines.push(Line::In(after[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::unified;
    use insta::assert_snapshot;

    #[test]
    fn changes_with_what_stands_around_them() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n";
        let after = before.replace("\n5\n", "\nfive\n").replace("\n14\n", "\n");
        assert_snapshot!(unified("policy", before, &after), @r"
        # policy
        --- attached
        +++ configured
        @@ -2,7 +2,7 @@
         2
         3
         4
        -5
        +five
         6
         7
         8
        @@ -11,5 +11,4 @@
         11
         12
         13
        -14
         15
        ");
    }

    #[test]
    fn near_changes_share_a_hunk() {
        assert_snapshot!(unified("policy", "1\n2\n3\n4\n5\n6\n7\n", "one\n2\n3\n4\n5\n6\nseven\n"), @r"
        # policy
        --- attached
        +++ configured
        @@ -1,7 +1,7 @@
        -1
        +one
         2
         3
         4
         5
         6
        -7
        +seven
        ");
    }

    #[test]
    fn out_of_nothing_and_into_nothing() {
        assert_snapshot!(unified("new", "", "1\n2\n"), @r"
        # new
        --- attached
        +++ configured
        @@ -0,0 +1,2 @@
        +1
        +2
        ");
        assert_snapshot!(unified("gone", "1\n2\n", ""), @r"
        # gone
        --- attached
        +++ configured
        @@ -1,2 +0,0 @@
        -1
        -2
        ");
    }
}
