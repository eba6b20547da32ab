//! A registry in this process, on a port of this machine, that behaves, counts, and misbehaves when told to.
//!
//! ```ignore
//! let registry = TestRegistry::start().await;
//! let image = registry.tagged_image("app", "1.0");
//! registry.referrer("app", &image, "text/spdx+json", "one");
//! registry.fault("/v2/app/tags/list", Fault::status(500).times(1));
//! let answers = ask(&registry.client(), Question::tags(registry.repository("app"))).await;
//! assert_eq!(registry.count("tags"), 2);
//! ```

use std::sync::{Arc, Mutex};
use std::time::Duration;

use regscope::oci::target::Host;
use regscope::oci::{Answer, Descriptor, Digest, Origin, Question, Repository};
use regscope::source::registry::{Concurrency, CredentialSource, Registry, Secret, Settings};
use regscope::source::{Answers, Limits, Source, Urgency};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::behaviour::State;
use super::fault::Fault;
use super::server::{self, Request};

/// How the registry is.
#[derive(Clone, Debug)]
pub struct Options {
    /// Before each answer.
    pub delay: Duration,
    /// Entries of a page where the client asks for none, and at most.
    pub page_size: usize,
    /// Whether `n` counts.
    pub honours_n: bool,
    /// Whether `last` counts.
    pub honours_last: bool,
    /// Whether a page names the next one.
    pub sends_link: bool,
    /// Whether there is the referrers API.
    pub has_referrers_api: bool,
    /// Whether manifests come with `Docker-Content-Digest`.
    pub sends_digest: bool,
    /// Who is let in.
    pub auth: Access,
    /// Whether it speaks TLS, with the certificate in `tests/support/tls`.
    pub is_tls: bool,
    /// Whether it wants a certificate of the client, too.
    pub wants_certificate: bool,
}

/// Who is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Whoever has this name and password.
    Basic(&'static str, &'static str),
    /// Whoever has a token of `/token`.
    Token(TokenServer),
}

/// The token server that the registry has at `/token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenServer {
    /// Who gets a token: everybody, or whoever has this name and password, or this password as refresh token.
    pub user: Option<(&'static str, &'static str)>,
    /// What the challenge names; the registry's own `/token` where it is empty.
    pub realm: String,
    /// How often a token is taken before it is refused.
    pub uses: usize,
    /// What `expires_in` says.
    pub expires_in: Option<u64>,
}

impl Default for TokenServer {
    fn default() -> Self {
        Self {
            user: None,
            realm: String::new(),
            uses: usize::MAX,
            expires_in: Some(300),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            page_size: 1_000,
            honours_n: true,
            honours_last: true,
            sends_link: true,
            has_referrers_api: true,
            sends_digest: true,
            auth: Access::Open,
            is_tls: false,
            wants_certificate: false,
        }
    }
}

/// A request that was made.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `catalog`, `tags`, `tag`, `manifest`, `blob`, `referrers`, `oras`, `token` or `other`.
    pub kind: &'static str,
    pub request: Request,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).map(String::as_str)
    }
}

