//! A registry that speaks the OCI distribution specification 1.1, Docker's registry API, or something near them.
//!
//! One [`Registry`] is one host. A question becomes one or more requests, and each request goes this way:
//!
//! ```text
//! content · lists · referrers      what to ask for, and what the answer means
//!        └──── fetch ────┐         a slot (pace), a pass (token, credentials), another try (retry)
//!                 request.rs       redirects, limits of size and time, the log
//!                    reqwest       connections, TLS
//! ```

mod body;
mod budget;
mod challenge;
mod connection;
mod content;
mod credentials;
mod error;
mod fallbacks;
mod fetch;
mod fingerprints;
mod helper;
mod link;
mod lists;
mod log;
mod names;
mod origin;
mod pace;
mod pages;
mod paging;
mod proxy;
mod referrers;
mod request;
mod retry;
mod secret;
mod stored_signatures;
mod tls;
mod token;
mod token_server;
mod unread;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::{Allowance, Answers, BoxFuture, Limits, Locality, Source, Traffic, Urgency};
use crate::oci::OriginKind;
use crate::oci::fingerprint::Fingerprint;
use crate::oci::target::{DOCKER_HUB, Host};
use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Asked, Descriptor, Digest, FoundBy, Origin, Question,
    RemoteText, Repository,
};

pub use budget::RequestBudget;
pub use credentials::CredentialSource;
pub use log::{LogEntry, Outcome, RequestKind, RequestLog};
pub use pace::Concurrency;
pub use retry::RateLimit;
pub use secret::Secret;
pub use tls::{SetupError, TlsSettings};

/// Everything that a registry client is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The registry.
    pub host: Host,
    /// Sizes, times and counts that are not exceeded.
    pub limits: Limits,
    /// Where credentials are looked for.
    pub credentials: CredentialSource,
    /// TLS or not, and whom to trust.
    pub tls: TlsSettings,
    /// How many requests at once.
    pub concurrency: Concurrency,
    /// Entries of a page of tags or repositories that are asked for.
    pub page_size: usize,
    /// Where requests are noted; shared by all registries of a run.
    pub log: Arc<RequestLog>,
    /// How many requests may be sent; shared likewise.
    pub budget: RequestBudget,
}

/// Entries of a page: as many as distribution 3 and Docker Hub give at most; asking for more is an error there.
const PAGE_SIZE: usize = 1_000;

impl Settings {
    /// Settings for `host`: anonymous, with default limits and a log of its own.
    pub fn new(host: Host) -> Self {
        Self {
            host,
            limits: Limits::default(),
            credentials: CredentialSource::default(),
            tls: TlsSettings::default(),
            concurrency: Concurrency::default(),
            page_size: PAGE_SIZE,
            log: Arc::new(RequestLog::default()),
            budget: RequestBudget::default(),
        }
    }
}

/// For so many slots one question more waits at the gate.
const WAITING_AT_GATE: usize = 4;

/// What this program calls itself.
const USER_AGENT: &str = concat!("regscope/", env!("CARGO_PKG_VERSION"));

/// A registry. All methods may be called by many tasks at once; dropping a future cancels its requests.
pub struct Registry {
    origin: Origin,
    client: fetch::Client,
    known: referrers::Known,
    fallbacks: fallbacks::Fallbacks,
    paging: lists::HostPaging,
    page_size: usize,
    /// Whether it keeps signatures beside its images; not known before it is asked.
    keeps_signatures: tokio::sync::OnceCell<bool>,
}

