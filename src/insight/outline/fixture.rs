//! A small world made of facts, for tests of the tree and of the screen.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::content::Content;
use crate::graph::{Fact, Graph, Stamp};
use crate::oci::{
    Absence, Answer, Descriptor, Digest, FoundBy, ImageConfig, Manifest, Origin, Page, Question,
    Repository, media_type, tag::fallback_tag,
};

/// Facts in the making.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) facts: Vec<Fact>,
}

pub(crate) fn repository() -> Repository {
    Repository::new(&Origin::new("127.0.0.1:5000"), "team/app")
}

pub(crate) fn read(json: &str) -> Arc<Manifest> {
    let bytes: Arc<[u8]> = json.as_bytes().into();
    Arc::new(Manifest::parse(Digest::of(&bytes), bytes, "").unwrap())
}

pub(crate) fn descriptor(manifest: &Manifest, extra: &str) -> String {
    format!(
        r#"{{"mediaType":"{}","digest":"{}","size":{}{extra}}}"#,
        manifest.media_type.as_str(),
        manifest.digest,
        manifest.size()
    )
}

impl World {
    pub(crate) fn fact(&mut self, answer: Answer) {
        let stamp = Stamp {
            session: 1,
            sequence: self.facts.len() as u64 + 1,
        };
        self.facts.push(Fact {
            stamp,
            asked: stamp,
            answer,
        });
    }

    pub(crate) fn catalog(&mut self, paths: &[&str]) {
        self.fact(Answer::catalog(
            Origin::new("127.0.0.1:5000"),
            Page::whole(paths.iter().map(|path| (*path).into()).collect()),
            FoundBy::Catalog,
        ));
    }

    pub(crate) fn tags<T: AsRef<str>>(&mut self, names: &[T]) {
        self.fact(Answer::tags(
            repository(),
            Page::whole(names.iter().map(|name| name.as_ref().into()).collect()),
            FoundBy::TagsList,
        ));
    }

    pub(crate) fn tag(&mut self, name: &str, target: &Manifest) {
        self.fact(Answer::target(
            repository(),
            name.into(),
            target.as_descriptor(),
            FoundBy::Tag,
        ));
    }

    pub(crate) fn manifest(&mut self, manifest: &Arc<Manifest>) {
        self.fact(Answer::manifest(repository(), manifest.clone()));
    }

    pub(crate) fn referrers(&mut self, subject: &Manifest, referrers: &[&Arc<Manifest>]) {
        self.fact(Answer::referrers(
            repository(),
            subject.digest,
            Page::whole(referrers.iter().map(|m| m.as_descriptor()).collect()),
            FoundBy::ReferrersApi,
        ));
    }

    pub(crate) fn failed(&mut self, question: Question, by: Option<FoundBy>, absence: Absence) {
        self.fact(Answer::failed(question, by, absence));
    }

