//! Names of bases, layers and histories; whole images are in `tests/stale.rs`.

use super::reference::of_purl;
use super::{BaseName, LayerIndex, Layered, NamedBase};
use crate::insight::lineage::history::base_layers;
use crate::oci::{Digest, ImageConfig, Origin, RemoteText, Repository};

fn repository(origin: &str, path: &str) -> Repository {
    Repository::new(&Origin::new(origin), path)
}

#[test]
fn a_base_is_named_in_every_way_that_is_in_use() {
    let near = repository("r.example", "team/app");
    let nothing = |_: &Repository| false;
    let tag = |origin: &str, path: &str, tag: &str| {
        BaseName::Tag(NamedBase {
            repository: repository(origin, path),
            tag: tag.into(),
        })
    };
    for (written, expected) in [
        (
            "debian:bookworm-slim",
            tag("docker.io", "library/debian", "bookworm-slim"),
        ),
        ("debian", tag("docker.io", "library/debian", "latest")),
        (
            "docker.io/library/node:22",
            tag("docker.io", "library/node", "22"),
        ),
        ("docker://r.example/a/b:1", tag("r.example", "a/b", "1")),
        ("127.0.0.1:5000/base:1", tag("127.0.0.1:5000", "base", "1")),
        ("scratch", BaseName::Scratch),
    ] {
        assert_eq!(
            BaseName::parse(written, &near, &nothing),
            expected,
            "{written}"
        );
    }
    let digest = Digest::of(b"x");
    let by_digest = BaseName::parse(&format!("r.example/a@{digest}"), &near, &nothing);
    assert_eq!(
        by_digest,
        BaseName::Repository(repository("r.example", "a"))
    );
    for written in ["", "a b", "ocidir:///somewhere/else:1", "../up"] {
        let name = BaseName::parse(written, &near, &nothing);
        assert!(
            matches!(name, BaseName::Unreadable(_)),
            "{written}: {name:?}"
        );
    }
}

#[test]
fn a_base_in_the_same_layout_or_copy_is_found_there() {
    let layout = repository("oci:/tmp/testrepo", "");
    let nothing = |_: &Repository| false;
    let name = BaseName::parse("ocidir://testdata/testrepo:b1", &layout, &nothing);
    let expected = NamedBase {
        repository: layout.clone(),
        tag: "b1".into(),
    };
    assert_eq!(name, BaseName::Tag(expected));
    let storage = repository("storage:/var/lib/registry", "team/app");
    let copy = repository("storage:/var/lib/registry", "team/base");
    let is_here = |wanted: &Repository| *wanted == copy;
    let name = BaseName::parse("r.example/team/base:1", &storage, &is_here);
    assert_eq!(
        name,
        BaseName::Tag(NamedBase {
            repository: copy.clone(),
            tag: "1".into()
        })
    );
}

#[test]
fn package_urls_of_every_dialect_lead_to_the_image() {
    let digest = Digest::of(b"x");
    let escaped = digest.to_string().replace(':', "%3A");
    for (purl, reference, has_digest) in [
        (
            format!("pkg:docker/golang@1.25?platform=linux%2Famd64&digest={digest}"),
            "golang:1.25",
            true,
        ),
        (
            "pkg:docker/ghcr.io/foo/bar@v2".to_owned(),
            "ghcr.io/foo/bar:v2",
            false,
        ),
        (
            "pkg:docker/127.0.0.1%3A5000/base@1".to_owned(),
            "127.0.0.1:5000/base:1",
            false,
        ),
        (
            "pkg:docker/docker:24.0.7-cli?platform=linux%2Farm64".to_owned(),
            "docker:24.0.7-cli",
            false,
        ),
        (
            format!("pkg:oci/base@{escaped}?repository_url=r.example/team/base&tag=1"),
            "r.example/team/base:1",
            true,
        ),
        (
            "pkg:docker/foo@1?repository_url=r.example".to_owned(),
            "r.example/foo:1",
            false,
        ),
    ] {
        let (found, stated) = of_purl(&purl).unwrap();
        assert_eq!(
            (found.as_str(), stated.is_some()),
            (reference, has_digest),
            "{purl}"
        );
    }
    for other in [
        "pkg:deb/debian/curl@1",
        "docker/golang",
        "pkg:docker",
        "pkg:docker/a%zz@1",
    ] {
        assert_eq!(of_purl(other), None, "{other}");
    }
}

fn layers(names: &[&str]) -> Vec<RemoteText> {
    names.iter().map(|name| RemoteText::from(*name)).collect()
}

#[test]
fn the_longest_base_by_layers_counts_and_equal_layers_are_none() {
    let images = [
        &["a"][..],
        &["a", "b"],
        &["a", "b", "c"],
        &["a", "b", "c"],
        &["x", "b"],
        &[],
        &["b"],
    ];
    let images: Vec<_> = images.iter().map(|names| layers(names)).collect();
    let layered = images.iter().map(|diff_ids| Layered {
        diff_ids,
        config: None,
    });
    let index = LayerIndex::new(layered.collect());
    let bases: Vec<_> = (0..images.len()).map(|place| index.bases(place)).collect();
    assert_eq!(bases[0], []);
    assert_eq!(bases[1], [(0, 1)]);
    assert_eq!(bases[2], [(1, 2)]);
    assert_eq!(bases[3], [(1, 2)]);
    assert!(bases[4].is_empty() && bases[5].is_empty() && bases[6].is_empty());
}

fn config(diff_ids: &[&str], history: &[(&str, bool)]) -> ImageConfig {
    let history: Vec<_> = history
        .iter()
        .map(|(step, is_empty)| serde_json::json!({"created_by": step, "empty_layer": is_empty}))
        .collect();
    let document = serde_json::json!({"os": "linux", "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history});
    ImageConfig::parse(document.to_string().into_bytes().into()).unwrap()
}

#[test]
fn of_bases_with_equal_layers_the_history_tells_which_it_is() {
    let one = config(&["a"], &[("ADD rootfs", false), ("CMD sh", true)]);
    let other = config(&["a"], &[("COPY rootfs", false), ("CMD bash", true)]);
    let image = config(
        &["a", "b"],
        &[
            ("COPY rootfs", false),
            ("CMD bash", true),
            ("RUN make", false),
        ],
    );
    let layered = [&one, &other, &image].map(|config| Layered {
        diff_ids: &config.diff_ids,
        config: Some(config),
    });
    let index = LayerIndex::new(layered.to_vec());
    assert_eq!(index.bases(2), [(1, 1)]);
}

#[test]
fn the_history_suggests_a_base_only_where_it_fits_the_layers() {
    let steps = [
        ("ADD rootfs", false),
        ("/bin/sh -c #(nop)  CMD [\"sh\"]", true),
        ("RUN make", false),
        ("CMD app", true),
    ];
    assert_eq!(base_layers(&config(&["a", "b"], &steps)), Some(1));
    assert_eq!(
        base_layers(&config(&["a"], &steps)),
        None,
        "more steps than layers"
    );
    assert_eq!(
        base_layers(&config(&["a"], &[("ADD rootfs", false), ("CMD sh", true)])),
        None,
        "a base itself"
    );
    assert_eq!(base_layers(&config(&[], &[])), None);
}
