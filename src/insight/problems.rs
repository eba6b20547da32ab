//! What is wrong with a document: in itself, and in what it says of others that were read too.

use crate::content::Content;
use crate::graph::{Graph, NodeId, NodeState};
use crate::oci::json::Problem;
use crate::oci::media_type::essence;
use crate::oci::{Descriptor, Manifest, Repository};

/// The problems of a node's document, as far as it is still here. Cost: `O(n)` in what a manifest lists.
///
/// A descriptor's size and media type must be those of what it describes (image-spec, `descriptor.md`): a client that
/// relies on them refuses the content.
pub fn problems(graph: &Graph, content: &Content, node: NodeId) -> Vec<Problem> {
    let Some(digest) = graph.digest_of(node) else {
        return Vec::new();
    };
    let mut problems = content.problems(&digest);
    if let (Some(manifest), Some(repository)) =
        (content.manifest(&digest), graph.repository_of(node))
    {
        for (place, descriptor) in described(&manifest) {
            differences(graph, repository, &place, descriptor, &mut problems);
        }
    }
    problems
}

/// Everything that a manifest describes, with its place in the document.
fn described(manifest: &Manifest) -> impl Iterator<Item = (String, &Descriptor)> {
    let one = |name: &'static str, descriptor| (name.to_owned(), descriptor);
    let config = manifest
        .config
        .iter()
        .map(move |config| one("config", config));
    let subject = manifest
        .subject
        .iter()
        .map(move |subject| one("subject", subject));
    let listed =
        |name: &'static str| move |(place, descriptor)| (format!("{name}[{place}]"), descriptor);
    let layers = manifest.layers.readable().map(listed("layers"));
    let manifests = manifest.manifests.readable().map(listed("manifests"));
    config.chain(layers).chain(manifests).chain(subject)
}

/// Where a descriptor says something else of what was read than that is.
fn differences(
    graph: &Graph,
    repository: &Repository,
    place: &str,
    descriptor: &Descriptor,
    problems: &mut Vec<Problem>,
) {
    let node = graph.object(repository, &descriptor.digest);
    let Some(node) = node.filter(|node| graph.state(*node) == NodeState::Loaded) else {
        return;
    };
    let view = graph.view(node);
    let mut tell = |key: &str, what: String| {
        problems.push(Problem {
            place: format!("{place}.{key}").into(),
            what: what.into(),
        });
    };
    if let (Some(said), Some(is)) = (descriptor.size, view.size)
        && said != is
    {
        tell(
            "size",
            format!("says {said} bytes of content that has {is}"),
        );
    }
    let said = essence(descriptor.media_type.as_str());
    let is = view.media_type.map(|text| essence(text.as_str()));
    if let Some(is) = is.filter(|is| view.kind.is_manifest() && !is.is_empty())
        && !said.is_empty()
        && said != is
    {
        tell("mediaType", format!("says {said} of what is {is}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::outline::fixture::{World, descriptor, read, repository};

    #[test]
    fn what_a_descriptor_says_wrongly_is_told_once_both_are_read() {
        let mut world = World::default();
        let image = world.image("x", "amd64", "2026-01-02T10:00:00Z");
        let right = descriptor(&image, "");
        let wrong = right
            .replace(&format!("\"size\":{}", image.size()), "\"size\":1")
            .replace(
                image.media_type.as_str(),
                "application/vnd.oci.image.index.v1+json",
            );
        let index = |listed: &str| {
            read(&format!(
                r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{listed}]}}"#
            ))
        };
        let (good, bad) = (index(&right), index(&format!("{right},{wrong}")));
        world.manifest(&good);
        world.manifest(&bad);
        let (graph, content) = (world.graph(), world.content());
        let told = |manifest: &Manifest| -> Vec<String> {
            let node = graph.object(&repository(), &manifest.digest).unwrap();
            let problems = problems(&graph, &content, node);
            problems.iter().map(ToString::to_string).collect()
        };
        assert_eq!(told(&good), [""; 0]);
        let size = image.size();
        assert_eq!(
            told(&bad),
            [
                format!("manifests[1].size: says 1 bytes of content that has {size}"),
                "manifests[1].mediaType: says application/vnd.oci.image.index.v1+json of what is \
                 application/vnd.oci.image.manifest.v1+json"
                    .to_owned(),
            ]
        );
    }
}