    /// An image for one platform, with its config; all images share their first layer.
    pub(crate) fn image(&mut self, name: &str, architecture: &str, created: &str) -> Arc<Manifest> {
        let config = format!(
            r#"{{"os":"linux","architecture":"{architecture}","created":"{created}","config":{{
            "Labels":{{"org.opencontainers.image.version":"{name}","org.opencontainers.image.licenses":"Apache-2.0"}}}},
            "rootfs":{{"type":"layers","diff_ids":[]}},"history":[
            {{"created_by":"ADD base.tar / # buildkit"}},{{"created_by":"ENV A=1","empty_layer":true}},
            {{"created_by":"RUN make install {name}"}},{{"created_by":"COPY app /usr/bin/ # {architecture}"}}]}}"#
        );
        let bytes: Arc<[u8]> = config.as_bytes().into();
        let digest = Digest::of(&bytes);
        let mut layers = String::new();
        for (layer, size) in [
            ("base", 18_000_000),
            (name, 1_900_000),
            (architecture, 150_000),
        ] {
            let separator = if layers.is_empty() { "" } else { "," };
            let _ = write!(
                layers,
                r#"{separator}{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{}","size":{size}}}"#,
                Digest::of(layer.as_bytes())
            );
        }
        let manifest = read(&format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"{}","digest":"{digest}","size":{}}},
            "layers":[{layers}],"annotations":{{"org.opencontainers.image.version":"{name}"}}}}"#,
            media_type::OCI_MANIFEST,
            media_type::OCI_CONFIG,
            bytes.len(),
        ));
        self.manifest(&manifest);
        self.fact(Answer::config(
            repository(),
            digest,
            Arc::new(ImageConfig::parse(bytes).unwrap()),
        ));
        manifest
    }

    pub(crate) fn index(&mut self, images: &[(&Manifest, &str)]) -> Arc<Manifest> {
        let entries: Vec<_> = images
            .iter()
            .map(|(image, architecture)| {
                let platform =
                    format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}"#);
                descriptor(image, &platform)
            })
            .collect();
        let index = read(&format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}}"#,
            media_type::OCI_INDEX,
            entries.join(",")
        ));
        self.manifest(&index);
        index
    }

    /// Something that refers to `subject`, with one layer of its own.
    pub(crate) fn referrer(
        &mut self,
        subject: &Manifest,
        artifact_type: &str,
        annotations: &str,
    ) -> Arc<Manifest> {
        let referrer = read(&format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","artifactType":"{artifact_type}","config":{{"mediaType":"{}",
            "digest":"{}","size":2}},"layers":[{{"mediaType":"{artifact_type}","digest":"{}","size":2100}}],
            "subject":{},"annotations":{{{annotations}}}}}"#,
            media_type::OCI_MANIFEST,
            media_type::OCI_EMPTY,
            Digest::of(b"{}"),
            Digest::of(format!("{artifact_type} {}", subject.digest).as_bytes()),
            descriptor(subject, ""),
        ));
        self.manifest(&referrer);
        referrer
    }

    pub(crate) fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        self.facts.iter().for_each(|fact| graph.apply(fact));
        graph
    }

    pub(crate) fn content(&self) -> Content {
        let mut content = Content::default();
        self.facts
            .iter()
            .for_each(|fact| content.take(&fact.answer));
        content
    }

    /// A repository as people have them: two lines, aliases, two platforms, evidence on one of them, machinery.
    pub(crate) fn usual() -> Self {
        let mut world = Self::default();
        let names = [
            "1.4.1",
            "1.4",
            "latest",
            "1.4.0",
            "1.3.9",
            "1.3",
            "1.3.8",
            "edge",
            "nightly",
            "sha-1a2b3c4",
        ];
        let new = world.image("1.4.1", "amd64", "2026-01-02T10:00:00Z");
        let arm = world.image("1.4.1", "arm64", "2026-01-02T10:05:00Z");
        let index = world.index(&[(&new, "amd64"), (&arm, "arm64")]);
        let sbom = world.referrer(&new, "application/spdx+json", "");
        let signature = world.referrer(&sbom, "application/vnd.cncf.notary.signature", "");
        let provenance = world.referrer(
            &index,
            "application/vnd.dev.sigstore.bundle.v0.3+json",
            r#""dev.sigstore.bundle.predicateType":"https://slsa.dev/provenance/v1""#,
        );
        world.referrers(&new, &[&sbom]);
        world.referrers(&sbom, &[&signature]);
        world.referrers(&index, &[&provenance]);
        world.failed(
            Question::referrers(repository(), arm.digest),
            Some(FoundBy::ReferrersApi),
            Absence::new(crate::oci::AbsenceKind::Forbidden, "403 Forbidden"),
        );
        let older = world.image("1.4.0", "amd64", "2025-12-24T10:00:00Z");
        let oldest = world.image("1.3.8", "amd64", "2025-11-02T10:00:00Z");
        let machinery = fallback_tag(&new.digest);
        let mut all: Vec<String> = names.iter().map(ToString::to_string).collect();
        all.extend([machinery.clone(), format!("{machinery}.sig")]);
        world.tags(&all);
        for name in ["1.4.1", "1.4", "latest"] {
            world.tag(name, &index);
        }
        for name in ["1.4.0", "1.3.9"] {
            world.tag(name, &older);
        }
        for name in ["1.3", "1.3.8"] {
            world.tag(name, &oldest);
        }
        world
    }

    /// A repository with `count` tags, one in ten of them resolved.
    pub(crate) fn long(count: usize) -> Self {
        let mut world = Self::default();
        let names: Vec<_> = (0..count)
            .map(|number| format!("{}.{}.{}", number / 1000, (number / 25) % 40, number % 25))
            .collect();
        world.tags(&names);
        let image = world.image("x", "amd64", "2026-01-02T10:00:00Z");
        for (number, name) in names
            .iter()
            .enumerate()
            .filter(|(number, _)| number % 10 == 0)
        {
            let digest = Digest::of(name.as_bytes());
            world.fact(Answer::target(
                repository(),
                name.as_str().into(),
                if number == 0 {
                    image.as_descriptor()
                } else {
                    Descriptor::new(media_type::OCI_MANIFEST, digest, 500)
                },
                FoundBy::Tag,
            ));
        }
        world
    }
}
