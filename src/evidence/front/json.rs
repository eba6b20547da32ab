//! Documents in JSON.

use super::{Door, RAW, other};
use crate::evidence::chart::Chart;
use crate::evidence::problems::Problems;
use crate::evidence::provenance;
use crate::evidence::reading::{Body, Label, Other, SignatureForm, Wrapper};
use crate::evidence::recognise::{self, Form};
use crate::evidence::sbom::{self, CycloneDx, Encoding, Sbom, Spdx2, Spdx3, Syft};
use crate::evidence::tree::json::{self, Fields, Wanted};
use crate::evidence::tree::repair::repair;
use crate::evidence::tree::{At, Tree};
use crate::evidence::vex::{Vex, csaf, openvex};

/// The media type of a chart's config, which is its `Chart.yaml` as JSON.
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

impl Door<'_> {
    /// Reads JSON; where it is not quite that, what can be mended is, and what cannot gives what came before.
    pub(super) fn json(&mut self, text: &str, label: &Label<'_>) -> Body {
        let Some(form) = recognise::of_json(text).or_else(|| mended_form(text)) else {
            return self.json_of_other_shape(text, label);
        };
        // `Chart.yaml` has no name that is its own: what is nothing else, and is called a chart's config, is one.
        let is_chart = form == Form::Unknown && label.media_type == CHART_CONFIG;
        let form = if is_chart { Form::Chart } else { form };
        match form {
            Form::Bundle | Form::Dsse | Form::Statement | Form::CosignPredicate => {
                self.envelope(form, text, label)
            }
            Form::SimpleSigning => Body::Signature(SignatureForm::SimpleSigning),
            Form::NotationJws => Body::Signature(SignatureForm::NotationJws),
            Form::Chart => {
                let chart = self.whole(text, |root, problems| Some(Chart::read(root, problems)));
                Body::Chart(Box::new(chart.unwrap_or_default()))
            }
            Form::Unknown => {
                self.check(text);
                other("JSON", text)
            }
            form => self
                .document_in_json(form, text)
                .unwrap_or_else(|| other(form.name(), text)),
        }
    }

    /// A document that has a reader.
    fn document_in_json(&mut self, form: Form, text: &str) -> Option<Body> {
        let limits = self.limits;
        match form {
            Form::CycloneDx => {
                let make = || CycloneDx::new(Encoding::Json, "", limits);
                let read = self.stream(text, sbom::CYCLONEDX_SKIPPED, make).finish();
                Some(self.sbom(read))
            }
            Form::Spdx2 => {
                let make = || Spdx2::new(Encoding::Json, limits);
                let read = self.stream(text, sbom::SPDX2_SKIPPED, make).finish();
                Some(self.sbom(read))
            }
            Form::Spdx3 => {
                let read = self.stream(text, sbom::SPDX3_SKIPPED, || Spdx3::new(limits));
                read.finish().map(|read| self.sbom(read))
            }
            Form::Syft => {
                let read = self.stream(text, sbom::SYFT_SKIPPED, || Syft::new(limits));
                read.finish().map(|read| self.sbom(read))
            }
            Form::Tern => {
                let read = self.whole(text, |root, _| sbom::read_tern(root, limits));
                read.map(|read| self.sbom(read))
            }
            Form::OpenVex => {
                let cap = limits.entries;
                let vex = self.whole(text, |root, problems| {
                    Some(openvex::read(root, cap, problems))
                })?;
                Some(self.vex(vex))
            }
            Form::Csaf => {
                let cap = limits.entries;
                let vex = self.whole(text, |root, problems| csaf::read(root, cap, problems))?;
                Some(self.vex(vex))
            }
            Form::Provenance => self.provenance(text, ""),
            _ => None,
        }
    }

    pub(super) fn vex(&mut self, mut vex: Vex) -> Body {
        if let Some(statement) = &self.statement {
            vex.inherit(statement);
        }
        Body::Vex(Box::new(vex))
    }

    /// How something was built.
    pub(super) fn provenance(&mut self, text: &str, predicate_type: &str) -> Option<Body> {
        let cap = self.limits.entries;
        let read = self.whole(text, |root, problems| {
            Some(provenance::read(root, predicate_type, cap, problems))
        });
        read.map(|read| Body::Provenance(Box::new(read)))
    }

    pub(super) fn sbom(&mut self, (sbom, problems): (Sbom, Problems)) -> Body {
        self.problems.append(problems);
        Body::Sbom(Box::new(sbom))
    }

    /// Hands on the fields of a document; where it is not quite JSON, what can be mended is, and what cannot gives what
    /// came before.
    fn stream<F: Fields>(
        &mut self,
        text: &str,
        skipped: &'static [&'static str],
        make: impl Fn() -> F,
    ) -> F {
        let mut fields = make();
        let Err(error) = json::stream(text, skipped, self.limits.values, &mut fields) else {
            return fields;
        };
        let Some(repaired) = repair(text) else {
            self.problems.syntax(&error);
            return fields;
        };
        for change in &repaired.changes {
            self.problems.syntax(change);
        }
        let mut again = make();
        let read = json::stream(&repaired.text, skipped, self.limits.values, &mut again);
        if let Err(error) = read {
            self.problems.syntax(&error);
        }
        again
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
                facts: Vec::new(),
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
    pub(super) fn whole<T>(
        &mut self,
        text: &str,
        read: impl Fn(At<'_>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
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

    fn rooted<T>(
        &mut self,
        tree: &Tree<'_>,
        read: impl Fn(At<'_>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        read(tree.root()?, &mut self.problems)
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
