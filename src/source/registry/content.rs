//! Manifests, configs and documents: what is fetched by digest is hashed before it is believed.

use std::sync::Arc;

use reqwest::{Method, StatusCode};

use super::Registry;
use super::error::RequestError;
use super::fetch::{Place, Wanted};
use super::log::RequestKind;
use super::request::Reply;
use super::token::Scope;
use super::unread::{Unread, Unreadable};
use crate::oci::media_type::{ACCEPT_MANIFEST, essence};
use crate::oci::{
    Absence, Address, Answer, Asked, Descriptor, Digest, DigestError, Form, FoundBy, ImageConfig,
    Manifest, RemoteText, Repository,
};
use crate::source::{Answers, Urgency};

/// Blobs have whatever type they have.
const ACCEPT_BLOB: &str = "*/*";

/// The registry's own word on the digest (distribution-spec, "Pulling manifests").
const DIGEST_HEADER: &str = "docker-content-digest";

impl Registry {
    pub(super) async fn tag(
        &self,
        repository: &Repository,
        tag: &RemoteText,
        answers: &Answers,
    ) -> Result<(), Absence> {
        let most = self.client.transport.limits.whole;
        let read = match self
            .fallbacks
            .take(repository, tag.as_str(), most, answers.urgency())
        {
            Some(manifest) => Ok(manifest),
            None => self
                .read_by_tag(repository, tag.as_str(), RequestKind::Tag, answers)
                .await
                .map(Arc::new)
                .inspect(|manifest| self.fallbacks.keep(repository, tag.as_str(), manifest)),
        };
        let target = match &read {
            Ok(manifest) => described(manifest),
            // The tag names it, whatever it is.
            Err(Unread::Content(unreadable)) => unreadable.as_descriptor(),
            Err(Unread::Request(error)) => return Err(error.absence()),
        };
        self.known.holds(repository, target.digest);
        let (repository, tag, by) = (repository.clone(), tag.clone(), FoundBy::Tag);
        answers
            .give(Answer::target(repository.clone(), tag, target, by))
            .await;
        match read {
            Ok(manifest) => {
                answers.give(Answer::manifest(repository, manifest)).await;
            }
            Err(Unread::Content(unreadable)) => {
                unreadable.give_as_manifest(&repository, answers).await;
            }
            Err(Unread::Request(_)) => {}
        }
        Ok(())
    }

    pub(super) async fn manifest(
        &self,
        repository: &Repository,
        digest: Digest,
        answers: &Answers,
    ) -> Result<(), Absence> {
        let read = async {
            let mut reply = self
                .get_manifest(
                    repository,
                    &digest.to_string(),
                    RequestKind::Manifest,
                    answers.urgency(),
                )
                .await?;
            reply.leave_memory(answers);
            parse_manifest(reply, digest)
        };
        let manifest = match read.await {
            Ok(manifest) => manifest,
            Err(unread) => return Err(Unread::tell(unread, repository, answers).await),
        };
        self.known.holds(repository, digest);
        answers
            .give(Answer::manifest(repository.clone(), Arc::new(manifest)))
            .await;
        Ok(())
    }

    pub(super) async fn config(
        &self,
        repository: &Repository,
        digest: Digest,
        answers: &Answers,
    ) -> Result<(), Absence> {
        let parse = |bytes: Arc<[u8]>| {
            ImageConfig::parse(Arc::clone(&bytes)).map_err(|error| {
                let error = RequestError::Invalid(format!("the config cannot be read: {error}"));
                Unread::Content(Box::new(Unreadable {
                    digest,
                    media_type: RemoteText::default(),
                    bytes,
                    error,
                }))
            })
        };
        let config = self
            .get_blob(repository, (digest, RequestKind::Config), answers, parse)
            .await;
        let config = match config {
            Ok(config) => Arc::new(config),
            Err(unread) => return Err(unread.tell(repository, answers).await),
        };
        answers
            .give(Answer::config(repository.clone(), digest, config))
            .await;
        Ok(())
    }

    pub(super) async fn document(
        &self,
        repository: &Repository,
        digest: Digest,
        answers: &Answers,
    ) -> Result<(), Absence> {
        let bytes = self
            .get_blob(repository, (digest, RequestKind::Document), answers, Ok)
            .await;
        let bytes = bytes.map_err(|unread| unread.into_error().absence())?;
        answers
            .give(Answer::document(repository.clone(), digest, bytes))
            .await;
        Ok(())
    }

