//! What stands in a repository at a commit, as the world made it: the judge knows it from here, not from
//! what the product read.

use std::fmt::Write;

/// How a stack takes being deployed and deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    Good,
    /// This version of its template fails and is rolled back.
    Fails,
    /// Its first deletion fails.
    Stubborn,
    /// No deletion ever succeeds, not by force either.
    Immortal,
}

/// One stack of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub name: &'static str,
    pub needs: Vec<&'static str>,
    pub version: u32,
    pub nature: Nature,
    /// Whether a parameter carries the commit, so that every push changes it.
    pub carries_commit: bool,
    /// Whether its template has to go through a bucket.
    pub large: bool,
}

/// `.ebbtide.yml` and the templates it names.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// There is no file.
    Nothing,
    /// A file that has to be mended.
    Broken,
    Good(Good),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Good {
    pub pieces: Vec<Piece>,
    /// Whether the application turns out healthy, where it is asked.
    pub health: Option<bool>,
    pub ttl: &'static str,
    pub wait_for: bool,
    pub drafts: bool,
}

impl Content {
    pub fn good(&self) -> Option<&Good> {
        match self {
            Self::Good(good) => Some(good),
            Self::Nothing | Self::Broken => None,
        }
    }

    /// The text of a file at this commit.
    pub fn text(&self, path: &str) -> Option<String> {
        match (self, path) {
            (Self::Broken, ".ebbtide.yml") => Some("stacks: 7\n".to_owned()),
            (Self::Good(good), ".ebbtide.yml") => Some(good.file()),
            (Self::Good(good), _) => good
                .pieces
                .iter()
                .find(|piece| piece.path() == path)
                .map(Piece::template),
            (Self::Nothing | Self::Broken, _) => None,
        }
    }
}

impl Good {
    fn file(&self) -> String {
        let mut text = format!("version: 1\nttl: {}\n", self.ttl);
        if self.drafts {
            text.push_str("drafts: true\n");
        }
        if self.wait_for {
            text.push_str("wait_for: [build]\n");
        }
        text.push_str("stacks:\n");
        for piece in &self.pieces {
            let _ = writeln!(text, "  {}:\n    template: {}", piece.name, piece.path());
            let _ = writeln!(text, "    parameters:\n      Of: \"${{{{ pr.number }}}}\"");
            if piece.carries_commit {
                text.push_str("      Commit: ${{ sha }}\n");
            }
            // Needed through an output, which is how it is mostly said, or outright.
            for (index, need) in piece.needs.iter().enumerate() {
                if index == 0 {
                    let _ = writeln!(text, "      From: \"${{{{ stacks.{need}.outputs.Url }}}}\"");
                } else {
                    let _ = writeln!(text, "    needs: [{need}]");
                }
            }
        }
        if let Some(healthy) = self.health {
            let host = if healthy { "healthy" } else { "sick" };
            let _ = writeln!(
                text,
                "health:\n  - url: https://{host}.example/\n    within: 1m"
            );
        }
        if let Some(first) = self.pieces.first() {
            let _ = writeln!(text, "url: ${{{{ stacks.{}.outputs.Url }}}}", first.name);
        }
        text
    }
}

impl Piece {
    pub fn path(&self) -> String {
        format!("infra/{}.yaml", self.name)
    }

    pub fn template(&self) -> String {
        let padding = if self.large { 60_000 } else { 0 };
        format!(
            "Description: version={} nature={:?}\n\
             Parameters:\n  Of: {{Type: String}}\n  Commit: {{Type: String, Default: none}}\n  \
             From: {{Type: String, Default: none}}\n\
             Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n\
             Outputs:\n  Url:\n    Value: here\n# {:>padding$}\n",
            self.version, self.nature, "x"
        )
    }

    /// What its output `Url` says.
    pub fn output(template: &str) -> String {
        let version = template.lines().next().unwrap_or_default();
        let digits: String = version.chars().filter(char::is_ascii_digit).collect();
        format!("https://v{digits}.example/")
    }
}

impl Nature {
    /// Reads it back from a template.
    pub fn of(template: &str) -> Self {
        let first = template.lines().next().unwrap_or_default();
        if first.ends_with("Fails") {
            Self::Fails
        } else if first.ends_with("Stubborn") {
            Self::Stubborn
        } else if first.ends_with("Immortal") {
            Self::Immortal
        } else {
            Self::Good
        }
    }
}

/// Draws a file's content.
pub fn draw(rng: &mut fastrand::Rng, house: &House) -> Content {
    match rng.u32(0..100) {
        0..6 => return Content::Nothing,
        6..14 => return Content::Broken,
        _ => {}
    }
    let names = ["network", "data", "app"];
    let count = rng.usize(1..=3);
    let mut pieces: Vec<Piece> = Vec::new();
    for name in &names[..count] {
        let needs = pieces
            .iter()
            .map(|piece| piece.name)
            .filter(|_| rng.u32(0..100) < 60)
            .collect();
        pieces.push(Piece {
            name,
            needs,
            version: rng.u32(1..4),
            nature: match rng.u32(0..200) {
                0..14 => Nature::Fails,
                14..24 => Nature::Stubborn,
                24 => Nature::Immortal,
                _ => Nature::Good,
            },
            carries_commit: rng.u32(0..100) < 50,
            large: rng.u32(0..100) < 2,
        });
    }
    Content::Good(Good {
        pieces,
        health: match rng.u32(0..100) {
            0..10 => Some(true),
            10..14 => Some(false),
            _ => None,
        },
        ..house.rules()
    })
}

/// What holds for all files of a repository.
#[derive(Clone, Copy, Debug)]
pub struct House {
    pub ttl: &'static str,
    pub wait_for: bool,
    pub drafts: bool,
}

impl House {
    pub fn rules(&self) -> Good {
        Good {
            pieces: Vec::new(),
            health: None,
            ttl: self.ttl,
            wait_for: self.wait_for,
            drafts: self.drafts,
        }
    }
}
