//! Makes words plain: what differs from run to run (addresses, commits, ids, times) becomes a word.

/// The text with plain words for what differs from run to run; `github` is where GitHub listens.
pub fn plain(text: &str, github: &str) -> String {
    let text = text.replace(github, "https://github");
    let text = replace(&text, commit);
    let text = replace(&text, environment);
    let text = replace(&text, moment);
    let text = replace(&text, lived);
    let text = replace(&text, proven);
    replace(&text, certificate)
}

/// Replaces wherever `find` finds something at the beginning of the rest: how long it is, and what stands for it.
fn replace(text: &str, find: impl Fn(&str) -> Option<(usize, String)>) -> String {
    let mut plain = String::new();
    let mut rest = text;
    let mut inside_word = false;
    while let Some(next) = rest.chars().next() {
        if let Some((length, word)) = (!inside_word).then(|| find(rest)).flatten() {
            plain.push_str(&word);
            rest = &rest[length..];
            continue;
        }
        inside_word = next.is_ascii_alphanumeric();
        plain.push(next);
        rest = &rest[next.len_utf8()..];
    }
    plain
}

/// A commit, whole or short.
fn commit(rest: &str) -> Option<(usize, String)> {
    let length = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let ends = !rest[length..].starts_with(|next: char| next.is_ascii_alphanumeric());
    let word = match length {
        40 => "COMMIT",
        7 => "SHORT",
        _ => return None,
    };
    ends.then(|| (length, word.to_owned()))
}

/// `pr-1-abcdef`, whose last part comes from the repository's number.
fn environment(rest: &str) -> Option<(usize, String)> {
    let (number, _) = rest.strip_prefix("pr-")?.split_once('-')?;
    let prefix = "pr-".len() + number.len() + 1;
    let digits = !number.is_empty() && number.bytes().all(|one| one.is_ascii_digit());
    let id = rest.get(prefix..prefix + 6)?;
    let is_id = digits && id.bytes().all(|one| one.is_ascii_alphanumeric());
    is_id.then(|| (prefix + 6, format!("pr-{number}-ID")))
}

/// `2026-03-01 12:00 UTC`.
fn moment(rest: &str) -> Option<(usize, String)> {
    const PATTERN: &str = "0000-00-00 00:00 UTC";
    let found = rest.get(..PATTERN.len())?;
    let fits = found.bytes().zip(PATTERN.bytes()).all(|(one, pattern)| {
        if pattern == b'0' {
            one.is_ascii_digit()
        } else {
            one == pattern
        }
    });
    fits.then(|| (PATTERN.len(), "MOMENT".to_owned()))
}

/// `lived 12 s`, up to the end of the sentence.
fn lived(rest: &str) -> Option<(usize, String)> {
    let length = rest.strip_prefix("lived ")?.find('.')?;
    Some(("lived ".len() + length, "lived A WHILE".to_owned()))
}

/// How long something took that was proven: `in 20 s: …`, up to the colon.
fn proven(rest: &str) -> Option<(usize, String)> {
    let took = rest.strip_prefix("in ")?;
    let unit = took.trim_start_matches(|next: char| next.is_ascii_digit());
    let length = took.len() - unit.len();
    let fits = length > 0 && (unit.starts_with(" s: ") || unit.starts_with(" min"));
    let end = rest.find(':')?;
    if fits {
        return Some((end, "in A WHILE".to_owned()));
    }
    None
}

/// `acct-69a42a407e7291-1`, which comes from the clock.
fn certificate(rest: &str) -> Option<(usize, String)> {
    let serial = rest.strip_prefix("acct-")?;
    let id = serial.bytes().take_while(u8::is_ascii_hexdigit).count();
    (id > 6).then(|| ("acct-".len() + id, "acct-ID".to_owned()))
}
