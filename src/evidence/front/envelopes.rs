//! What documents are wrapped in: bundles, envelopes, statements.

use super::{Door, base64, other, unreadable};
use crate::evidence::predicate;
use crate::evidence::reading::{Body, Label, Other, SignatureForm, Wrapper};
use crate::evidence::recognise::{self, Form};
use crate::evidence::statement::Statement;
use crate::evidence::tree::repair::repair;
use crate::evidence::tree::{glimpse, json};

impl Door<'_> {
    /// Takes off what a document is wrapped in.
    pub(super) fn envelope(&mut self, form: Form, text: &str, label: &Label<'_>) -> Body {
        let (mut fields, error) = glimpse::raw_fields(text);
        let repaired = error.as_ref().and_then(|_| repair(text));
        match (&repaired, error) {
            (None, None) => {}
            (None, Some(error)) => self.problems.syntax(&error),
            (Some(repaired), _) => {
                for change in &repaired.changes {
                    self.problems.syntax(change);
                }
                let (mended, error) = glimpse::raw_fields(&repaired.text);
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
        let is_provenance = predicate_type.starts_with("https://slsa.dev/provenance/");
        match form {
            Form::Provenance | Form::Unknown if is_provenance => {
                let read = self.provenance(predicate, predicate_type);
                read.unwrap_or_else(|| other(predicate_type, predicate))
            }
            Form::Unknown | Form::Chart | Form::Provenance => {
                self.other_predicate(predicate, predicate_type)
            }
            _ => self.json(predicate, label),
        }
    }

    /// A predicate without a reader of its own: what it says in short, and its text.
    fn other_predicate(&mut self, predicate: &str, predicate_type: &str) -> Body {
        let facts = self.whole(predicate, |root, _| Some(predicate::facts(root)));
        match other(predicate_type, predicate) {
            Body::Other(other) => Body::Other(Other {
                facts: facts.unwrap_or_default(),
                ..other
            }),
            body => body,
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
