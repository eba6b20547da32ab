//! How the referrers of a manifest were asked for, and what each way answered.

use crate::content::Content;
use crate::graph::{Graph, NodeId};
use crate::insight::marks::{self, Mark};
use crate::insight::outline;
use crate::oci::{AbsenceKind, Asked, FoundBy};

use super::{Field, Tone};

/// The status of the referrers, line by line.
pub(super) fn fields(graph: &Graph, content: &Content, node: NodeId) -> Vec<Field> {
    if !graph.kind(node).is_manifest() {
        return Vec::new();
    }
    let referrers = graph.referrers(node);
    let mut kinds = Vec::new();
    if marks::wants_evidence(graph, node) {
        kinds = self::kinds(graph, content, node);
    }
    let mut fields = Vec::new();
    let ways = std::iter::once(None).chain(FoundBy::ALL.into_iter().map(Some));
    for way in ways {
        let found = way.map_or(0, |way| {
            let by = referrers.iter().filter(|edge| edge.found_by.contains(way));
            by.count()
        });
        if let Some((words, tone)) = answer(graph, node, way, found) {
            fields.push(Field::new("", words).toned(tone));
        }
    }
    if fields.is_empty() {
        let words = "not asked; the list here is what other documents told";
        fields.push(Field::new("", words).toned(Tone::Hole));
    }
    if let Some(first) = fields.first_mut() {
        "referrers".clone_into(&mut first.name);
    }
    kinds.extend(fields);
    kinds
}

/// What one way of asking came to; nothing where it was not asked and found nothing.
fn answer(
    graph: &Graph,
    node: NodeId,
    way: Option<FoundBy>,
    found: usize,
) -> Option<(String, Tone)> {
    let name = way.map_or("asking", way_in_words);
    let register = graph.asked_by(node, Asked::Referrers, way);
    let failure = register.and_then(|register| register.standing_failure());
    let answer = match (failure, register) {
        (Some(absence), _) if absence.kind == AbsenceKind::Unsupported => {
            (format!("{name}: {}", absence.reason), Tone::Plain)
        }
        (Some(absence), _) => {
            let kept = if found > 0 {
                format!("{found} from before; ")
            } else {
                String::new()
            };
            let kind = absence.kind.name();
            (
                format!("{name}: {kept}{kind} ({}), r asks again", absence.reason),
                Tone::Hole,
            )
        }
        (None, Some(_)) if !graph.is_complete_by(node, Asked::Referrers, way) => (
            format!("{found} so far by {name}: the list has not come to its end"),
            Tone::Hole,
        ),
        (None, Some(_)) if found == 0 => (format!("none by {name}"), Tone::Plain),
        (None, Some(_)) => (format!("{found} by {name}"), Tone::Plain),
        (None, None) if found > 0 => (format!("{found} by {name}"), Tone::Plain),
        (None, None) => return None,
    };
    Some(answer)
}

/// Platforms that are told apart at most.
const PLATFORMS: usize = 6;

/// The four kinds of evidence in words; of an index also which of its platforms have them, where they differ.
fn kinds(graph: &Graph, content: &Content, node: NodeId) -> Vec<Field> {
    let named = |marks: marks::Marks| {
        [
            ("signature", marks.signature),
            ("SBOM", marks.sbom),
            ("provenance", marks.provenance),
            ("VEX", marks.vex),
        ]
    };
    let platforms: Vec<_> = outline::image_platforms(graph, node)
        .into_iter()
        .take(PLATFORMS)
        .filter_map(|platform| {
            let name = graph.view(platform).platform?.to_string();
            Some((name, named(marks::of_manifest(graph, content, platform))))
        })
        .collect();
    let all = named(marks::of_manifest(graph, content, node));
    let fields = all.into_iter().enumerate().map(|(number, (name, mark))| {
        let tone = match mark {
            Mark::Present | Mark::Partly | Mark::None | Mark::Unsupported => Tone::Plain,
            _ => Tone::Hole,
        };
        let below: Vec<(&str, Mark)> = platforms
            .iter()
            .filter_map(|(name, kinds)| Some((name.as_str(), kinds.get(number)?.1)))
            .collect();
        let differs = below.windows(2).any(|pair| match pair {
            [(_, one), (_, other)] => one != other,
            _ => false,
        });
        let field = Field::new(name, mark.words()).toned(tone);
        if !differs {
            return field;
        }
        let told = below
            .iter()
            .map(|(name, mark)| format!("{name}: {}", mark.words()));
        field.noted(told.collect::<Vec<_>>().join("; "))
    });
    fields.collect()
}

/// A way of finding, for people.
pub fn way_in_words(way: FoundBy) -> &'static str {
    match way {
        FoundBy::Catalog => "the catalog",
        FoundBy::TagsList => "the list of tags",
        FoundBy::Tag => "the tag",
        FoundBy::Descriptor => "the document that names it",
        FoundBy::Subject => "their own subject field",
        FoundBy::ReferrersApi => "the referrers API",
        FoundBy::OrasApi => "the ORAS referrers API",
        FoundBy::FallbackTag => "the fallback tag",
        FoundBy::CosignTag => "cosign's tags",
        FoundBy::DigestTag => "digest tags",
        FoundBy::BuildkitAnnotation => "BuildKit's annotation",
        FoundBy::ContainerdAnnotation => "containerd's annotation",
        FoundBy::OlaregRow => "olareg's row",
        FoundBy::CosignSave => "the rows that cosign saved",
        FoundBy::ManifestScan => "a look at every manifest",
        FoundBy::StorageLink => "link files in the storage",
    }
}
