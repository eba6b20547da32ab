//! The front door: unwrapping, level by level.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::chart::{self, Chart};
use super::compression::unpacked;
use super::problems::Problems;
use super::reading::{Body, Label, Limits, Other, Reading, SignatureForm, Wrapper};
use super::recognise::{self, Form};
use super::statement::Statement;
use super::text;
use super::tree::json::{self, Fields, Wanted};
use super::tree::repair::repair;
use super::tree::{At, Tree};

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
        is_unreadable: false,
        raw: (text.len() <= RAW).then(|| text.into()),
    })
}

fn unreadable(name: &str) -> Body {
    Body::Other(Other {
        name: name.into(),
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
        // Every short word is base64.
        match base64(trimmed).filter(|_| trimmed.len() >= SHORTEST_BASE64) {
            Some(inner) => {
                self.wrapped_in.push(Wrapper::Base64);
                self.level(&inner, label)
            }
            None => other("a text", text),
        }
    }

    /// Reads JSON; where it is not quite that, what can be mended is, and what cannot gives what came before.
    fn json(&mut self, text: &str, label: &Label<'_>) -> Body {
        let Some(form) = recognise::of_json(text).or_else(|| mended_form(text)) else {
            return self.json_of_other_shape(text, label);
        };
        match form {
            Form::Bundle | Form::Dsse | Form::Statement | Form::CosignPredicate => {
                self.envelope(form, text, label)
            }
            Form::SimpleSigning => Body::Signature(SignatureForm::SimpleSigning),
            Form::NotationJws => Body::Signature(SignatureForm::NotationJws),
            Form::Chart => self.whole(text, |root, problems| {
                Body::Chart(Box::new(Chart::read(root, problems)))
            }),
            Form::Unknown => {
                self.check(text);
                other("JSON", text)
            }
            form => other(form.name(), text),
        }
    }

    /// A list, a text in quotation marks, or no JSON.
    fn json_of_other_shape(&mut self, text: &str, label: &Label<'_>) -> Body {
        let (tree, error) = json::tree(text, self.limits.values);
        let inner = tree.root().and_then(At::text);
        if let (Some(inner), None) = (inner, &error) {
            self.wrapped_in.push(Wrapper::JsonText);
            return self.level(inner.as_bytes(), label);
        }
        if let Some(error) = error {
            self.problems.syntax(&error);
            return Body::Other(Other {
                name: "no JSON".into(),
                is_unreadable: true,
                raw: (text.len() <= RAW).then(|| text.into()),
            });
        }
        other("JSON", text)
    }

    /// Notes what is wrong with JSON that nobody reads further.
    fn check(&mut self, text: &str) {
        if let Err(error) = json::stream(text, &[], self.limits.values, &mut Nothing) {
            self.problems.syntax(&error);
        }
    }

    /// Reads a document that is small enough to stand in memory as a whole.
    fn whole(&mut self, text: &str, read: impl Fn(At<'_>, &mut Problems) -> Body) -> Body {
        let (tree, error) = json::tree(text, self.limits.values);
        let Some(error) = error else {
            return self.rooted(&tree, read);
        };
        let Some(repaired) = repair(text) else {
            self.problems.syntax(&error);
            return self.rooted(&tree, read);
        };
        for change in &repaired.changes {
            self.problems.syntax(change);
        }
        let (tree, error) = json::tree(&repaired.text, self.limits.values);
        if let Some(error) = error {
            self.problems.syntax(&error);
        }
        self.rooted(&tree, read)
    }

    fn rooted(&mut self, tree: &Tree<'_>, read: impl Fn(At<'_>, &mut Problems) -> Body) -> Body {
        match tree.root() {
            Some(root) => read(root, &mut self.problems),
            None => unreadable("no JSON"),
        }
    }

    /// Takes off what a document is wrapped in.
    fn envelope(&mut self, form: Form, text: &str, label: &Label<'_>) -> Body {
        let (mut fields, error) = json::raw_fields(text);
        let repaired = error.as_ref().and_then(|_| repair(text));
        match (&repaired, error) {
            (None, None) => {}
            (None, Some(error)) => self.problems.syntax(&error),
            (Some(repaired), _) => {
                for change in &repaired.changes {
                    self.problems.syntax(change);
                }
                let (mended, error) = json::raw_fields(&repaired.text);
                if let Some(error) = error {
                    self.problems.syntax(&error);
                }
                fields = mended;
            }
        }
        let fields = RawFields(fields);
        match form {
            Form::Bundle => self.bundle(&fields, label),
            Form::Dsse => self.dsse(&fields, label),
            Form::Statement => self.statement(&fields, label),
            _ => self.cosign_predicate(&fields, label),
        }
    }

    /// A sigstore bundle (`sigstore_bundle.proto`); names in camel case or with underscores.
    fn bundle(&mut self, fields: &RawFields<'_>, label: &Label<'_>) -> Body {
        self.wrapped_in.push(Wrapper::SigstoreBundle);
        let either = |one: &str, other: &str| fields.get(one).or(fields.get(other));
        if let Some(envelope) = either("dsseEnvelope", "dsse_envelope") {
            return self.envelope(Form::Dsse, envelope, label);
        }
        if either("messageSignature", "message_signature").is_none() {
            self.problems
                .note("", "has neither a message signature nor an envelope");
            return unreadable("a sigstore bundle");
        }
        Body::Signature(SignatureForm::BundleMessage)
    }

    /// A DSSE envelope (`protocol.md`): either alphabet of base64 is legal.
    fn dsse(&mut self, fields: &RawFields<'_>, label: &Label<'_>) -> Body {
        self.wrapped_in.push(Wrapper::Dsse);
        let Some(payload) = fields.text("payload") else {
            self.problems.note("payload", "is missing, or no text");
            return unreadable("a DSSE envelope");
        };
        let Some(inner) = base64(&payload) else {
            self.problems.note("payload", "is no base64");
            return unreadable("a DSSE envelope");
        };
        self.level(&inner, label)
    }

    /// An in-toto statement, of either version.
    fn statement(&mut self, fields: &RawFields<'_>, label: &Label<'_>) -> Body {
        self.wrapped_in.push(Wrapper::InToto);
        let text_of = |name: &str| fields.text(name).unwrap_or_default();
        let (form, predicate_type) = (text_of("_type"), text_of("predicateType"));
        let wrapped = fields
            .get("subject")
            .map(|subject| format!("{{\"subject\":{subject}}}"));
        let (tree, _) = json::tree(wrapped.as_deref().unwrap_or("null"), self.limits.values);
        let subjects = tree.root().and_then(|root| root.get("subject"));
        let cap = self.limits.entries;
        let statement = Statement::read(&form, subjects, &predicate_type, cap, &mut self.problems);
        // The outermost statement is the one that was signed.
        self.statement.get_or_insert(statement);
        self.disagreement(&predicate_type, label);
        match fields.get("predicate") {
            Some(predicate) => self.predicate(predicate, &predicate_type, label),
            None => other(&predicate_type, ""),
        }
    }

    /// Notes that an annotation states another predicate type.
    fn disagreement(&mut self, predicate_type: &str, label: &Label<'_>) {
        if !label.predicate_type.is_empty() && label.predicate_type != predicate_type {
            let what = format!(
                "is labelled {}, and its predicate type is {predicate_type}",
                label.predicate_type
            );
            self.problems.note("predicateType", what);
        }
    }

    fn predicate(&mut self, predicate: &str, predicate_type: &str, label: &Label<'_>) -> Body {
        if predicate_type.starts_with("https://sigstore.dev/cosign/sign/") {
            return Body::Signature(SignatureForm::CosignStatement);
        }
        if predicate.starts_with('"') {
            let inner = serde_json::from_str::<String>(predicate).unwrap_or_default();
            self.wrapped_in.push(Wrapper::JsonText);
            return self.level(inner.as_bytes(), label);
        }
        let form = recognise::of_json(predicate).unwrap_or(Form::Unknown);
        match form {
            Form::Unknown | Form::Chart => other(predicate_type, predicate),
            _ => self.json(predicate, label),
        }
    }

    /// `{"Data": …, "Timestamp": …}`, which cosign makes of a file (`COSIGN_PREDICATE_SPEC.md`).
    fn cosign_predicate(&mut self, fields: &RawFields<'_>, label: &Label<'_>) -> Body {
        self.wrapped_in.push(Wrapper::CosignPredicate);
        let Some(data) = fields.get("Data") else {
            return other("cosign predicate", "");
        };
        match serde_json::from_str::<String>(data) {
            Ok(inner) => self.level(inner.as_bytes(), label),
            Err(_) => self.level(data.as_bytes(), label),
        }
    }
}

/// The fields of an object, each with the text of its value.
struct RawFields<'t>(Vec<(String, &'t str)>);

impl<'t> RawFields<'t> {
    fn get(&self, name: &str) -> Option<&'t str> {
        let found = self.0.iter().rfind(|(key, _)| key == name);
        found.map(|(_, raw)| *raw).filter(|raw| *raw != "null")
    }

    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?).ok()
    }
}

/// The form of a document that has a comment before its first value, or none.
fn mended_form(text: &str) -> Option<Form> {
    recognise::of_json(&repair(text)?.text)
}

/// A document that nothing is wanted of.
struct Nothing;

impl Fields for Nothing {
    fn wanted(&self, _: &str) -> Wanted {
        Wanted::Nothing
    }

    fn field(&mut self, _: &str, _: At<'_>) {}

    fn item(&mut self, _: &'static str, _: usize, _: At<'_>) {}
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
#[path = "front_tests.rs"]
mod tests;
