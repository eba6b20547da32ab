//! What differs between two images, in words for people: the same for the screen and for what is printed.

use serde_json::Value;

use crate::insight::account::{Line, Section, Tone, cell};
use crate::insight::cells::{Cell, Cells, Kind};
use crate::oci::remote_text::clean;
use crate::oci::{Digest, RemoteText};
use crate::words::{bytes, counted};

use super::packages::{ChangedPackage, Compared, OnePackage, PackageDifference, Way};
use super::{Difference, EvidenceDifference, LayerDifference, Pair};

/// What stands for a value that one side does not have.
const NOTHING: &str = "nothing";
/// Characters of a value that are told; a setting may be as long as its config.
const VALUE: usize = 200;

/// What differs, section by section; what does not is left out. `O(n)` in what differs.
pub fn in_words(found: &Difference) -> Vec<Section> {
    let mut sections = vec![found.summary()];
    let names_platforms =
        found.pairs.len() > 1 || !found.only_a.is_empty() || !found.only_b.is_empty();
    sections.extend(found.platforms());
    for pair in &found.pairs {
        let of = pair.platform.as_ref().filter(|_| names_platforms);
        let of = of.map_or(String::new(), |platform| format!(" of {platform}"));
        sections.extend(layers(&pair.layers, &of));
        sections.extend(packages(&pair.packages, &of));
        sections.extend(settings(pair, &of));
    }
    sections.extend(found.identity_section());
    sections.extend(evidence(&found.evidence));
    sections
}

fn line(name: impl AsRef<str>, words: impl AsRef<str>, tone: Tone) -> Line {
    Line {
        name: clean(name.as_ref()).into_owned(),
        words: clean(words.as_ref()).into_owned(),
        tone,
    }
}

fn plain(name: impl AsRef<str>, words: impl AsRef<str>) -> Line {
    line(name, words, Tone::Plain)
}

/// A section, unless nothing stands in it.
fn section(heading: &str, lines: Vec<Line>) -> Option<Section> {
    (!lines.is_empty()).then(|| Section {
        heading: clean(heading).into_owned(),
        lines,
    })
}

/// One value to another.
fn change(before: Option<&str>, after: Option<&str>) -> String {
    let value = |value: Option<&str>| match value {
        Some("") => "\"\"".to_owned(),
        Some(value) => crate::words::fit(value, VALUE, "…"),
        None => NOTHING.to_owned(),
    };
    format!("{} → {}", value(before), value(after))
}

fn platform_name(platform: Option<&RemoteText>) -> String {
    platform.map_or_else(|| "itself".to_owned(), ToString::to_string)
}

impl Difference {
    fn summary(&self) -> Section {
        let mut lines = Vec::new();
        if let [pair] = self.pairs.as_slice() {
            let digests = (pair.digests.0.to_string(), pair.digests.1.to_string());
            if pair.digests.0 == pair.digests.1 {
                lines.push(plain("digest", format!("{} of both", digests.0)));
            } else {
                lines.push(plain("digest", format!("{} →", digests.0)));
                lines.push(plain("", digests.1));
            }
        }
        let size = |size: Option<u64>| size.map_or("not known".to_owned(), bytes);
        let (a, b) = self.bytes;
        let words = match (a, b) {
            (Some(a), Some(b)) if b > a => {
                format!("{} → {}, {} more", bytes(a), bytes(b), bytes(b - a))
            }
            (Some(a), Some(b)) if b < a => {
                format!("{} → {}, {} less", bytes(a), bytes(b), bytes(a - b))
            }
            (Some(a), Some(_)) => format!("{} of both", bytes(a)),
            (a, b) => format!("{} → {}", size(a), size(b)),
        };
        lines.push(plain("size", words));
        let heading = if self.is_same {
            "the same"
        } else {
            "different"
        };
        Section {
            heading: heading.to_owned(),
            lines,
        }
    }

    /// The platforms, where there are several or not the same ones.
    fn platforms(&self) -> Option<Section> {
        let is_one = self.pairs.len() <= 1 && self.only_a.is_empty() && self.only_b.is_empty();
        if is_one {
            return None;
        }
        let pairs = self.pairs.iter().map(|pair| {
            let (a, b) = pair.digests;
            let words = if a == b {
                format!("the same, {}", a.short())
            } else {
                format!("{} → {}", a.short(), b.short())
            };
            plain(platform_name(pair.platform.as_ref()), words)
        });
        let alone = |platform: &Option<RemoteText>, digest: &Digest, words: &str| {
            let name = platform_name(platform.as_ref());
            line(name, format!("{words}, {}", digest.short()), Tone::Warning)
        };
        let only_a = self.only_a.iter();
        let only_a = only_a.map(|(platform, digest)| alone(platform, digest, "only in the first"));
        let only_b = self.only_b.iter();
        let only_b = only_b.map(|(platform, digest)| alone(platform, digest, "only in the second"));
        section("platforms", pairs.chain(only_a).chain(only_b).collect())
    }

