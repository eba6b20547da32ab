//! Who refers to a manifest: the referrers API, the fallback tag where there is none, and ORAS' API where the registry
//! announces it (distribution-spec, "Listing Referrers" and "Unavailable Referrers API").

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Registry;
use super::error::RequestError;
use super::fetch::Place;
use super::log::RequestKind;
use super::pages::{Pages, Walk};
use super::request::Reply;
use super::token::Scope;
use crate::oci::media_type::{OCI_INDEX, essence};
use crate::oci::tag::{DigestTag, DigestTagKind, fallback_tag};
use crate::oci::{
    Absence, AbsenceKind, Answer, Descriptor, Digest, Form, FoundBy, Manifest, Page, Question,
    RemoteText, Repository,
};
use crate::source::Answers;

/// What was learnt of repositories while asking.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<RemoteText, KnownRepository>>);

#[derive(Default)]
struct KnownRepository {
    api: Api,
    /// The referrers tags of the repository, once its list of tags was read to the end.
    tags: Option<DigestTags>,
}

/// Whether a repository has the referrers API.
enum Api {
    /// Nobody knows.
    Unknown(Witnesses),
    Has,
    HasNot,
}

impl Default for Api {
    fn default() -> Self {
        Self::Unknown(Witnesses::default())
    }
}

/// What may tell that a repository has no such API.
#[derive(Default)]
struct Witnesses {
    /// Manifests that were read from it: a 404 for the referrers of one of these is the API's.
    held: HashSet<Digest>,
    /// One of them whose referrers were refused with a status that may be about that subject alone.
    refused: Option<Digest>,
}

/// How many manifests of a repository are remembered before its API is known. The first question settles it.
const HELD: usize = 4_096;

/// The referrers tags in a list of tags.
#[derive(Default)]
pub(super) struct DigestTags(HashSet<RemoteText>);

impl DigestTags {
    /// Keeps of `names` those that are referrers tags.
    pub(super) fn take(&mut self, names: &[RemoteText]) {
        let is_fallback = |name: &&RemoteText| {
            DigestTag::parse(name.as_str()).is_some_and(|tag| tag.kind == DigestTagKind::Fallback)
        };
        self.0.extend(names.iter().filter(is_fallback).cloned());
    }
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, HashMap<RemoteText, KnownRepository>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The repository's list of tags was read to its end.
    pub(super) fn tags_listed(&self, repository: &Repository, tags: DigestTags) {
        self.lock().entry(repository.path.clone()).or_default().tags = Some(tags);
    }

    /// The repository has this manifest.
    pub(super) fn holds(&self, repository: &Repository, digest: Digest) {
        if let Api::Unknown(known) =
            &mut self.lock().entry(repository.path.clone()).or_default().api
            && known.held.len() < HELD
        {
            known.held.insert(digest);
        }
    }

    fn has_no_api(&self, repository: &Repository) -> bool {
        self.lock()
            .get(&repository.path)
            .is_some_and(|known| matches!(known.api, Api::HasNot))
    }

    fn has_api(&self, repository: &Repository) {
        self.lock().entry(repository.path.clone()).or_default().api = Api::Has;
    }

    /// The API was not there for `subject`, with this status: that says something of the repository only if it holds
    /// `subject`. A 404 says it at once (distribution-spec, "Unavailable Referrers API"); for any other answer, it takes
    /// another subject to say the same.
    fn api_was_missing(&self, repository: &Repository, subject: &Digest, status: u16) {
        let mut repositories = self.lock();
        let api = &mut repositories.entry(repository.path.clone()).or_default().api;
        let Api::Unknown(known) = api else { return };
        if !known.held.contains(subject) {
            return;
        }
        let is_other = known.refused.is_some_and(|refused| refused != *subject);
        if status == 404 || is_other {
            *api = Api::HasNot;
        } else {
            known.refused = Some(*subject);
        }
    }

    /// Whether the repository surely has no such tag.
    fn lacks_tag(&self, repository: &Repository, tag: &str) -> bool {
        let known = self.lock();
        let tags = known
            .get(&repository.path)
            .and_then(|known| known.tags.as_ref());
        tags.is_some_and(|tags| !tags.0.contains(tag))
    }
}

/// What became of one way of asking.
enum Method {
    /// It was answered to the end, or failed and that was told.
    Done,
    /// The registry does not have it, for this reason.
    Lacking(String),
}

/// A question about referrers that is being answered.
struct Asking<'a> {
    question: &'a Question,
    repository: &'a Repository,
    subject: Digest,
    answers: &'a Answers,
}

