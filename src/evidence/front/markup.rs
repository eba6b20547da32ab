//! Documents in XML and YAML.

use super::Door;
use crate::evidence::chart::Chart;
use crate::evidence::reading::Body;
use crate::evidence::sbom::{CycloneDx, Encoding, Spdx2};
use crate::evidence::tree::json::{self, Fields};
use crate::evidence::tree::{Lists, xml, yaml};
use crate::evidence::vex::openvex;

impl Door<'_> {
    /// XML: a document that is none of those that are read is a text.
    pub(super) fn xml(&mut self, text: &str) -> Option<Body> {
        let (namespace, root) = xml::root(text)?;
        let version = namespace.strip_prefix("http://cyclonedx.org/schema/bom/");
        let is_cyclonedx = version.is_some() || (root == "bom" && namespace.contains("cyclonedx"));
        let values = self.limits.values;
        let own = xml::Namespaces::Own;
        if is_cyclonedx || root == "bom" {
            let document = xml::tree(text, Lists::Wrapped, own, values);
            if !is_cyclonedx {
                let what = format!("is no namespace of CycloneDX: {namespace}");
                self.problems.note("bom", what);
            }
            let version = version.unwrap_or_default();
            let reader = CycloneDx::new(Encoding::Xml, version, self.limits);
            let read = self.fed(&document, reader)?.finish();
            return Some(self.sbom(read));
        }
        let is_spdx = matches!(root.as_str(), "Document" | "SpdxDocument" | "SPDXDocument");
        if is_spdx && text.contains("SPDXRef-") {
            let document = xml::tree(text, Lists::Repeated, xml::Namespaces::All, values);
            let reader = Spdx2::new(Encoding::Xml, self.limits);
            let read = self.fed(&document, reader)?.finish();
            return Some(self.sbom(read));
        }
        None
    }

    /// Hands on the fields of the root element.
    fn fed<F: Fields>(&mut self, document: &xml::Document<'_>, mut fields: F) -> Option<F> {
        if let Some(error) = &document.error {
            self.problems.syntax(error);
        }
        let root = document.tree.root()?.fields().next()?;
        json::feed(root, &mut fields);
        Some(fields)
    }

    /// YAML: SPDX, `CycloneDX`, `OpenVEX` or a chart.
    pub(super) fn yaml(&mut self, text: &str) -> Option<Body> {
        let has = |key: &str| {
            text.lines().any(|line| {
                let line = line.trim_start_matches(['"', '\'']);
                line.strip_prefix(key)
                    .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
            })
        };
        let (is_spdx, is_cyclonedx) = (has("spdxVersion") || has("SPDXID"), has("bomFormat"));
        let is_chart = has("apiVersion") && has("name") && has("version") && !has("kind");
        let is_vex = has("statements") && has("author");
        if !(is_spdx || is_cyclonedx || is_chart || is_vex) {
            return None;
        }
        let (tree, error) = yaml::tree(text, self.limits.values);
        if let Some(error) = &error {
            self.problems.syntax(error);
        }
        let root = tree.root()?;
        if is_cyclonedx {
            let mut reader = CycloneDx::new(Encoding::Yaml, "", self.limits);
            json::feed(root, &mut reader);
            return Some(self.sbom(reader.finish()));
        }
        if is_vex && !is_spdx {
            let vex = openvex::read(root, self.limits.entries, &mut self.problems);
            return Some(self.vex(vex));
        }
        if is_spdx {
            let mut reader = Spdx2::new(Encoding::Yaml, self.limits);
            json::feed(root, &mut reader);
            return Some(self.sbom(reader.finish()));
        }
        Some(Body::Chart(Box::new(Chart::read(root, &mut self.problems))))
    }
}