impl Registry {
    /// Sets a registry up. Reads the certificates that `settings` names, and sends nothing.
    ///
    /// Errors: a file cannot be read or used.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        Ok(Self {
            origin: Origin::new(settings.host.as_str()),
            page_size: settings.page_size.max(1),
            client: fetch::Client::new(settings, USER_AGENT)?,
            known: referrers::Known::default(),
            fallbacks: fallbacks::Fallbacks::default(),
            paging: lists::HostPaging::default(),
            keeps_signatures: tokio::sync::OnceCell::new(),
        })
    }

    /// The digest that `tag` has, by `HEAD` where the registry says it there, so that no pull is counted.
    ///
    /// The descriptor's media type and size are what the answer's head said. Errors: as of [`Question::tag`]. Cost:
    /// one request, or two.
    pub async fn head_tag(
        &self,
        repository: &Repository,
        tag: &RemoteText,
    ) -> Result<Descriptor, Absence> {
        // Nobody in particular waits, and nobody takes memory along.
        let (answers, _) = Answers::channel(1);
        self.digest_of_tag(repository, tag, &answers).await
    }

    async fn digest_of_tag(
        &self,
        repository: &Repository,
        tag: &RemoteText,
        answers: &Answers,
    ) -> Result<Descriptor, Absence> {
        let digest = self.tag_digest(repository, tag, answers).await;
        digest.map_err(|error| error.absence())
    }

    /// Whether the registry still has the content that `question` asks for, by `HEAD`. Errors: as of the question,
    /// and of a question that is not about content by digest.
    pub async fn head_content(&self, question: &Question, urgency: Urgency) -> Result<(), Absence> {
        let head = self.head(question, urgency).await;
        head.map_err(|error| error.absence())
    }

    /// The request log.
    pub fn log(&self) -> &Arc<RequestLog> {
        &self.client.transport.log
    }

    /// What the registry last said that is left of its limit.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.client.rate_limit()
    }

    /// When the registry may be asked again, where it asked to be left alone.
    pub fn held_until(&self) -> Option<SystemTime> {
        self.client.rate_pause.until()
    }

    /// How many requests the registry gets at once now. No lock.
    pub fn concurrency(&self) -> usize {
        self.client.pace.limit()
    }

    /// Whether whoever answers is believed: the screen must keep showing it.
    pub fn skips_verification(&self) -> bool {
        self.client.skips_verification
    }

    async fn answer(&self, question: &Question, answers: &Answers) {
        if question.origin() != &self.origin {
            let reason = format!(
                "{} is another registry than {}",
                question.origin(),
                self.origin
            );
            answers
                .fail(question, Absence::new(AbsenceKind::Invalid, reason))
                .await;
            return;
        }
        if let Err(error) = names::check(question) {
            answers
                .fail(
                    question,
                    Absence::new(AbsenceKind::Invalid, error.to_string()),
                )
                .await;
            return;
        }
        let result = match (&question.at, question.what) {
            (_, Asked::Catalog) => self.catalog(answers).await,
            (Address::Repository(repository), Asked::Tags) => self.tags(repository, answers).await,
            (_, Asked::Contents) => {
                answers
                    .unsupported(
                        question,
                        "a registry does not say what it holds without a name",
                    )
                    .await;
                Ok(())
            }
            (Address::Tag(repository, tag), Asked::Target) => {
                self.tag(repository, tag, answers).await
            }
            (Address::Tag(repository, tag), Asked::TargetDigest) => {
                match self.digest_of_tag(repository, tag, answers).await {
                    Ok(target) => {
                        let (repository, tag) = (repository.clone(), tag.clone());
                        answers
                            .give(Answer::target(repository, tag, target, FoundBy::Tag))
                            .await;
                        Ok(())
                    }
                    Err(absence) => Err(absence),
                }
            }
            (Address::Object(repository, digest), Asked::Manifest) => {
                self.manifest(repository, *digest, answers).await
            }
            (Address::Object(repository, digest), Asked::Config) => {
                self.config(repository, *digest, answers).await
            }
            (Address::Object(repository, digest), Asked::Document) => {
                self.document(repository, *digest, answers).await
            }
            (Address::Object(repository, digest), Asked::Referrers) => {
                self.referrers(question, repository, *digest, answers).await;
                Ok(())
            }
            _ => Err(Absence::no_such_question()),
        };
        if let Err(absence) = result {
            answers.fail(question, absence).await;
        }
    }
}

impl Source for Registry {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Registry
    }

    fn locality(&self) -> Locality {
        if self.client.host.is_loopback() {
            Locality::Loopback
        } else {
            Locality::Remote
        }
    }

    fn width(&self) -> usize {
        // A few more than are sent at once wait at the gate, so that a slot that falls free is used at once, and not
        // only when the answer was passed on and the next question was found.
        let slots = self.concurrency();
        slots.saturating_add(slots.div_ceil(WAITING_AT_GATE))
    }

    fn traffic(&self) -> Traffic {
        let waiting_until = self.held_until().and_then(|until| {
            Some(std::time::Instant::now() + until.duration_since(SystemTime::now()).ok()?)
        });
        let tally = &self.client.transport.tally;
        Traffic {
            requests: tally.requests.load(Ordering::Relaxed),
            bytes: tally.bytes.load(Ordering::Relaxed),
            waiting_until,
            allowance: self.rate_limit().map(|rate| Allowance {
                limit: rate.limit,
                remaining: rate.remaining,
            }),
        }
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        Box::pin(self.answer(question, answers))
    }

    fn fingerprints(&self) -> BoxFuture<'_, Vec<Fingerprint>> {
        Box::pin(self.ask_fingerprints())
    }

    fn signatures<'a>(
        &'a self,
        repository: &'a Repository,
        digest: Digest,
    ) -> BoxFuture<'a, Result<Vec<Vec<u8>>, Absence>> {
        Box::pin(self.ask_signatures(repository, digest))
    }
}

/// Where a registry's API is reached, which for Docker Hub is not the name that it is known by.
fn api_host(host: &Host) -> &str {
    match host.as_str() {
        DOCKER_HUB => "registry-1.docker.io",
        other => other,
    }
}
