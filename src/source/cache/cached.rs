//! A registry with a cache in front.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::oci::OriginKind;
use crate::oci::fingerprint::Fingerprint;
use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Asked, Body, Digest, ImageConfig, Manifest, Origin,
    Question, RemoteText, Repository,
};
use crate::source::registry::{Registry, RequestKind};
use crate::source::{Answers, BoxFuture, Limits, Locality, Source, Traffic};

use super::Cache;

/// A [`Registry`] whose content is kept between runs.
///
/// Content by digest is read from the cache, and a `HEAD` proves that the registry still has it: as many requests, fewer
/// bytes, and no pull is counted. Everything that can change is always asked.
pub struct Cached {
    inner: Arc<Registry>,
    cache: Cache,
    limits: Limits,
    /// Manifests of which a `HEAD` of a tag said in this run that they are there.
    named: Mutex<HashSet<(RemoteText, Digest)>>,
}

/// How many answers may wait on their way through.
const PASSING: usize = 16;

impl Cached {
    /// Puts a cache in front of a registry.
    pub fn new(inner: Arc<Registry>, cache: Cache, limits: Limits) -> Self {
        Self {
            inner,
            cache,
            limits,
            named: Mutex::default(),
        }
    }

    /// Whether a tag of the repository was seen to name a manifest in this run: then that is there.
    fn is_named(&self, question: &Question) -> bool {
        let Address::Object(repository, digest) = &question.at else {
            return false;
        };
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.contains(&(repository.path.clone(), *digest))
    }

    /// Whether the registry says that it has the content.
    async fn is_still_there(&self, question: &Question, answers: &Answers) -> bool {
        let head = self.inner.head_content(question, answers.urgency());
        head.await.is_ok()
    }

    async fn answer(&self, question: &Question, answers: &Answers) {
        if let Some(kept) = self.kept(question).await {
            // Whatever keeps a HEAD from being answered may not keep a GET: there are registries that answer it with
            // 404. What is really gone costs one request more.
            if self.is_named(question) || self.is_still_there(question, answers).await {
                return answers.give(kept).await;
            }
        }
        let (passing, mut passed) = answers.in_front(PASSING);
        let ask = async {
            let passing = passing;
            self.inner.ask(question, &passing).await;
        };
        let keep = async {
            while let Some(answer) = passed.recv().await {
                self.keep(&answer).await;
                answers.give(answer).await;
            }
        };
        tokio::join!(ask, keep);
    }

    /// The answer from what is kept, if the question is about content.
    async fn kept(&self, question: &Question) -> Option<Answer> {
        let (repository, digest, limit) = content_of(question, &self.limits)?;
        let (cache, digest) = (self.cache.clone(), *digest);
        let bytes = blocking(move || cache.content(&digest, limit)).await??;
        let url = format!("cache:{digest}");
        if let Ok(url) = url::Url::parse(&url) {
            self.inner
                .log()
                .note_cached(RequestKind::Manifest, &url, bytes.len() as u64);
        }
        answer_of(question, repository, digest, bytes)
    }

    async fn keep(&self, answer: &Answer) {
        if let (Address::Tag(repository, _), Body::Target(target)) =
            (&answer.question.at, &answer.body)
        {
            let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
            named.insert((repository.path.clone(), target.digest));
            return;
        }
        let (digest, bytes) = match (&answer.question.at, &answer.body) {
            // The digest of a signed schema 1 manifest is not that of its bytes: it could not be checked when read.
            (_, Body::Manifest(manifest)) if manifest.schema1.is_none() => {
                (manifest.digest, manifest.bytes.clone())
            }
            (Address::Object(_, digest), Body::Config(config)) => (*digest, config.bytes.clone()),
            (Address::Object(_, digest), Body::Document(bytes)) => (*digest, bytes.clone()),
            _ => return,
        };
        let cache = self.cache.clone();
        // A full or read-only disk makes a slow tool, not a broken one.
        let _ = blocking(move || cache.keep_content(&digest, &bytes)).await;
    }
}

/// What a question about content by digest is about, and how many bytes of it may be read.
fn content_of<'a>(
    question: &'a Question,
    limits: &Limits,
) -> Option<(&'a Repository, &'a Digest, u64)> {
    match (&question.at, question.what) {
        (Address::Object(repository, digest), Asked::Manifest | Asked::Config) => {
            Some((repository, digest, limits.manifest_bytes))
        }
        (Address::Object(repository, digest), Asked::Document) => {
            Some((repository, digest, limits.document_bytes))
        }
        _ => None,
    }
}

fn answer_of(
    question: &Question,
    repository: &Repository,
    digest: Digest,
    bytes: Arc<[u8]>,
) -> Option<Answer> {
    let repository = repository.clone();
    Some(match question.what {
        Asked::Manifest => {
            let manifest = Arc::new(Manifest::parse(digest, bytes, "").ok()?);
            Answer::manifest(repository, manifest)
        }
        Asked::Config => {
            let config = Arc::new(ImageConfig::parse(bytes).ok()?);
            Answer::config(repository, digest, config)
        }
        Asked::Document => Answer::document(repository, digest, bytes),
        _ => return None,
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

impl Source for Cached {
    fn origin(&self) -> &Origin {
        self.inner.origin()
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Registry
    }

    fn locality(&self) -> Locality {
        self.inner.locality()
    }

    fn width(&self) -> usize {
        self.inner.width()
    }

    fn traffic(&self) -> Traffic {
        self.inner.traffic()
    }

    fn fingerprints(&self) -> BoxFuture<'_, Vec<Fingerprint>> {
        self.inner.fingerprints()
    }

    fn signatures<'a>(
        &'a self,
        repository: &'a Repository,
        digest: Digest,
    ) -> BoxFuture<'a, Result<Vec<Vec<u8>>, Absence>> {
        self.inner.signatures(repository, digest)
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        Box::pin(self.answer(question, answers))
    }
}

/// A registry that is not asked: for `--offline`. Content that is kept is still read.
pub struct Offline {
    origin: Origin,
    cache: Option<Cache>,
    limits: Limits,
}

impl Offline {
    /// Stands for the registry with this name.
    pub fn new(origin: Origin, cache: Option<Cache>, limits: Limits) -> Self {
        Self {
            origin,
            cache,
            limits,
        }
    }

    async fn answer(&self, question: &Question) -> Option<Answer> {
        let (repository, digest, limit) = content_of(question, &self.limits)?;
        let (cache, digest) = (self.cache.clone()?, *digest);
        let bytes = blocking(move || cache.content(&digest, limit)).await??;
        answer_of(question, repository, digest, bytes)
    }
}

impl Source for Offline {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Registry
    }

    fn locality(&self) -> Locality {
        Locality::Remote
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Some(answer) = self.answer(question).await {
                return answers.give(answer).await;
            }
            let reason = "not asked (--offline), and nothing is remembered of it";
            answers
                .fail(question, Absence::new(AbsenceKind::Failed, reason))
                .await;
        })
    }
}
