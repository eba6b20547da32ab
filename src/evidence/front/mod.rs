//! The front door: unwrapping, level by level.

mod envelopes;
mod json;
mod markup;

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::chart;
use super::compression::unpacked;
use super::label;
use super::problems::Problems;
use super::reading::{Body, Label, Limits, Other, Reading, SignatureForm, Wrapper};
use super::sbom::tag_value;
use super::statement::Statement;
use super::text;

/// A document inside a document inside a document: real ones have four levels.
const LEVELS: usize = 8;

/// A shorter text is taken as it is.
const SHORTEST_BASE64: usize = 40;

/// The longest text that a document of another kind keeps beside what was read of it.
const RAW: usize = 64 * 1024;

/// Reads a document, whatever it is wrapped in. Total: whatever `bytes` are, there is a reading of them.
///
/// Cost: `O(n)` in what the document unpacks to; long lists are read one item at a time.
pub fn read(bytes: &[u8], label: &Label<'_>, limits: &Limits) -> Reading {
    let mut door = Door {
        limits,
        wrapped_in: Vec::new(),
        statement: None,
        problems: Problems::default(),
        innermost: None,
    };
    let body = door.level(bytes, label);
    label::compare(label, &body, &mut door.problems);
    let own = door.statement.as_ref().map_or(0, Statement::weight);
    let weight = size_of::<Reading>() + own + body.weight();
    Reading {
        wrapped_in: door.wrapped_in,
        statement: door.statement,
        body,
        problems: door.problems.into_vec(),
        weight,
    }
}

/// The text of the document inside of everything that it is wrapped in: the predicate of a statement with the statement
/// around it, for a person who wants to see it raw. None where it is no text.
pub fn innermost(bytes: &[u8], limits: &Limits) -> Option<String> {
    let mut door = Door {
        limits,
        wrapped_in: Vec::new(),
        statement: None,
        problems: Problems::default(),
        innermost: Some(String::new()),
    };
    door.level(bytes, &Label::default());
    door.innermost.filter(|text| !text.is_empty())
}

impl Body {
    fn weight(&self) -> usize {
        match self {
            Self::Sbom(sbom) => sbom.weight(),
            Self::Vex(vex) => vex.weight(),
            Self::Provenance(provenance) => provenance.weight(),
            Self::Chart(chart) => chart.weight(),
            Self::Signature(_) => 0,
            Self::Other(other) => {
                other.name.as_str().len() + other.raw.as_ref().map_or(0, |raw| raw.len())
            }
        }
    }
}

struct Door<'l> {
    limits: &'l Limits,
    wrapped_in: Vec<Wrapper>,
    statement: Option<Statement>,
    problems: Problems,
    /// Where it is asked for: the text of the innermost level so far.
    innermost: Option<String>,
}

fn other(name: &str, text: &str) -> Body {
    Body::Other(Other {
        name: name.into(),
        facts: Vec::new(),
        is_unreadable: false,
        raw: (text.len() <= RAW).then(|| text.into()),
    })
}

fn unreadable(name: &str) -> Body {
    Body::Other(Other {
        name: name.into(),
        facts: Vec::new(),
        is_unreadable: true,
        raw: None,
    })
}

impl Door<'_> {
    /// Reads one level.
    fn level(&mut self, bytes: &[u8], label: &Label<'_>) -> Body {
        if self.wrapped_in.len() >= LEVELS {
            self.problems
                .note("", format!("is wrapped more than {LEVELS} times"));
            return unreadable("wrapped too often");
        }
        match unpacked(bytes, self.limits.unpacked) {
            Ok(None) => {}
            Ok(Some((wrapper, unpacked))) => {
                self.wrapped_in.push(wrapper);
                return self.level(&unpacked, label);
            }
            Err(what) => {
                self.problems.note("", what);
                return unreadable("compressed");
            }
        }
        if chart::is_tar(bytes) {
            let chart = chart::of_archive(bytes, self.limits, &mut self.problems);
            return chart.map_or_else(
                || other("an archive", ""),
                |chart| Body::Chart(Box::new(chart)),
            );
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            self.problems.note("", "is empty");
            return unreadable("empty");
        }
        if let Some(text) = text::decode(bytes, &mut self.problems) {
            return self.text(&text, label);
        }
        self.problems.note("", "is no text");
        unreadable("binary")
    }

    fn text(&mut self, text: &str, label: &Label<'_>) -> Body {
        if u32::try_from(text.len()).is_err() {
            self.problems.note("", "is longer than 4 GiB");
            return unreadable("too long");
        }
        let trimmed = text.trim_start();
        if let Some(innermost) = &mut self.innermost {
            text.clone_into(innermost);
        }
        if trimmed.starts_with("-----BEGIN PGP SIGNED MESSAGE") {
            return Body::Signature(SignatureForm::PgpText);
        }
        match trimmed.chars().next() {
            Some('{' | '[' | '"' | '/') => self.json(text, label),
            _ => self.no_json(text, label),
        }
    }

    fn no_json(&mut self, text: &str, label: &Label<'_>) -> Body {
        let trimmed = text.trim();
        if trimmed.starts_with('<')
            && let Some(body) = self.xml(text)
        {
            return body;
        }
        if tag_value::is_it(text) {
            let read = tag_value::read(text, self.limits);
            return self.sbom(read);
        }
        if let Some(body) = self.yaml(text) {
            return body;
        }
        // Every short word is base64.
        match base64(trimmed).filter(|_| trimmed.len() >= SHORTEST_BASE64) {
            Some(inner) => {
                self.wrapped_in.push(Wrapper::Base64);
                self.level(&inner, label)
            }
            None => other("a text", text),
        }
    }
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// What base64 of either alphabet stands for, with or without padding and line breaks; none where it is no base64.
fn base64(text: &str) -> Option<Vec<u8>> {
    let has_breaks = text.contains(|c: char| c.is_ascii_whitespace());
    let text: Cow<'_, str> = if has_breaks {
        text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
    } else {
        text.into()
    };
    if text.is_empty() {
        return None;
    }
    let engine = if text.contains(['-', '_']) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    engine.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests;