    /// Whether the registry still has the content that a question is about, by `HEAD`.
    pub(super) async fn head(
        &self,
        question: &crate::oci::Question,
        urgency: Urgency,
    ) -> Result<(), RequestError> {
        super::names::check(question).map_err(|error| RequestError::Invalid(error.to_string()))?;
        let (repository, digest, folder, kind) = match (&question.at, question.what) {
            (Address::Object(repository, digest), Asked::Manifest) => {
                (repository, digest, "manifests", RequestKind::Manifest)
            }
            (Address::Object(repository, digest), Asked::Config) => {
                (repository, digest, "blobs", RequestKind::Config)
            }
            (Address::Object(repository, digest), Asked::Document) => {
                (repository, digest, "blobs", RequestKind::Document)
            }
            _ => {
                return Err(RequestError::Invalid(
                    "only content by digest has a HEAD".to_owned(),
                ));
            }
        };
        let path = format!("{}/{folder}/{digest}", repository.path.as_str());
        let wanted = Wanted {
            kind,
            method: Method::HEAD,
            place: Place::Path(&path, &[]),
            accept: if folder == "manifests" {
                ACCEPT_MANIFEST
            } else {
                "*/*"
            },
            scope: Scope::Repository(repository.path.clone()),
            urgency,
        };
        self.client.fetch(&wanted).await?.success().map(drop)
    }

    /// The digest of a tag by `HEAD`; by `GET` where that names none, or is not allowed.
    pub(super) async fn tag_digest(
        &self,
        repository: &Repository,
        tag: &RemoteText,
        answers: &Answers,
    ) -> Result<Descriptor, RequestError> {
        let question = crate::oci::Question::tag(repository.clone(), tag.clone());
        super::names::check(&question).map_err(|error| RequestError::Invalid(error.to_string()))?;
        let path = format!("{}/manifests/{}", repository.path.as_str(), tag.as_str());
        let reply = self
            .client
            .fetch(&Wanted {
                kind: RequestKind::TagDigest,
                method: Method::HEAD,
                place: Place::Path(&path, &[]),
                accept: ACCEPT_MANIFEST,
                scope: Scope::Repository(repository.path.clone()),
                urgency: answers.urgency(),
            })
            .await?;
        let is_allowed = !matches!(
            reply.status,
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED
        );
        if is_allowed {
            let reply = reply.success()?;
            if let Some(Ok(digest)) = stated_digest(&reply) {
                return Ok(Descriptor {
                    media_type: essence(reply.content_type()).into(),
                    size: reply
                        .header("content-length")
                        .and_then(|text| text.parse().ok()),
                    ..Descriptor::of(digest)
                });
            }
        }
        let read = self
            .read_by_tag(repository, tag.as_str(), RequestKind::Tag, answers)
            .await;
        match read {
            Ok(manifest) => Ok(described(&manifest)),
            Err(Unread::Content(unreadable)) => Ok(unreadable.as_descriptor()),
            Err(Unread::Request(error)) => Err(error),
        }
    }

    /// The manifest that a tag names, its digest checked against what the registry says it is.
    pub(super) async fn manifest_by_tag(
        &self,
        repository: &Repository,
        tag: &str,
        kind: RequestKind,
        answers: &Answers,
    ) -> Result<Manifest, RequestError> {
        let read = self.read_by_tag(repository, tag, kind, answers).await;
        read.map_err(Unread::into_error)
    }

    async fn read_by_tag(
        &self,
        repository: &Repository,
        tag: &str,
        kind: RequestKind,
        answers: &Answers,
    ) -> Result<Manifest, Unread> {
        let mut reply = self
            .get_manifest(repository, tag, kind, answers.urgency())
            .await?;
        // More is asked after a fallback tag before its answer is complete: who waits for memory must have none.
        if kind != RequestKind::FallbackTag {
            reply.leave_memory(answers);
        }
        let digest = match stated_digest(&reply) {
            Some(Ok(digest)) => digest,
            // An algorithm that we cannot compute says nothing that we could check.
            None | Some(Err(DigestError::Algorithm)) => {
                let digest = Digest::of(&reply.body);
                // What is no manifest and has no digest may be anything, and nothing that the tag names.
                return parse_manifest(reply, digest)
                    .map_err(|unread| Unread::Request(unread.into_error()));
            }
            Some(Err(error)) => {
                let said: RemoteText = reply.header(DIGEST_HEADER).unwrap_or_default().into();
                let why = format!("the registry gives `{said}` as its digest: {error}");
                return Err(RequestError::Invalid(why).into());
            }
        };
        parse_manifest(reply, digest)
    }