impl Registry {
    pub(super) async fn referrers(
        &self,
        question: &Question,
        repository: &Repository,
        subject: Digest,
        answers: &Answers,
    ) {
        let asking = Asking {
            question,
            repository,
            subject,
            answers,
        };
        if let Method::Lacking(why) = self.ask_api(&asking).await {
            let absence = Absence::new(AbsenceKind::Unsupported, why);
            answers
                .fail_by(question, FoundBy::ReferrersApi, absence)
                .await;
            self.ask_fallback_tag(&asking).await;
        }
        if self.client.announces_oras()
            && let Method::Lacking(why) = self.ask_oras(&asking).await
        {
            let absence = Absence::new(AbsenceKind::Unsupported, why);
            answers.fail_by(question, FoundBy::OrasApi, absence).await;
        }
    }

    async fn ask_api(&self, asking: &Asking<'_>) -> Method {
        if self.known.has_no_api(asking.repository) {
            return Method::Lacking(
                "the registry has no referrers API for this repository".to_owned(),
            );
        }
        let pages = self.descriptors(asking, RequestKind::Referrers, OCI_INDEX, &["manifests"]);
        let path = format!(
            "{}/referrers/{}",
            asking.repository.path.as_str(),
            asking.subject
        );
        let reply = match pages.ask(Place::Path(&path, &[])).await {
            Ok(reply) => reply,
            Err(error) => return self.fail(asking, FoundBy::ReferrersApi, &error).await,
        };
        let status = reply.status.as_u16();
        if lacks_api(&reply) {
            self.known
                .api_was_missing(asking.repository, &asking.subject, status);
            return Method::Lacking(format!("the registry has no referrers API ({status})"));
        }
        if status == 200 && !is_index(&reply) {
            self.known
                .api_was_missing(asking.repository, &asking.subject, status);
            let given: RemoteText = essence(reply.content_type()).into();
            return Method::Lacking(format!(
                "the registry has no referrers API (it answers with `{given}`, no index)"
            ));
        }
        if status == 200 {
            self.known.has_api(asking.repository);
        }
        self.read_pages(asking, FoundBy::ReferrersApi, pages, reply)
            .await
    }

    async fn ask_oras(&self, asking: &Asking<'_>) -> Method {
        let pages = self.descriptors(
            asking,
            RequestKind::Referrers,
            "application/json",
            &["referrers"],
        );
        let digest = asking.subject.to_string();
        let path = format!(
            "{}/_oras/artifacts/referrers",
            asking.repository.path.as_str()
        );
        match pages.ask(Place::Path(&path, &[("digest", &digest)])).await {
            Ok(reply) if lacks_api(&reply) => Method::Lacking(format!(
                "the registry has no ORAS referrers API ({})",
                reply.status.as_u16()
            )),
            Ok(reply) => {
                self.read_pages(asking, FoundBy::OrasApi, pages, reply)
                    .await
            }
            Err(error) => self.fail(asking, FoundBy::OrasApi, &error).await,
        }
    }