/// The registry. It ends when dropped.
pub struct TestRegistry {
    state: Arc<State>,
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for TestRegistry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Limits in milliseconds, so that what runs out of time does so at once; wide enough for a busy machine.
pub fn quick_limits() -> Limits {
    Limits {
        connect: Duration::from_secs(1),
        idle: Duration::from_millis(1_500),
        whole: Duration::from_millis(2_500),
        retry_wait: Duration::from_millis(2),
        host_wait: Duration::from_millis(200),
        helper: Duration::from_secs(2),
        ..Limits::default()
    }
}

/// All answers to a question.
pub async fn ask(source: &dyn Source, question: Question) -> Vec<Answer> {
    ask_as(source, question, Urgency::Background).await
}

/// All answers to a question for which somebody waits.
pub async fn ask_as(source: &dyn Source, question: Question, urgency: Urgency) -> Vec<Answer> {
    let (answers, mut receiver) = Answers::channel(4);
    let answers = answers.urgently(urgency);
    let asking = async {
        source.ask(&question, &answers).await;
        drop(answers);
    };
    let collecting = async {
        let mut all = Vec::new();
        while let Some(answer) = receiver.recv().await {
            all.push(answer);
        }
        all
    };
    // `answers` moves into `asking`, so that the channel closes when it is done.
    let ((), all) = tokio::join!(asking, collecting);
    all
}

/// A name and password as a person gives them.
pub fn credentials(username: &str, password: &str) -> CredentialSource {
    CredentialSource::Explicit {
        username: username.to_owned(),
        password: Secret::new(password),
    }
}

impl TestRegistry {
    /// A registry that behaves.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A registry that is so.
    pub async fn with(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if options.is_tls { "https" } else { "http" };
        let acceptor = options
            .is_tls
            .then(|| super::certificates::acceptor(options.wants_certificate));
        let state = Arc::new(State {
            options,
            address: format!("{scheme}://127.0.0.1:{port}"),
            repositories: Mutex::default(),
            faults: Mutex::default(),
            seen: Mutex::default(),
            tokens: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let (state, acceptor) = (Arc::clone(&shared), acceptor.clone());
                connections.spawn(async move {
                    let answer = |request: Request| state.answer(&request);
                    match acceptor {
                        None => server::serve(stream, answer).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                server::serve(stream, answer).await;
                            }
                        }
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { state, port, task }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.state.address
    }

    pub fn host(&self) -> Host {
        Host::parse(&format!("127.0.0.1:{}", self.port)).unwrap()
    }

    pub fn origin(&self) -> Origin {
        Origin::new(self.host().as_str())
    }

    pub fn repository(&self, path: &str) -> Repository {
        Repository::new(&self.origin(), path)
    }

    /// Settings for a client of this registry, with quick limits.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::new(self.host());
        settings.limits = quick_limits();
        settings.tls.plain_http = !self.state.options.is_tls;
        settings.concurrency = Concurrency::default();
        if self.state.options.is_tls {
            settings.tls.ca_file = Some(super::certificates::ca_file());
        }
        settings
    }

    /// An anonymous client.
    pub fn client(&self) -> Registry {
        Registry::new(self.settings()).unwrap()
    }

    /// A client with a name and password.
    pub fn client_as(&self, username: &str, password: &str) -> Registry {
        let credentials = credentials(username, password);
        Registry::new(Settings {
            credentials,
            ..self.settings()
        })
        .unwrap()
    }

    /// Puts a blob.
    pub fn blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let mut repositories = self.state.repositories.lock().unwrap();
        repositories
            .entry(repository.to_owned())
            .or_default()
            .blobs
            .insert(digest.to_string(), bytes.to_vec());
        digest
    }

    /// Puts a manifest; it need not be one.
    pub fn manifest(&self, repository: &str, media_type: &str, text: &str) -> Descriptor {
        let digest = Digest::of(text.as_bytes());
        self.put(repository, &digest.to_string(), media_type, text.as_bytes());
        Descriptor::new(media_type, digest, text.len() as u64)
    }

    /// Puts a manifest under a digest that need not be its own.
    pub fn put(&self, repository: &str, digest: &str, media_type: &str, bytes: &[u8]) {
        let mut repositories = self.state.repositories.lock().unwrap();
        let holdings = repositories.entry(repository.to_owned()).or_default();
        holdings
            .manifests
            .insert(digest.to_owned(), (media_type.to_owned(), bytes.to_vec()));
        let manifest: Value = serde_json::from_slice(bytes).unwrap_or_default();
        if let Some(subject) = manifest["subject"]["digest"].as_str() {
            let entry = json!({
                "mediaType": media_type,
                "digest": digest,
                "size": bytes.len(),
                "artifactType": manifest["artifactType"],
                "annotations": manifest["annotations"],
            });
            holdings
                .referrers
                .entry(subject.to_owned())
                .or_default()
                .insert(digest.to_owned(), entry);
        }
    }

    /// Moves or makes a tag; any name will do.
    pub fn tag(&self, repository: &str, tag: &str, target: &Descriptor) {
        let mut repositories = self.state.repositories.lock().unwrap();
        let tags = &mut repositories.entry(repository.to_owned()).or_default().tags;
        tags.insert(tag.to_owned(), target.digest.to_string());
    }

    /// Misbehaves at this path, or at all that begin like it (`/v2/*`); with `?`, only where the query has what follows
    /// it. A later fault at the same path comes first; one that is used up does not count.
    pub fn fault(&self, path: &str, fault: Fault) {
        self.state
            .faults
            .lock()
            .unwrap()
            .push((path.to_owned(), fault));
    }

    /// Behaves again everywhere.
    pub fn heal(&self) {
        self.state.faults.lock().unwrap().clear();
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// How many requests of a kind there were.
    pub fn count(&self, kind: &str) -> usize {
        self.state
            .seen
            .lock()
            .unwrap()
            .iter()
            .filter(|seen| seen.kind == kind)
            .count()
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.state.seen.lock().unwrap().len()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.state.seen.lock().unwrap().clear();
    }
}
