//! What the committed example has to show, asserted on what the program answers.

mod evidence;
mod images;
mod source;

use std::sync::Arc;

use regscope::oci::{
    Absence, Answer, Body, Descriptor, Digest, FoundBy, ImageConfig, Manifest, Origin, Question,
    RemoteText, Repository,
};
use regscope::source::demo::{Demo, ORIGIN};
use regscope::source::{Answers, Source};

/// The example, asked one question at a time.
struct Asker(Demo);

impl Asker {
    fn new() -> Self {
        Self(Demo::open().unwrap())
    }

    fn ask(&self, question: &Question) -> Vec<Answer> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (answers, mut given) = Answers::channel(8);
            self.0.ask(question, &answers).await;
            drop(answers);
            let mut list = Vec::new();
            while let Some(answer) = given.recv().await {
                list.push(answer);
            }
            list
        })
    }

    fn catalog(&self) -> Vec<RemoteText> {
        match self.ask(&Question::catalog(Origin::new(ORIGIN))).as_slice() {
            [
                Answer {
                    body: Body::Catalog(page),
                    ..
                },
            ] => page.items.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn tags(&self, path: &str) -> Vec<RemoteText> {
        match self.ask(&Question::tags(repository(path))).as_slice() {
            [
                Answer {
                    body: Body::Tags(page),
                    ..
                },
            ] => page.items.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn tag(&self, path: &str, name: &str) -> Arc<Manifest> {
        let question = Question::tag(repository(path), name.into());
        match self.ask(&question).as_slice() {
            [
                Answer {
                    body: Body::Target(target),
                    ..
                },
                Answer {
                    body: Body::Manifest(manifest),
                    ..
                },
            ] => {
                assert_eq!(target.digest, manifest.digest);
                assert_eq!(target.size, Some(manifest.size()));
                assert_eq!(target.media_type, manifest.media_type);
                manifest.clone()
            }
            other => panic!("{other:?}"),
        }
    }

    fn manifest(&self, path: &str, digest: Digest) -> Result<Arc<Manifest>, Absence> {
        let question = Question::manifest(repository(path), digest);
        match self.ask(&question).as_slice() {
            [
                Answer {
                    body: Body::Manifest(manifest),
                    ..
                },
            ] => Ok(manifest.clone()),
            [
                Answer {
                    question: about,
                    by: None,
                    body: Body::Failed(absence),
                },
            ] if *about == question => Err(absence.clone()),
            other => panic!("{other:?}"),
        }
    }

    fn config(&self, path: &str, manifest: &Manifest) -> Arc<ImageConfig> {
        let digest = manifest.config.as_ref().unwrap().digest;
        match self
            .ask(&Question::config(repository(path), digest))
            .as_slice()
        {
            [
                Answer {
                    body: Body::Config(config),
                    ..
                },
            ] => config.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn document(&self, path: &str, digest: Digest) -> Result<Arc<[u8]>, Absence> {
        match self
            .ask(&Question::document(repository(path), digest))
            .as_slice()
        {
            [
                Answer {
                    body: Body::Document(bytes),
                    ..
                },
            ] => Ok(bytes.clone()),
            [
                Answer {
                    body: Body::Failed(absence),
                    ..
                },
            ] => Err(absence.clone()),
            other => panic!("{other:?}"),
        }
    }

    /// Every list of referrers that came, with its way.
    fn referrers(&self, path: &str, subject: Digest) -> Vec<(FoundBy, Vec<Descriptor>)> {
        let answers = self.ask(&Question::referrers(repository(path), subject));
        let lists = answers
            .into_iter()
            .filter_map(|answer| match (answer.by, answer.body) {
                (Some(by), Body::Referrers(page)) => Some((by, page.items)),
                _ => None,
            });
        lists.collect()
    }

    /// The manifests of the referrers that have this artifact type.
    fn attached(&self, path: &str, subject: Digest, artifact_type: &str) -> Vec<Arc<Manifest>> {
        let lists = self.referrers(path, subject);
        let entries = lists.into_iter().flat_map(|(_, entries)| entries);
        let entries = entries.filter(|e| {
            e.artifact_type
                .as_ref()
                .is_some_and(|t| *t == artifact_type)
        });
        entries
            .map(|e| self.manifest(path, e.digest).unwrap())
            .collect()
    }

    /// The image for one architecture of what a tag names.
    fn platform(&self, path: &str, tag: &str, architecture: &str) -> Arc<Manifest> {
        let index = self.tag(path, tag);
        let mut entries = index.manifests.iter();
        let is_it = |e: &&Descriptor| {
            e.platform
                .as_ref()
                .is_some_and(|p| p.architecture == architecture)
        };
        self.manifest(path, entries.find(is_it).unwrap().digest)
            .unwrap()
    }

    fn holdings(&self, path: &str) -> Vec<Descriptor> {
        match self.ask(&Question::contents(repository(path))).as_slice() {
            [
                Answer {
                    body: Body::Contents { manifests, .. },
                    ..
                },
            ] => manifests.clone(),
            other => panic!("{other:?}"),
        }
    }
}

fn repository(path: &str) -> Repository {
    Repository::new(&Origin::new(ORIGIN), path)
}

/// An annotation's value.
fn said<'a>(annotations: &'a regscope::oci::Annotations, key: &str) -> &'a str {
    annotations.get(key).map_or("", RemoteText::as_str)
}
