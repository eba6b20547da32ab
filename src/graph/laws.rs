//! The laws of [`Graph::apply`], as properties over random sets of facts: shuffled, repeated, tags that move, failures
//! before and after successes, lists that are cut short and listed again.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::oci::{
    Absence, AbsenceKind, Answer, Descriptor, Digest, FoundBy, Manifest, Origin, Page, Question,
    RemoteText, Repository, media_type, tag::fallback_tag,
};

/// Everything that a person can see of a graph, without node numbers.
pub(crate) fn canonical(graph: &Graph) -> Vec<String> {
    let mut lines: Vec<String> = graph
        .nodes()
        .map(|id| {
            let view = graph.view(id);
            format!(
                "{:?} {:?} size {:?} type {:?}/{:?} platform {:?} {:?} {:?} gone {} absence {:?} history {:?}",
                graph.key(id),
                view.kind,
                view.size,
                view.media_type,
                view.artifact_type,
                view.platform,
                view.purpose,
                view.state,
                view.is_gone,
                graph.absence(id),
                graph.history(id).iter().map(|n| (n.last, graph.digest_of(n.manifest))).collect::<Vec<_>>(),
            )
        })
        .collect();
    lines.extend(graph.edges().map(|edge| {
        let ends = (graph.key(edge.from), graph.key(edge.to));
        format!(
            "{ends:?} {:?} {:?} {}",
            edge.kind, edge.found_by, edge.position
        )
    }));
    lines.extend(graph.questions().map(|(node, asked, by, register)| {
        format!(
            "{:?} {asked:?} {by:?} {register:?} {}",
            graph.key(node),
            graph.is_complete_by(node, asked, by)
        )
    }));
    lines.sort();
    lines
}

fn repository() -> Repository {
    Repository::new(&Origin::new("r"), "a")
}

fn read(json: &str) -> Arc<Manifest> {
    let bytes: Arc<[u8]> = json.as_bytes().into();
    Arc::new(Manifest::parse(Digest::of(&bytes), bytes, "").unwrap())
}

fn entry(manifest: &Manifest, extra: &str) -> String {
    format!(
        r#"{{"mediaType":"{}","digest":"{}","size":{}{extra}}}"#,
        manifest.media_type.as_str(),
        manifest.digest,
        manifest.size()
    )
}

