//! Small phrases that many findings share: lists of names, and the name that was probably meant.

/// How many names a sentence lists before it says how many more there are.
const LISTED_AT_MOST: usize = 12;
/// The longest text of somebody else that a sentence repeats, in characters.
const QUOTED_AT_MOST: usize = 60;

/// `` `a`, `b` and `c` ``, or "none".
pub(crate) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let mut quoted: Vec<String> = names.into_iter().map(|name| quote(name.as_ref())).collect();
    if quoted.len() > LISTED_AT_MOST {
        let left_out = quoted.len() - LISTED_AT_MOST;
        quoted.truncate(LISTED_AT_MOST);
        quoted.push(format!("{left_out} more"));
    }
    match quoted.pop() {
        None => "none".to_owned(),
        Some(only) if quoted.is_empty() => only,
        Some(last) => format!("{} and {last}", quoted.join(", ")),
    }
}

/// A text from a file, fit to stand in a sentence: one line, in backquotes, cut if long.
pub(crate) fn quote(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(QUOTED_AT_MOST)
        .map(|c| match c {
            '`' => '\'',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    if text.chars().nth(QUOTED_AT_MOST).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}

/// The known name that was probably meant by `written`, if one is close enough.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // The distance costs the product of both lengths, and names are told apart by their beginnings.
    let lower = |text: &str| -> Vec<char> {
        text.chars()
            .take(40)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let written = lower(written);
    known
        .into_iter()
        .filter_map(|name| {
            let candidate = lower(name);
            let close_enough = (written.len().max(candidate.len()) / 3).min(3);
            if written.len().abs_diff(candidate.len()) > close_enough {
                return None;
            }
            let distance = distance(&written, &candidate);
            (distance <= close_enough).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

/// Advice for a name that isn't known: the one probably meant, or else all there are.
pub(crate) fn did_you_mean<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    what_they_are: &str,
) -> String {
    match nearest(written, known.clone()) {
        Some(name) => format!("did you mean {}?", quote(name)),
        None => format!("{what_they_are}: {}", list(known)),
    }
}

/// How many characters must be added, dropped, replaced or swapped with their neighbour (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                rows[i][j] = i + j;
                continue;
            }
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(list::<&str>([]), "none");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        let many: Vec<String> = (0..14).map(|n| n.to_string()).collect();
        assert!(list(&many).ends_with("`10`, `11` and 2 more"));
    }

    #[test]
    fn quotes_stay_on_one_line_and_end() {
        assert_eq!(quote("a`b\nc"), "`a'b c`");
        assert_eq!(quote(&"x".repeat(70)), format!("`{}…`", "x".repeat(60)));
    }

    #[test]
    fn slips_of_the_fingers_are_recognised() {
        let known = ["template", "needs", "parameters"];
        assert_eq!(nearest("tempalte", known), Some("template"));
        assert_eq!(nearest("Parameter", known), Some("parameters"));
        assert_eq!(nearest("need", known), Some("needs"));
        assert_eq!(nearest("bucket", known), None);
        // Among short names every other one would be near.
        assert_eq!(nearest("d", ["a", "b"]), None);
    }
}
