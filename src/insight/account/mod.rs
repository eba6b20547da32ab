//! What an image is, in words for people: section by section, the same for the screen and for what is printed.

mod provenance;
mod vex;

use std::collections::BTreeMap;

use crate::oci::Digest;
use crate::oci::remote_text::clean;
use crate::words::{bytes, counted};

use super::cells::{Cell, Kind, is_cose_signature};
use super::identity::{Field, Stated};
use super::image::{Image, ImageKind, Part, ReadDocument};

/// How a line is to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Something contradicts, or is wrong.
    Warning,
    /// Something is not known.
    Unknown,
}

/// One line: a name, empty where it belongs to the line above, and what is said. Cleaned of what could harm a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The name.
    pub name: String,
    /// What is said.
    pub words: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// Lines under a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// What they are about.
    pub heading: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// What is known of an image, section by section; what there is nothing of is left out. `O(n)` in its documents.
pub fn account(image: &Image) -> Vec<Section> {
    let mut text = Account::default();
    text.itself(image);
    text.identity(image);
    text.platforms(image);
    text.evidence(image);
    text.collection(image);
    text.provenances(image, Told::InShort);
    text.bills(image);
    text.vexes(image);
    text.statements(image);
    text.problems(image);
    text.sections
}

/// How an image was built, document by document, with all that went into it.
pub fn provenance(image: &Image) -> Vec<Section> {
    let mut text = Account::default();
    text.provenances(image, Told::Whole);
    text.sections
}

/// What is said of an image's vulnerabilities, document by document, with the packages that it is said of.
pub fn vex(image: &Image) -> Vec<Section> {
    let mut text = Account::default();
    text.vexes(image);
    text.sections
}

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    InShort,
    Whole,
}

#[derive(Default)]
struct Account {
    sections: Vec<Section>,
}

impl Account {
    fn heading(&mut self, words: &str) {
        self.sections.push(Section {
            heading: clean(words).into_owned(),
            lines: Vec::new(),
        });
    }

    fn line(&mut self, name: &str, words: &str) {
        self.toned(name, words, Tone::Plain);
    }

    fn toned(&mut self, name: &str, words: &str, tone: Tone) {
        if let Some(section) = self.sections.last_mut() {
            section.lines.push(Line {
                name: clean(name).into_owned(),
                words: clean(words).into_owned(),
                tone,
            });
        }
    }

    fn itself(&mut self, image: &Image) {
        self.heading(image.kind.name());
        self.line("digest", &image.digest.to_string());
        if !image.tags.is_empty() {
            let tags: Vec<_> = image.tags.iter().map(ToString::to_string).collect();
            self.line("tags", &tags.join(", "));
        }
    }

