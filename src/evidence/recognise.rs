//! What a document is, by what stands in it.

use super::tree::glimpse;

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `CycloneDX`.
    CycloneDx,
    /// SPDX 2.x.
    Spdx2,
    /// SPDX 3.
    Spdx3,
    /// Syft's own.
    Syft,
    /// Tern's own.
    Tern,
    /// A sigstore bundle.
    Bundle,
    /// A DSSE envelope.
    Dsse,
    /// An in-toto statement.
    Statement,
    /// SLSA provenance without its statement.
    Provenance,
    /// `OpenVEX`.
    OpenVex,
    /// CSAF.
    Csaf,
    /// A Helm chart.
    Chart,
    /// What cosign makes of a file that is no predicate.
    CosignPredicate,
    /// What cosign and containers/image sign.
    SimpleSigning,
    /// A Notation envelope in JSON.
    NotationJws,
    /// None of these.
    Unknown,
}

impl Form {
    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::CycloneDx => "CycloneDX",
            Self::Spdx2 | Self::Spdx3 => "SPDX",
            Self::Syft => "Syft JSON",
            Self::Tern => "Tern JSON",
            Self::Bundle => "sigstore bundle",
            Self::Dsse => "DSSE envelope",
            Self::Statement => "in-toto statement",
            Self::Provenance => "SLSA provenance",
            Self::OpenVex => "OpenVEX",
            Self::Csaf => "CSAF",
            Self::Chart => "Helm chart",
            Self::CosignPredicate => "cosign predicate",
            Self::SimpleSigning => "simple signing",
            Self::NotationJws => "Notation signature",
            Self::Unknown => "JSON",
        }
    }
}

/// The form of a JSON object; none where `text` is no JSON object. Reads no further than it needs to.
pub(super) fn of_json(text: &str) -> Option<Form> {
    let mut seen = Seen::default();
    let mut form = None;
    let is_object = glimpse::peek(text, &mut |key, value| {
        form = match value {
            None => by_key(key),
            Some(value) => by_value(key, value),
        };
        seen.take(key);
        form = form.or_else(|| seen.form());
        form.is_some()
    });
    is_object.then(|| form.unwrap_or_else(|| seen.last_guess()))
}

/// Names that only one kind of document has at its top.
fn by_key(key: &str) -> Option<Form> {
    Some(match key {
        "bomFormat" => Form::CycloneDx,
        "SPDXID" | "spdxDocumentNamespace" => Form::Spdx2,
        "artifacts" | "artifactRelationships" => Form::Syft,
        "payloadType" => Form::Dsse,
        "verificationMaterial" | "verification_material" => Form::Bundle,
        "predicateType" => Form::Statement,
        "product_tree" => Form::Csaf,
        "critical" => Form::SimpleSigning,
        "buildDefinition" | "runDetails" | "buildType" => Form::Provenance,
        _ => return None,
    })
}

/// Fields whose value says what a document is.
fn by_value(key: &str, value: &str) -> Option<Form> {
    let form = match key {
        "$schema" if value.contains("cyclonedx.org") => Form::CycloneDx,
        "spdxVersion" | "specVersion" if value.starts_with("SPDX-3") => Form::Spdx3,
        "spdxVersion" => Form::Spdx2,
        "specVersion" if value.starts_with("SPDX-") => Form::Spdx2,
        "@context" if value.contains("spdx.org/rdf/3") => Form::Spdx3,
        "@context" if value.contains("openvex") => Form::OpenVex,
        "mediaType" if value.starts_with("application/vnd.dev.sigstore.bundle") => Form::Bundle,
        "_type" if value.starts_with("https://in-toto.io/Statement") => Form::Statement,
        _ => return None,
    };
    Some(form)
}

/// Names that mean something together, one bit each.
#[derive(Default)]
struct Seen(u32);