/// A small world in which most things meet: images, an index, referrers with and without a subject, an index that is
/// its own child's subject, and a fallback index that lists the image that names it.
fn world() -> Vec<Arc<Manifest>> {
    let blob = Digest::of(b"layer");
    let image = |name: &str, extra: &str| {
        read(&format!(
            r#"{{"mediaType":"{}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json",
            "digest":"{}","size":2}},"layers":[{{"mediaType":"l","digest":"{blob}","size":9}},
            {{"mediaType":"l","digest":"{blob}","size":9}}],"annotations":{{"n":"{name}"}}{extra}}}"#,
            media_type::OCI_MANIFEST,
            Digest::of(b"{}"),
        ))
    };
    let a = image("a", "");
    let b = image("b", "");
    let index = read(&format!(
        r#"{{"mediaType":"{}","manifests":[{},{}]}}"#,
        media_type::OCI_INDEX,
        entry(&a, r#","platform":{"os":"linux","architecture":"amd64"}"#),
        entry(
            &b,
            &format!(
                r#","annotations":{{"vnd.docker.reference.type":"attestation-manifest",
            "vnd.docker.reference.digest":"{}"}}"#,
                a.digest
            )
        ),
    ));
    let signed = image("x", &format!(r#","subject":{}"#, entry(&a, "")));
    let chained = image(
        "y",
        &format!(
            r#","artifactType":"application/spdx+json","subject":{}"#,
            entry(&signed, "")
        ),
    );
    let fallback = read(&format!(
        r#"{{"mediaType":"{}","manifests":[{},{}]}}"#,
        media_type::OCI_INDEX,
        entry(
            &signed,
            r#","artifactType":"application/vnd.cncf.notary.signature""#
        ),
        entry(&b, ""),
    ));
    let looped = read(&format!(
        r#"{{"mediaType":"{}","manifests":[{}],"subject":{}}}"#,
        media_type::OCI_INDEX,
        entry(&a, ""),
        entry(&a, "")
    ));
    vec![a, b, index, signed, chained, fallback, looped]
}

fn names() -> Vec<RemoteText> {
    let world = world();
    let digest_tag = fallback_tag(&world[0].digest);
    let plain = ["latest", "1.0"].map(RemoteText::from);
    plain
        .into_iter()
        .chain(["", ".sig", ".att", ".src"].map(|s| format!("{digest_tag}{s}").into()))
        .collect()
}

fn way() -> impl Strategy<Value = FoundBy> {
    prop_oneof![
        Just(FoundBy::ReferrersApi),
        Just(FoundBy::FallbackTag),
        Just(FoundBy::ManifestScan)
    ]
}

fn absence() -> impl Strategy<Value = Absence> {
    let kinds = prop_oneof![
        Just(AbsenceKind::Missing),
        Just(AbsenceKind::Failed),
        Just(AbsenceKind::CutShort)
    ];
    (kinds, 0..2).prop_map(|(kind, n)| Absence::new(kind, format!("reason {n}")))
}

fn answer() -> impl Strategy<Value = Answer> {
    let object = 0..7usize;
    let tag = 0..6usize;
    prop_oneof![
        (
            prop::collection::vec(tag.clone(), 0..4),
            0..3u32,
            any::<bool>()
        )
            .prop_map(|(tags, number, is_last)| {
                let items = tags.iter().map(|tag| names()[*tag].clone()).collect();
                let page = Page {
                    number,
                    is_last,
                    items,
                };
                Answer::tags(repository(), page, FoundBy::TagsList)
            }),
        (0..2u32, any::<bool>(), 0..2usize).prop_map(|(number, is_last, count)| {
            Answer::catalog(
                Origin::new("r"),
                Page {
                    number,
                    is_last,
                    items: ["a", "b"].iter().take(count).map(|n| (*n).into()).collect(),
                },
                FoundBy::Catalog,
            )
        }),
        (tag.clone(), object.clone()).prop_map(|(tag, object)| Answer::target(
            repository(),
            names()[tag].clone(),
            world()[object].as_descriptor(),
            FoundBy::Tag
        )),
        object
            .clone()
            .prop_map(|object| Answer::manifest(repository(), world()[object].clone())),
        bytes(),
        (
            object.clone(),
            prop::collection::vec(object.clone(), 0..3),
            way(),
            0..2u32,
            any::<bool>()
        )
            .prop_map(|(subject, items, by, number, is_last)| Answer::referrers(
                repository(),
                world()[subject].digest,
                Page {
                    number,
                    is_last,
                    items: items.iter().map(|o| world()[*o].as_descriptor()).collect()
                },
                by
            )),
        (object.clone(), object.clone()).prop_map(|(one, other)| Answer::contents(
            repository(),
            vec![
                world()[one].as_descriptor(),
                Descriptor::of(world()[other].digest)
            ],
            vec![Descriptor::new("", Digest::of(b"layer"), 9)]
        )),
        failure(),
    ]
}

/// Bytes that are a document, and bytes that are nothing that was asked for.
fn bytes() -> impl Strategy<Value = Answer> {
    (0..7usize, any::<bool>()).prop_map(|(object, is_document)| {
        let (repository, digest) = (repository(), world()[object].digest);
        let bytes = world()[object].bytes.clone();
        if is_document {
            Answer::document(repository, digest, bytes)
        } else {
            Answer::bytes(repository, digest, bytes)
        }
    })
}

fn failure() -> impl Strategy<Value = Answer> {
    let (object, tag) = (0..7usize, 0..6usize);
    prop_oneof![
        (tag, absence()).prop_map(|(tag, absence)| Answer::failed(
            Question::tag(repository(), names()[tag].clone()),
            None,
            absence
        )),
        (object, way(), absence(), any::<bool>()).prop_map(|(object, way, absence, is_read)| {
            Answer::failed(
                if is_read {
                    Question::manifest(repository(), world()[object].digest)
                } else {
                    Question::referrers(repository(), world()[object].digest)
                },
                if is_read { None } else { Some(way) },
                absence,
            )
        }),
        absence().prop_map(|absence| Answer::failed(Question::tags(repository()), None, absence)),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    // Few stamps, so that ties and re-listings happen often.
    (answer(), 1..6u64, 1..4u64).prop_map(|(answer, sequence, asked)| Fact {
        stamp: Stamp {
            session: 1,
            sequence,
        },
        asked: Stamp {
            session: 1,
            sequence: asked,
        },
        answer,
    })
}

fn graph_of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Graph {
    let mut graph = Graph::new();
    facts.into_iter().for_each(|fact| graph.apply(fact));
    graph
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn facts_in_any_order_and_repeated_give_the_same_graph(
        facts in prop::collection::vec(fact(), 0..30),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let expected = canonical(&graph_of(&facts));
        let shuffled = order.iter().filter(|_| !facts.is_empty()).map(|index| index.get(&facts));
        let reordered = graph_of(shuffled.chain(facts.iter().rev()));
        prop_assert_eq!(canonical(&reordered), expected);
    }

    #[test]
    fn walks_end_and_paths_never_meet_a_node_twice(facts in prop::collection::vec(fact(), 0..40)) {
        let graph = graph_of(&facts);
        for id in graph.nodes() {
            prop_assert!(graph.reachable([id]).count_ones(..) <= graph.node_count());
            for path in graph.paths(id, 20) {
                let mut met: Vec<_> = path.iter().map(holder_end).chain([id]).collect();
                let length = met.len();
                met.sort();
                met.dedup();
                prop_assert_eq!(met.len(), length);
            }
        }
    }
}

fn stamped(sequence: u64, answer: Answer) -> Fact {
    let stamp = Stamp {
        session: 1,
        sequence,
    };
    Fact {
        stamp,
        asked: stamp,
        answer,
    }
}

#[test]
fn a_tag_that_moved_names_the_newest_and_remembers_the_rest() {
    let world = world();
    let resolved = |sequence, object: usize| {
        stamped(
            sequence,
            Answer::target(
                repository(),
                "latest".into(),
                world[object].as_descriptor(),
                FoundBy::Tag,
            ),
        )
    };
    let graph = graph_of(&[resolved(2, 1), resolved(1, 0)]);
    let tag = graph.tag(&repository(), "latest").unwrap();
    assert_eq!(
        graph.digest_of(graph.target(tag).unwrap()),
        Some(world[1].digest)
    );
    assert_eq!(graph.history(tag).len(), 2);
    assert_eq!(graph.outgoing(tag).len(), 1);
}

#[test]
fn a_tag_that_moved_back_names_what_it_named_first_in_whatever_order_that_is_told() {
    let world = world();
    let resolved = |sequence, object: usize| {
        let target = world[object].as_descriptor();
        let answer = Answer::target(repository(), "latest".into(), target, FoundBy::Tag);
        stamped(sequence, answer)
    };
    let facts = [resolved(1, 0), resolved(2, 1), resolved(3, 0)];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let graph = graph_of(order.map(|number: usize| &facts[number]));
        let tag = graph.tag(&repository(), "latest").unwrap();
        let named = graph.digest_of(graph.target(tag).unwrap());
        assert_eq!(named, Some(world[0].digest), "{order:?}");
    }
}

#[test]
fn a_tag_is_gone_only_when_a_later_list_is_complete_without_it() {
    let listed = |sequence, is_last, items: &[&str]| {
        let page = Page {
            number: 0,
            is_last,
            items: items.iter().map(|name| (*name).into()).collect(),
        };
        stamped(
            sequence,
            Answer::tags(repository(), page, FoundBy::TagsList),
        )
    };
    let gone = |facts: &[Fact]| {
        let graph = graph_of(facts);
        graph.is_gone(graph.tag(&repository(), "b").unwrap())
    };
    assert!(!gone(&[listed(1, true, &["a", "b"])]));
    assert!(!gone(&[
        listed(1, true, &["a", "b"]),
        listed(2, false, &["a"])
    ]));
    assert!(gone(&[
        listed(1, true, &["a", "b"]),
        listed(2, true, &["a"])
    ]));
    assert!(!gone(&[
        listed(1, true, &["a", "b"]),
        listed(2, true, &["a"]),
        listed(3, true, &["b"])
    ]));
}

#[test]
fn what_a_fallback_index_claims_is_dropped_when_the_referrer_says_otherwise() {
    let world = world();
    let (subject, other, fallback) = (&world[0], &world[1], &world[5]);
    let tag = stamped(
        1,
        Answer::target(
            repository(),
            fallback_tag(&subject.digest).into(),
            fallback.as_descriptor(),
            FoundBy::Tag,
        ),
    );
    let read = |sequence, object: &Arc<Manifest>| {
        stamped(sequence, Answer::manifest(repository(), object.clone()))
    };
    let claimed = graph_of(&[tag.clone(), read(2, fallback)]);
    let referrers = |graph: &Graph| {
        let subject = graph.object(&repository(), &subject.digest).unwrap();
        graph
            .referrers(subject)
            .iter()
            .map(|edge| graph.digest_of(edge.from).unwrap())
            .collect::<Vec<_>>()
    };
    assert!(referrers(&claimed).contains(&other.digest));
    let checked = graph_of(&[tag, read(2, fallback), read(3, other)]);
    assert!(!referrers(&checked).contains(&other.digest));
}
