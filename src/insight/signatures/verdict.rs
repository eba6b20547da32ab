//! From the verdicts on pieces of evidence to a verdict an image.

use super::collect::{Attached, Collected, Image};
use crate::evidence::signature::{Report, Verdict, What};

/// What is asked of an image.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// A verified attestation of this predicate type, instead of a signature.
    pub predicate_type: Option<String>,
    /// That every piece of evidence about it is good, not one.
    pub is_all: bool,
}

impl Demand {
    /// Whether a piece of evidence answers it.
    fn takes(&self, report: &Report) -> bool {
        match &self.predicate_type {
            None => report.what == What::Signature,
            Some(wanted) => report
                .predicate_type
                .as_ref()
                .is_some_and(|found| found.as_str() == wanted),
        }
    }
}

/// What is to be thought of one image.
#[derive(Clone, Debug)]
pub struct ImageVerdict<'a> {
    /// The image.
    pub image: &'a Image,
    /// Of its signatures; `None` where it has none.
    pub signature: Option<Verdict>,
    /// Of its attestations; `None` where it has none.
    pub attestation: Option<Verdict>,
    /// Of the image: of its signatures, or of its attestations of the type that was asked for.
    pub verdict: Verdict,
    /// The evidence that makes it verified, as places in the list of evidence.
    pub by: Vec<usize>,
    /// The evidence that failed beside it.
    pub also_failed: Vec<usize>,
}

/// Judges every image by `reports`, one for each of `collected.evidence`. Cost: images × evidence.
pub fn judge_images<'a>(
    collected: &'a Collected,
    reports: &[Report],
    demand: &Demand,
) -> Vec<ImageVerdict<'a>> {
    collected
        .images
        .iter()
        .map(|image| {
            let about: Vec<(usize, &Report)> = collected
                .evidence
                .iter()
                .zip(reports)
                .enumerate()
                .filter(|(_, (attached, _))| is_about(attached, image))
                .map(|(place, (_, report))| (place, report))
                .collect();
            judge_image(image, &about, demand)
        })
        .collect()
}

/// Whether evidence is about an image: attached to it, or to an index that names it.
fn is_about(attached: &Attached, image: &Image) -> bool {
    attached.repository == image.repository
        && attached
            .subject
            .is_some_and(|subject| subject == image.digest || image.indexes.contains(&subject))
}

fn judge_image<'a>(
    image: &'a Image,
    about: &[(usize, &Report)],
    demand: &Demand,
) -> ImageVerdict<'a> {
    let of = |what: What| {
        let verdicts: Vec<Verdict> = about
            .iter()
            .filter(|(_, report)| report.what == what)
            .map(|(_, report)| report.verdict)
            .collect();
        together(&verdicts, demand.is_all)
    };
    let asked: Vec<&(usize, &Report)> = about
        .iter()
        .filter(|(_, report)| demand.takes(report))
        .collect();
    let places = |verdict: Verdict| {
        asked
            .iter()
            .filter(|(_, report)| report.verdict == verdict)
            .map(|(place, _)| *place)
            .collect()
    };
    let verdicts: Vec<Verdict> = asked.iter().map(|(_, report)| report.verdict).collect();
    ImageVerdict {
        image,
        signature: of(What::Signature),
        attestation: of(What::Attestation),
        verdict: together(&verdicts, demand.is_all).unwrap_or(Verdict::Unverified),
        by: places(Verdict::Verified),
        also_failed: about
            .iter()
            .filter(|(_, report)| report.verdict == Verdict::Failed)
            .map(|(place, _)| *place)
            .collect(),
    }
}

/// One verified suffices, unless all have to be.
pub(super) fn together(verdicts: &[Verdict], is_all: bool) -> Option<Verdict> {
    if verdicts.is_empty() {
        return None;
    }
    let has = |wanted: Verdict| verdicts.contains(&wanted);
    Some(if is_all {
        if has(Verdict::Failed) {
            Verdict::Failed
        } else if has(Verdict::Unverified) {
            Verdict::Unverified
        } else {
            Verdict::Verified
        }
    } else if has(Verdict::Verified) {
        Verdict::Verified
    } else if has(Verdict::Failed) {
        Verdict::Failed
    } else {
        Verdict::Unverified
    })
}

/// The predicate type that `name` asks for: one of cosign's short names, or a URI.
pub fn predicate_of(name: &str) -> Option<String> {
    let known = match name {
        "custom" => "https://cosign.sigstore.dev/attestation/v1",
        "slsaprovenance" | "slsaprovenance02" => "https://slsa.dev/provenance/v0.2",
        "slsaprovenance1" => "https://slsa.dev/provenance/v1",
        "link" => "https://in-toto.io/Link/v1",
        "spdx" | "spdxjson" => "https://spdx.dev/Document",
        "cyclonedx" => "https://cyclonedx.org/bom",
        "vuln" => "https://cosign.sigstore.dev/attestation/vuln/v1",
        "openvex" => "https://openvex.dev/ns",
        other if url::Url::parse(other).is_ok() => other,
        _ => return None,
    };
    Some(known.to_owned())
}

impl Image {
    /// How people name it: its repository with the first of its tags, or with its digest.
    pub fn reference(&self) -> String {
        let path = self.repository.path.shown();
        match self.tags.first() {
            Some(tag) if path.is_empty() => tag.shown().into_owned(),
            Some(tag) => format!("{path}:{}", tag.shown()),
            None if path.is_empty() => self.digest.short(),
            None => format!("{path}@{}", self.digest.short()),
        }
    }
}
