//! Memory and speed of the graph: a million nodes and two million edges, structure alone.
//!
//! `cargo bench --bench graph`. The numbers stand in `ARCHITECTURE.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "its input is its own")]
#![expect(clippy::cast_precision_loss, reason = "for a ratio of one decimal")]

use std::sync::Arc;
use std::time::Instant;

use regscope::graph::{Fact, Graph, Stamp};
use regscope::oci::{
    Answer, Digest, FoundBy, Manifest, Origin, Page, RemoteText, Repository, media_type,
};

/// Images of the synthetic registry; each brings a tag, a manifest, a config and two layers of its own.
const IMAGES: u64 = 200_000;
/// Layers that images share, so that there are twice as many edges as nodes.
const SHARED: u64 = 1_000;

fn digest(kind: &str, number: u64) -> Digest {
    Digest::of(format!("{kind}{number}").as_bytes())
}

fn image(number: u64) -> Arc<Manifest> {
    let layer = |digest: Digest| {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{digest}","size":1000}}"#
        )
    };
    let mut layers: Vec<String> = (0..5)
        .map(|n| layer(digest("shared", (number * 7 + n * 13) % SHARED)))
        .collect();
    layers.extend((0..2).map(|n| layer(digest("own", number * 2 + n))));
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"{}","digest":"{}","size":1000}},"layers":[{}]}}"#,
        media_type::OCI_MANIFEST,
        media_type::OCI_CONFIG,
        digest("config", number),
        layers.join(","),
    );
    let bytes: Arc<[u8]> = text.into_bytes().into();
    Arc::new(Manifest::parse(Digest::of(&bytes), bytes, "").expect("the text is JSON"))
}

fn main() {
    let repository = Repository::new(&Origin::new("registry.example.com"), "team/app");
    let mut graph = Graph::new();
    let mut applied = std::time::Duration::ZERO;
    let mut sequence = 0;
    let mut apply = |graph: &mut Graph, answer: Answer| {
        sequence += 1;
        let stamp = Stamp {
            session: 1,
            sequence,
        };
        let fact = Fact {
            stamp,
            asked: stamp,
            answer,
        };
        let start = Instant::now();
        graph.apply(&fact);
        applied += start.elapsed();
    };
    let names: Vec<RemoteText> = (0..IMAGES)
        .map(|number| format!("1.{number}").into())
        .collect();
    let page = Page::whole(names.clone());
    apply(
        &mut graph,
        Answer::tags(repository.clone(), page, FoundBy::TagsList),
    );
    for (number, tag) in (0..).zip(names) {
        let manifest = image(number);
        let target = manifest.as_descriptor();
        apply(
            &mut graph,
            Answer::target(repository.clone(), tag, target, FoundBy::Tag),
        );
        apply(&mut graph, Answer::manifest(repository.clone(), manifest));
    }
    let (nodes, edges, bytes) = (
        graph.node_count(),
        graph.edge_count(),
        graph.structure_bytes(),
    );
    println!("{nodes} nodes, {edges} edges");
    println!(
        "structure      {bytes} bytes, {:.1} bytes a node",
        bytes as f64 / nodes as f64
    );
    println!(
        "apply          {:.0} ms for {} facts",
        applied.as_secs_f64() * 1e3,
        2 * IMAGES + 1
    );
    let start = Instant::now();
    let root = graph.repository(&repository).expect("it was listed");
    let reached = graph.reachable([root]).count_ones(..);
    println!(
        "reachable      {:.0} ms for {reached} nodes",
        start.elapsed().as_secs_f64() * 1e3
    );
}