    fn identity_section(&self) -> Option<Section> {
        let has_platforms = self.pairs.len() > 1;
        let lines = self.identity.iter().map(|one| {
            let (a, b) = &one.values;
            let words = change(
                a.as_ref().map(RemoteText::as_str),
                b.as_ref().map(RemoteText::as_str),
            );
            let of = one.platform.as_ref().filter(|_| has_platforms);
            let of = of.map_or(String::new(), |platform| format!("  ({platform})"));
            plain(one.field.name(), format!("{words}{of}"))
        });
        section("what they say that they are", lines.collect())
    }
}

fn layers(found: &LayerDifference, of: &str) -> Option<Section> {
    if found.only_a.is_empty() && found.only_b.is_empty() {
        return None;
    }
    let mut lines = vec![plain(
        "shared",
        counted(found.shared.len(), "layer", "layers"),
    )];
    let mut side = |name: &str, digests: &[Digest]| {
        for digest in digests {
            lines.push(plain(name, digest.to_string()));
        }
    };
    side("only in the first", &found.only_a);
    side("only in the second", &found.only_b);
    for (one, other) in &found.recompressed {
        let words = format!("{} and {} have the same files", one.short(), other.short());
        lines.push(plain("compressed anew", words));
    }
    section(&format!("layers{of}"), lines)
}

fn packages(found: &PackageDifference, of: &str) -> Option<Section> {
    let mut lines = Vec::new();
    match &found.compared {
        Compared::Not("both are the same manifest") => return None,
        Compared::Not(reason) => lines.push(line("not compared", reason, Tone::Unknown)),
        Compared::Documents { digests, is_alike } => {
            let words = format!("{} and {}", digests.0.short(), digests.1.short());
            lines.push(plain("as said in", words));
            if !is_alike {
                let words = "another tool or format made one of them: some of this is how they look, not what is there";
                lines.push(line("", words, Tone::Warning));
            }
            let counts = format!(
                "{} added, {} removed, {} in another version, {} the same",
                found.added.len(),
                found.removed.len(),
                found.changed.len(),
                found.same
            );
            lines.push(plain("in all", counts));
        }
    }
    lines.extend(found.added.iter().map(|one| whole("added", one)));
    lines.extend(found.removed.iter().map(|one| whole("removed", one)));
    lines.extend(found.changed.iter().map(changed));
    section(&format!("packages{of}"), lines)
}

fn whole(name: &str, package: &OnePackage) -> Line {
    let version = package.version.as_ref();
    let version = version.map_or(String::new(), |version| format!(" {version}"));
    let words = format!(
        "{}{version}{}",
        package.name,
        kind(package.ecosystem.as_ref())
    );
    plain(name, words)
}

fn changed(package: &ChangedPackage) -> Line {
    let (name, tone) = match package.way {
        Way::Newer => ("newer", Tone::Plain),
        Way::Older => ("older", Tone::Warning),
        Way::Other => ("other", Tone::Plain),
    };
    let (a, b) = &package.versions;
    let words = change(
        a.as_ref().map(RemoteText::as_str),
        b.as_ref().map(RemoteText::as_str),
    );
    let kind = kind(package.ecosystem.as_ref());
    line(name, format!("{} {words}{kind}", package.name), tone)
}

fn kind(ecosystem: Option<&RemoteText>) -> String {
    ecosystem.map_or(String::new(), |ecosystem| format!("  ({ecosystem})"))
}

fn settings(pair: &Pair, of: &str) -> Option<Section> {
    let heading = format!("configuration{of}");
    let Some(settings) = &pair.settings else {
        let words = "a config was not read";
        return section(&heading, vec![line("not compared", words, Tone::Unknown)]);
    };
    let text = |value: &Option<Value>| match value {
        Some(Value::String(text)) => Some(text.clone()),
        Some(value) => Some(value.to_string()),
        None => None,
    };
    let lines = settings.iter().map(|setting| {
        let (a, b) = (text(&setting.values.0), text(&setting.values.1));
        plain(&setting.path, change(a.as_deref(), b.as_deref()))
    });
    section(&heading, lines.collect())
}

/// The kinds of evidence that differ.
fn evidence(found: &[EvidenceDifference]) -> Option<Section> {
    let mut lines = Vec::new();
    for one in found {
        let (Some(a), Some(b)) = one.cells else {
            continue;
        };
        for kind in Kind::ALL
            .into_iter()
            .filter(|kind| a.of(*kind) != b.of(*kind))
        {
            let name = match &one.platform {
                Some(platform) => format!("{} of {platform}", kind.name()),
                None => kind.name().to_owned(),
            };
            lines.push(line(name, cells(kind, a, b), tone(b.of(kind))));
        }
    }
    section("evidence", lines)
}

fn cells(kind: Kind, a: Cells, b: Cells) -> String {
    format!("{} → {}", cell(a.of(kind)), cell(b.of(kind)))
}

const fn tone(cell: Cell) -> Tone {
    match cell {
        Cell::None | Cell::Failed => Tone::Warning,
        Cell::Unread | Cell::Unsupported => Tone::Unknown,
        Cell::Present | Cell::Verified => Tone::Plain,
    }
}