    /// Each field once, where all platforms say the same; what is said otherwise stands below it.
    fn identity(&mut self, image: &Image) {
        let mut begun = false;
        for field in Field::ALL {
            let stated: Vec<&Stated> = image
                .identity
                .iter()
                .filter(|one| one.field == field)
                .collect();
            let standing: Vec<&&Stated> = stated.iter().filter(|one| one.stands).collect();
            let Some(first) = standing.first() else {
                continue;
            };
            if !begun {
                self.heading("what it says that it is");
                begun = true;
            }
            let is_same = standing.iter().all(|one| one.value == first.value);
            let mut name = field.name();
            if is_same {
                let words = format!("{}  ({})", first.value, origin(first));
                self.line(name, &words);
            } else {
                for one in &standing {
                    let platform = platform_name(one.platform.as_ref().map(ToString::to_string));
                    let words = format!("{}  ({platform}, {})", one.value, origin(one));
                    self.line(std::mem::take(&mut name), &words);
                }
            }
            self.contradictions(&stated);
        }
        if !image.vendor.is_empty() {
            self.heading("what its vendor says besides");
            let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for value in &image.vendor {
                let values = seen.entry(value.key.to_string()).or_default();
                let value = value.value.to_string();
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            for (key, values) in seen {
                self.line(&key, &values.join(" | "));
            }
        }
    }

    /// Values that differ from the one that stands on the same platform, each once.
    fn contradictions(&mut self, stated: &[&Stated]) {
        let mut told: Vec<String> = Vec::new();
        for other in stated.iter().filter(|one| !one.stands) {
            let is_of_it = |one: &&&Stated| one.stands && one.platform == other.platform;
            let stands = stated.iter().find(is_of_it);
            if stands.is_none_or(|stands| stands.value == other.value) {
                continue;
            }
            let words = format!("differs: {}  ({})", other.value, origin(other));
            if !told.contains(&words) {
                self.toned("", &words, Tone::Warning);
                told.push(words);
            }
        }
    }

    fn platforms(&mut self, image: &Image) {
        let mut begun = false;
        for part in image.platforms() {
            if !begun {
                self.heading("platforms");
                begun = true;
            }
            let size = part.bytes.map_or("size not known".to_owned(), bytes);
            let layers = part.layers.map_or("not read".to_owned(), |layers| {
                counted(layers, "layer", "layers")
            });
            let name = part_name(image, part);
            let words = format!("{size}, {layers}  {}", part.digest);
            self.line(&name, &words);
        }
    }

    fn evidence(&mut self, image: &Image) {
        self.heading("evidence");
        let heads = Kind::ALL.map(|kind| format!("{:12}", kind.name()));
        self.line("", heads.concat().trim_end());
        for part in &image.parts {
            let cells = Kind::ALL.map(|kind| part.cells.of(kind));
            let is_unknown = cells.contains(&Cell::Unread);
            let tone = if is_unknown {
                Tone::Unknown
            } else {
                Tone::Plain
            };
            let cells = cells.map(|one| format!("{:12}", cell(one)));
            let name = part_name(image, part);
            self.toned(&name, cells.concat().trim_end(), tone);
        }
    }

    /// The images that a chart names, each with its evidence where it was read.
    fn collection(&mut self, image: &Image) {
        let mut begun = false;
        for one in &image.named {
            if !begun {
                self.heading("images that it names");
                begun = true;
            }
            let name = one.image.name.as_ref();
            let name = name.map_or(String::new(), ToString::to_string);
            let guess = if one.is_guess() {
                ", a guess from its values"
            } else {
                ""
            };
            self.line(&name, &format!("{}{guess}", one.image.reference));
            let Some(found) = &one.found else { continue };
            for part in &found.parts {
                let there = Kind::ALL
                    .into_iter()
                    .filter(|kind| part.cells.of(*kind) == Cell::Present);
                let there: Vec<_> = there.map(Kind::name).collect();
                let words = if there.is_empty() {
                    "no evidence that is known".to_owned()
                } else {
                    there.join(", ")
                };
                self.line("", &format!("{}: {words}", part_name(found, part)));
            }
        }
    }

    fn bills(&mut self, image: &Image) {
        let mut begun = false;
        for read in &image.documents {
            let Some(bill) = read
                .reading
                .sbom()
                .filter(|bill| !bill.is_vulnerabilities_only())
            else {
                continue;
            };
            if !begun {
                self.heading("bills of materials");
                begun = true;
            }
            let tools: Vec<_> = bill.tools.iter().map(ToString::to_string).collect();
            let by = if tools.is_empty() {
                String::new()
            } else {
                format!(", by {}", tools.join(", "))
            };
            let packages = counted(bill.packages.len(), "package", "packages");
            let words = format!("{}, {packages}{by}", bill.format.title());
            self.line(&subject(image, read), &words);
        }
    }

    fn statements(&mut self, image: &Image) {
        let mut begun = false;
        for read in &image.documents {
            let Some(said) = &read.reading.statement else {
                continue;
            };
            if !begun {
                self.heading("statements");
                begun = true;
            }
            let of = subject(image, read);
            let matches = if said.matches(&read.subject) {
                ""
            } else {
                "  speaks of something else"
            };
            let words = format!("{}{matches}", said.predicate_type);
            self.line(&of, &words);
        }
    }

    fn problems(&mut self, image: &Image) {
        let mut begun = false;
        let read_ones = image.documents.iter();
        for read in read_ones.filter(|read| !is_cose_signature(&read.attached)) {
            for problem in &read.reading.problems {
                if !begun {
                    self.heading("what is wrong with attached documents");
                    begun = true;
                }
                let place = read.attached.blob.digest.short();
                self.toned(&place, &problem.to_string(), Tone::Warning);
            }
        }
    }
}

/// The manifest that carries a document; the document itself where that is not known.
fn carrier(read: &ReadDocument) -> Digest {
    read.carrier.unwrap_or(read.attached.blob.digest)
}

fn origin(stated: &Stated) -> String {
    format!("{} {}", stated.origin.name(), stated.key)
}

/// What a cell says, for people.
pub const fn cell(cell: Cell) -> &'static str {
    match cell {
        Cell::None => "none",
        Cell::Present => "present",
        Cell::Verified => "verified",
        Cell::Failed => "failed",
        Cell::Unread => "not known",
        Cell::Unsupported => "unsupported",
    }
}

fn platform_name(platform: Option<String>) -> String {
    platform.unwrap_or_else(|| "the index".to_owned())
}

fn part_name(image: &Image, part: &Part) -> String {
    match (&part.platform, image.kind) {
        (Some(platform), _) => platform.to_string(),
        (None, ImageKind::Index) if part.node == image.node => "the index".to_owned(),
        (None, _) => "itself".to_owned(),
    }
}

/// The part that a document is attached to.
fn subject(image: &Image, read: &ReadDocument) -> String {
    let mut parts = image.parts.iter();
    let part = parts.find(|part| part.digest == read.subject && part.platform == read.platform);
    part.map_or_else(|| read.subject.short(), |part| part_name(image, part))
}
