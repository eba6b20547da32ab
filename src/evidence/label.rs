//! What carries a document says of it, beside what it is.

use super::problems::Problems;
use super::reading::{Body, Label};
use super::sbom::Format;
use super::vex::VexFormat;

/// A kind of document that a label can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Spdx,
    CycloneDx,
    Syft,
    OpenVex,
    Csaf,
    Provenance,
    Chart,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Spdx => "SPDX",
            Self::CycloneDx => "CycloneDX",
            Self::Syft => "Syft's JSON",
            Self::OpenVex => "OpenVEX",
            Self::Csaf => "CSAF",
            Self::Provenance => "provenance",
            Self::Chart => "a Helm chart",
        }
    }
}

/// Which kind of document a media type, artifact type or predicate type names; none where it names none of these.
fn named(label: &str) -> Option<Kind> {
    let label = label.to_ascii_lowercase();
    let kinds = [
        ("spdx", Kind::Spdx),
        ("cyclonedx", Kind::CycloneDx),
        ("syft", Kind::Syft),
        ("openvex", Kind::OpenVex),
        ("csaf", Kind::Csaf),
        ("slsa.dev/provenance", Kind::Provenance),
        ("cncf.helm", Kind::Chart),
    ];
    // Helm's provenance is a signature.
    let is_signature = label.contains("helm.chart.provenance");
    let found = kinds.into_iter().find(|(word, _)| label.contains(word));
    found.map(|(_, kind)| kind).filter(|_| !is_signature)
}

fn of(body: &Body) -> Option<Kind> {
    Some(match body {
        Body::Sbom(sbom) => match sbom.format {
            Format::Spdx(_) => Kind::Spdx,
            Format::CycloneDx(_) => Kind::CycloneDx,
            Format::Syft(_) => Kind::Syft,
            Format::Tern => return None,
        },
        Body::Vex(vex) => match vex.format {
            VexFormat::OpenVex001 | VexFormat::OpenVex020 => Kind::OpenVex,
            VexFormat::CycloneDx => Kind::CycloneDx,
            VexFormat::Csaf => Kind::Csaf,
        },
        Body::Provenance(_) => Kind::Provenance,
        Body::Chart(_) => Kind::Chart,
        Body::Signature(_) | Body::Other(_) => return None,
    })
}

/// Notes where a document is not what it is labelled as.
pub(super) fn compare(label: &Label<'_>, body: &Body, problems: &mut Problems) {
    let Some(kind) = of(body) else { return };
    let labels = [label.media_type, label.artifact_type, label.predicate_type];
    for text in labels {
        if let Some(stated) = named(text).filter(|stated| *stated != kind) {
            let what = format!(
                "is labelled as {} ({text}), and is {}",
                stated.name(),
                kind.name()
            );
            problems.note("", what);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::{Label, Limits, read};

    #[test]
    fn a_document_is_what_it_is_and_not_what_its_label_says() {
        let bom = br#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#;
        let told = |media_type| {
            let label = Label {
                media_type,
                ..Label::default()
            };
            let read = read(bom, &label, &Limits::default());
            assert!(read.sbom().is_some());
            read.problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        for right in ["", "application/json", "application/vnd.cyclonedx+json"] {
            assert_eq!(told(right), [""; 0]);
        }
        assert_eq!(
            told("application/spdx+json"),
            ["is labelled as SPDX (application/spdx+json), and is CycloneDX"]
        );
    }
}