    fn descriptors(
        &self,
        asking: &Asking<'_>,
        kind: RequestKind,
        accept: &'static str,
        keys: &'static [&'static str],
    ) -> Pages<'_, Descriptor> {
        let scope = Scope::Repository(asking.repository.path.clone());
        Pages {
            client: &self.client,
            kind,
            accept,
            scope,
            urgency: asking.answers.urgency(),
            keys,
            walk: Walk::new(),
        }
    }

    async fn read_pages(
        &self,
        asking: &Asking<'_>,
        by: FoundBy,
        mut pages: Pages<'_, Descriptor>,
        first: Reply,
    ) -> Method {
        let filter = first
            .header("oci-filters-applied")
            .map(|text| RemoteText::from(text.to_owned()));
        let mut reply = first;
        let mut number = 0;
        loop {
            let page = match pages.read(reply).await {
                Ok(page) => page,
                Err(error) => return self.fail_after(asking, by, number, &error).await,
            };
            let left_out = pages.left_out();
            let is_last =
                page.next.is_none() && page.is_sound() && left_out.is_none() && filter.is_none();
            asking
                .list(
                    by,
                    Page {
                        number,
                        is_last,
                        items: page.items,
                    },
                )
                .await;
            number = number.saturating_add(1);
            let Some(next) = page.next else {
                // We ask for no filter: a list that was filtered all the same lacks something.
                let filtered = filter.map(|filter| {
                    RequestError::CutShort(format!(
                        "the registry filtered the list by `{filter}`, unasked"
                    ))
                });
                return match page.cut.or(page.doubt).or(left_out).or(filtered) {
                    Some(error) => self.fail_after(asking, by, number, &error).await,
                    None => Method::Done,
                };
            };
            reply = match pages.ask(Place::Page(&next)).await {
                Ok(reply) => reply,
                Err(error) => return self.fail_after(asking, by, number, &error).await,
            };
        }
    }

    async fn ask_fallback_tag(&self, asking: &Asking<'_>) {
        let tag = fallback_tag(&asking.subject);
        let by = FoundBy::FallbackTag;
        if self.known.lacks_tag(asking.repository, &tag) {
            asking.list(by, Page::whole(Vec::new())).await;
            return;
        }
        let manifest = match self.read_fallback(asking, &tag).await {
            Ok(manifest) => manifest,
            Err(RequestError::Status { status: 404, .. }) => {
                asking.list(by, Page::whole(Vec::new())).await;
                return;
            }
            Err(error) => {
                self.fail(asking, by, &error).await;
                return;
            }
        };
        if manifest.form != Form::Index {
            let error = RequestError::Invalid(format!(
                "the referrers tag {tag} names no index, as it must"
            ));
            self.fail(asking, by, &error).await;
            return;
        }
        let mut seen = HashSet::new();
        let items = manifest.manifests.iter();
        let items = items.filter(|item| seen.insert(item.digest)).cloned();
        let items = items.collect();
        asking.list(by, Page::whole(items)).await;
    }

    /// What a referrers tag names.
    async fn read_fallback(
        &self,
        asking: &Asking<'_>,
        tag: &str,
    ) -> Result<Arc<Manifest>, RequestError> {
        let (repository, answers) = (asking.repository, asking.answers);
        let most = self.client.transport.limits.whole;
        let kept = self
            .fallbacks
            .take(repository, tag, most, answers.urgency());
        if let Some(manifest) = kept {
            return Ok(manifest);
        }
        let read = self
            .manifest_by_tag(repository, tag, RequestKind::FallbackTag, answers)
            .await?;
        let manifest = Arc::new(read);
        self.fallbacks.keep(repository, tag, &manifest);
        Ok(manifest)
    }

    async fn fail(&self, asking: &Asking<'_>, by: FoundBy, error: &RequestError) -> Method {
        self.fail_after(asking, by, 0, error).await
    }

    async fn fail_after(
        &self,
        asking: &Asking<'_>,
        by: FoundBy,
        pages: u32,
        error: &RequestError,
    ) -> Method {
        let absence = if pages == 0 {
            error.absence()
        } else {
            error.absence_of_rest()
        };
        asking.answers.fail_by(asking.question, by, absence).await;
        Method::Done
    }
}

/// Whether an answer is a list of referrers. One that is declared as something else counts where it is one all the same:
/// there are registries and proxies that say `text/plain`. A page for a browser is none.
fn is_index(reply: &Reply) -> bool {
    /// Something that has a list of manifests; null is one without entries, as it is to Go.
    #[derive(serde::Deserialize)]
    struct Index {
        manifests: Option<Vec<serde::de::IgnoredAny>>,
        #[serde(rename = "schemaVersion")]
        version: Option<serde::de::IgnoredAny>,
        #[serde(rename = "mediaType")]
        media_type: Option<serde::de::IgnoredAny>,
    }
    if essence(reply.content_type()) == OCI_INDEX {
        return true;
    }
    // A body that ends early is still a list if it begins as one; what is read of it says that it is cut short.
    serde_json::from_slice::<Index>(&reply.body).is_ok_and(|index| {
        index.manifests.is_some() && (index.version.is_some() || index.media_type.is_some())
    })
}

/// Whether an answer says that the registry has no such API, whatever status it likes for that. What says something of
/// who asks (401, 402, 403, 407), when (408, 421, 423, 425, 429) or of the law (451) does not.
fn lacks_api(reply: &Reply) -> bool {
    let is_refusal = matches!(
        reply.status.as_u16(),
        401 | 402 | 403 | 407 | 408 | 421 | 423 | 425 | 429 | 451
    );
    !reply.is_foreign
        && (reply.status.is_client_error() && !is_refusal || reply.status.as_u16() == 501)
}

impl Asking<'_> {
    async fn list(&self, by: FoundBy, page: Page<Descriptor>) {
        let (repository, subject) = (self.repository.clone(), self.subject);
        self.answers
            .give(Answer::referrers(repository, subject, page, by))
            .await;
    }
}