const NAMES: [&str; 20] = [
    "payload",
    "signatures",
    "protected",
    "signature",
    "apiVersion",
    "name",
    "version",
    "kind",
    "statements",
    "author",
    "Data",
    "Timestamp",
    "document",
    "vulnerabilities",
    "images",
    "specVersion",
    "components",
    "@graph",
    "Document",
    "@context",
];

impl Seen {
    fn take(&mut self, key: &str) {
        if let Some(number) = NAMES.iter().position(|name| *name == key) {
            self.0 |= 1 << number;
        }
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| {
            let number = NAMES.iter().position(|known| known == name);
            number.is_some_and(|number| self.0 & (1 << number) != 0)
        })
    }

    fn form(&self) -> Option<Form> {
        let sets: [(&[&str], Form); 5] = [
            (&["payload", "signatures"], Form::Dsse),
            (&["payload", "protected", "signature"], Form::NotationJws),
            (&["statements", "author"], Form::OpenVex),
            (&["Data", "Timestamp"], Form::CosignPredicate),
            (&["specVersion", "components"], Form::CycloneDx),
        ];
        sets.into_iter()
            .find(|(names, _)| self.has(names))
            .map(|(_, form)| form)
    }

    /// What a document is that has been seen to its end.
    fn last_guess(&self) -> Form {
        let sets: [(&[&str], Form); 8] = [
            (&["document", "vulnerabilities"], Form::Csaf),
            (&["document"], Form::Csaf),
            (&["statements", "@context"], Form::OpenVex),
            (&["images"], Form::Tern),
            (&["@graph"], Form::Spdx3),
            (&["Data"], Form::CosignPredicate),
            (&["Document"], Form::Spdx2),
            (&["specVersion"], Form::CycloneDx),
        ];
        if self.has(&["name", "version"]) && !self.has(&["kind"]) {
            return Form::Chart;
        }
        let found = sets.into_iter().find(|(names, _)| self.has(names));
        found.map_or(Form::Unknown, |(_, form)| form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_stands_in_it() {
        for (text, form) in [
            (r#"{"bomFormat":"CycloneDX"}"#, Form::CycloneDx),
            (
                r#"{"metadata":{},"specVersion":"1.5","components":[]}"#,
                Form::CycloneDx,
            ),
            (r#"{"name":"x","spdxVersion":"SPDX-2.3"}"#, Form::Spdx2),
            (
                r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#,
                Form::Spdx3,
            ),
            (
                r#"{"@context":["https://spdx.org/rdf/3.0.0/c",{}],"@graph":[]}"#,
                Form::Spdx3,
            ),
            (r#"{"artifacts":[],"source":{}}"#, Form::Syft),
            (r#"{"images":[{"image":{}}]}"#, Form::Tern),
            (r#"{"payload":"","signatures":[]}"#, Form::Dsse),
            (
                r#"{"payload":"","protected":"","header":{},"signature":""}"#,
                Form::NotationJws,
            ),
            (
                r#"{"_type":"https://in-toto.io/Statement/v1"}"#,
                Form::Statement,
            ),
            (
                r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#,
                Form::Bundle,
            ),
            (
                r#"{"@context":"https://openvex.dev/ns/v0.2.0"}"#,
                Form::OpenVex,
            ),
            (r#"{"document":{"csaf_version":"2.0"}}"#, Form::Csaf),
            (
                r#"{"apiVersion":"v2","name":"a","version":"1"}"#,
                Form::Chart,
            ),
            (
                r#"{"apiVersion":"v1","kind":"Pod","name":"a","version":"1"}"#,
                Form::Unknown,
            ),
            (r#"{"Data":"x","Timestamp":""}"#, Form::CosignPredicate),
            (r#"{"critical":{}}"#, Form::SimpleSigning),
            ("{}", Form::Unknown),
        ] {
            assert_eq!(of_json(text), Some(form), "{text}");
        }
        assert_eq!(of_json("[]"), None);
        assert_eq!(of_json("x"), None);
        // What follows is not looked at.
        assert_eq!(of_json(r#"{"SPDXID":"x",]"#), Some(Form::Spdx2));
    }
}