    async fn get_manifest(
        &self,
        repository: &Repository,
        reference: &str,
        kind: RequestKind,
        urgency: Urgency,
    ) -> Result<Reply, RequestError> {
        let path = format!("{}/manifests/{reference}", repository.path.as_str());
        let wanted = Wanted {
            kind,
            method: Method::GET,
            place: Place::Path(&path, &[]),
            accept: ACCEPT_MANIFEST,
            scope: Scope::Repository(repository.path.clone()),
            urgency,
        };
        self.client.fetch(&wanted).await?.success()
    }

    /// The blob with this digest, parsed by `parse` while there is memory for it.
    async fn get_blob<T>(
        &self,
        repository: &Repository,
        (digest, kind): (Digest, RequestKind),
        answers: &Answers,
        parse: impl FnOnce(Arc<[u8]>) -> Result<T, Unread>,
    ) -> Result<T, Unread> {
        let path = format!("{}/blobs/{digest}", repository.path.as_str());
        let wanted = Wanted {
            kind,
            method: Method::GET,
            place: Place::Path(&path, &[]),
            accept: ACCEPT_BLOB,
            scope: Scope::Repository(repository.path.clone()),
            urgency: answers.urgency(),
        };
        let mut reply = self.client.fetch(&wanted).await?.success()?;
        let bytes = reply.take_body();
        reply.leave_memory(answers);
        if !digest.matches(&bytes) {
            let page = reply.is_page_instead_of("the content", &bytes);
            let error = page.unwrap_or_else(|| reply.elsewhere(wrong_digest(&digest, &bytes)));
            return Err(error.into());
        }
        parse(bytes.into())
    }
}

fn described(manifest: &Manifest) -> Descriptor {
    Descriptor::new(
        manifest.media_type.clone(),
        manifest.digest,
        manifest.size(),
    )
}

fn stated_digest(reply: &Reply) -> Option<Result<Digest, DigestError>> {
    let value = reply
        .headers
        .get(DIGEST_HEADER)
        .filter(|_| !reply.is_foreign)?;
    Some(
        value
            .to_str()
            .map_err(|_| DigestError::Shape)
            .and_then(|text| text.trim().parse()),
    )
}

fn wrong_digest(expected: &Digest, bytes: &[u8]) -> RequestError {
    let got = Digest::of_with(expected.algorithm(), bytes);
    RequestError::Invalid(format!(
        "the content does not have its digest: expected {expected}, got {got} ({} bytes); do not trust it, and tell \
         whoever runs the registry",
        bytes.len()
    ))
}

/// Believes `bytes` only if `digest` is theirs. A signed manifest of schema 1 is the exception that its format needs:
/// its digest is over a part that cannot be told without the signature.
fn parse_manifest(mut reply: Reply, digest: Digest) -> Result<Manifest, Unread> {
    let bytes = reply.take_body();
    let hint = reply.content_type();
    let is_right = digest.matches(&bytes);
    if let Some(error) = reply.is_page_instead_of("a manifest", &bytes) {
        return Err(error.into());
    }
    if !is_right && !might_be_signed(&bytes) {
        return Err(reply.elsewhere(wrong_digest(&digest, &bytes)).into());
    }
    let bytes: Arc<[u8]> = bytes.into();
    let manifest = Manifest::parse(digest, Arc::clone(&bytes), hint).map_err(|error| {
        let given = match essence(hint) {
            given if given.is_empty() => String::new(),
            given => format!(", given as {}", crate::oci::remote_text::clean(&given)),
        };
        let why = format!("the manifest cannot be read: {error}{given}");
        let error = reply.elsewhere(RequestError::Invalid(why));
        if !is_right {
            return Unread::Request(error);
        }
        Unread::Content(Box::new(Unreadable {
            digest,
            media_type: essence(hint).into(),
            bytes: Arc::clone(&bytes),
            error,
        }))
    })?;
    let is_signed = manifest.form == Form::Schema1
        && manifest
            .schema1
            .as_ref()
            .is_some_and(|schema1| schema1.is_signed);
    if !is_right && !is_signed {
        return Err(reply.elsewhere(wrong_digest(&digest, &bytes)).into());
    }
    Ok(manifest)
}

/// Whether it is worth reading a document whose digest is wrong: only signed ones may have that.
fn might_be_signed(bytes: &[u8]) -> bool {
    const KEY: &[u8] = b"\"signatures\"";
    bytes.windows(KEY.len()).any(|window| window == KEY)
}
