//! A registry in this process, on a port of this machine, that behaves, counts, and misbehaves when told to.
//!
//! ```ignore
//! let registry = TestRegistry::start().await;
//! let image = registry.tagged_image("app", "1.0");
//! registry.referrer("app", &image, "text/spdx+json", "one");
//! registry.fault("/v2/app/tags/list", Fault::status(500).times(1));
//! let answers = ask(&registry.client(), Question::Tags(registry.repository("app"))).await;
//! assert_eq!(registry.count("tags"), 2);
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use regscope::oci::target::Host;
use regscope::oci::{Answer, Descriptor, Digest, Origin, Question, Repository};
use regscope::source::registry::{Concurrency, CredentialSource, Registry, Secret, Settings};
use regscope::source::{Answers, Limits, Source};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::fault::Fault;
use super::server::{self, Request, Response};

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

#[derive(Default)]
struct Holdings {
    manifests: BTreeMap<String, (String, Vec<u8>)>,
    blobs: HashMap<String, Vec<u8>>,
    tags: BTreeMap<String, String>,
    /// By subject, as the referrers API describes them.
    referrers: HashMap<String, BTreeMap<String, Value>>,
}

struct State {
    options: Options,
    address: String,
    repositories: Mutex<BTreeMap<String, Holdings>>,
    faults: Mutex<Vec<(String, Fault)>>,
    seen: Mutex<Vec<Seen>>,
    tokens: Mutex<HashMap<String, (String, usize)>>,
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
        idle: Duration::from_millis(800),
        whole: Duration::from_millis(2_500),
        retry_wait: Duration::from_millis(2),
        host_wait: Duration::from_millis(200),
        helper: Duration::from_secs(2),
        ..Limits::default()
    }
}

/// All answers to a question.
pub async fn ask(source: &dyn Source, question: Question) -> Vec<Answer> {
    let (answers, mut receiver) = Answers::channel(4);
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
        let acceptor = options.is_tls.then(super::certificates::acceptor);
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

    /// Misbehaves at this path. A later fault at the same path comes first; one that is used up does not count.
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

impl State {
    fn answer(&self, request: &Request) -> Response {
        let kind = kind_of(request.path());
        self.seen.lock().unwrap().push(Seen {
            kind,
            request: request.clone(),
        });
        let fault = self.take_fault(request.path());
        let mut response = match &fault {
            Some(Fault {
                make: Some(make), ..
            }) => make(request),
            Some(Fault {
                status: Some(status),
                body: Some(body),
                ..
            }) => Response {
                status: *status,
                headers: Vec::new(),
                body: body.clone(),
                delay: Duration::ZERO,
            },
            _ => self.behave(kind, request),
        };
        response.delay = self.options.delay;
        if let Some(fault) = fault {
            response.delay += fault.delay;
            for (name, value) in &fault.headers {
                response = response.header(name, value);
            }
        }
        response
    }

    fn take_fault(&self, path: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let fits = |(place, fault): &&mut (String, Fault)| {
            let is_there = place == path
                || place
                    .strip_suffix('*')
                    .is_some_and(|start| path.starts_with(start));
            is_there && fault.left != Some(0)
        };
        let (_, fault) = faults.iter_mut().rev().find(fits)?;
        if let Some(left) = &mut fault.left {
            *left -= 1;
        }
        Some(fault.clone())
    }

    fn behave(&self, kind: &'static str, request: &Request) -> Response {
        if kind == "token" {
            return self.give_token(request);
        }
        if let Some(refusal) = self.refuse(kind, request) {
            return refusal;
        }
        let rest = request.path().strip_prefix("/v2/").unwrap_or_default();
        if kind == "catalog" {
            let names = self.repositories.lock().unwrap().keys().cloned().collect();
            return self.page(request, "repositories", names);
        }
        let Some((path, what, name)) = split(rest) else {
            return Response::new(200, "application/json", "{}");
        };
        let repositories = self.repositories.lock().unwrap();
        let Some(holdings) = repositories.get(path) else {
            return error(404, "NAME_UNKNOWN", "repository name not known to registry");
        };
        match what {
            "tags" => {
                let names = holdings.tags.keys().cloned().collect();
                drop(repositories);
                self.page(request, "tags", names)
            }
            "manifests" => {
                let digest = holdings.tags.get(name).map_or(name, String::as_str);
                let Some((media_type, bytes)) = holdings.manifests.get(digest) else {
                    return error(404, "MANIFEST_UNKNOWN", "manifest unknown");
                };
                let accepted = request
                    .headers
                    .get("accept")
                    .is_some_and(|accept| accept.contains(media_type.as_str()));
                if !accepted && media_type.contains("vnd.") {
                    return error(404, "MANIFEST_UNKNOWN", "accept header does not support it");
                }
                let response = Response::new(200, media_type, bytes.clone());
                if self.options.sends_digest {
                    response.header("Docker-Content-Digest", digest)
                } else {
                    response
                }
            }
            "blobs" => match holdings.blobs.get(name) {
                Some(bytes) => Response::new(200, "application/octet-stream", bytes.clone()),
                None => error(404, "BLOB_UNKNOWN", "blob unknown to registry"),
            },
            "referrers" if self.options.has_referrers_api => {
                let referrers: Vec<&Value> = holdings
                    .referrers
                    .get(name)
                    .iter()
                    .flat_map(|all| all.values())
                    .collect();
                let index = json!({
                    "schemaVersion": 2,
                    "mediaType": super::content::INDEX,
                    "manifests": referrers,
                });
                Response::new(200, super::content::INDEX, index.to_string())
            }
            _ => Response::new(404, "text/plain", "404 page not found\n"),
        }
    }

    fn page(&self, request: &Request, key: &str, names: Vec<String>) -> Response {
        let options = &self.options;
        let asked = request
            .query("n")
            .and_then(|n| n.parse::<usize>().ok())
            .filter(|_| options.honours_n);
        let size = asked.unwrap_or(options.page_size).min(options.page_size);
        let last = request.query("last").filter(|_| options.honours_last);
        let mut rest = names
            .into_iter()
            .skip_while(|name| last.as_ref().is_some_and(|last| name <= last));
        let page: Vec<String> = rest.by_ref().take(size).collect();
        let body = match key {
            "tags" => json!({"name": "x", "tags": page}),
            _ => json!({"repositories": page}),
        };
        let response = Response::new(200, "application/json", body.to_string());
        match (rest.next(), page.last()) {
            (Some(_), Some(last)) if options.sends_link => {
                let path = request.path();
                response.header(
                    "Link",
                    &format!("<{path}?n={size}&last={last}>; rel=\"next\""),
                )
            }
            _ => response,
        }
    }

    fn refuse(&self, kind: &str, request: &Request) -> Option<Response> {
        let authorization = request
            .headers
            .get("authorization")
            .map(String::as_str)
            .unwrap_or_default();
        match &self.options.auth {
            Access::Open => None,
            Access::Basic(user, password) => (authorization != basic(user, password)).then(|| {
                error(401, "UNAUTHORIZED", "authentication required")
                    .header("WWW-Authenticate", "Basic realm=\"test\"")
            }),
            Access::Token(server) => {
                let scope = scope_of(kind, request.path());
                let mut tokens = self.tokens.lock().unwrap();
                let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
                if let Some((granted, uses)) = tokens.get_mut(token)
                    && *granted == scope
                    && *uses > 0
                {
                    *uses -= 1;
                    return None;
                }
                let realm = match server.realm.as_str() {
                    "" => format!("{}/token", self.address),
                    realm => realm.to_owned(),
                };
                let challenge =
                    format!("Bearer realm=\"{realm}\",service=\"test\",scope=\"{scope}\"");
                Some(
                    error(401, "UNAUTHORIZED", "authentication required")
                        .header("WWW-Authenticate", &challenge),
                )
            }
        }
    }

    fn give_token(&self, request: &Request) -> Response {
        let Access::Token(server) = &self.options.auth else {
            return Response::new(404, "text/plain", "no");
        };
        if let Some((user, password)) = server.user {
            let is_basic = request
                .headers
                .get("authorization")
                .is_some_and(|value| *value == basic(user, password));
            let is_refresh = request.method == "POST"
                && request.form("refresh_token").as_deref() == Some(password);
            if !is_basic && !is_refresh {
                let body = json!({"details": "incorrect username or password"});
                return Response::new(401, "application/json", body.to_string());
            }
        }
        let scope = request
            .query("scope")
            .or_else(|| request.form("scope"))
            .unwrap_or_default();
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("token-{}", tokens.len());
        tokens.insert(token.clone(), (scope, server.uses));
        let mut body = json!({"token": token});
        if let Some(seconds) = server.expires_in {
            body["expires_in"] = seconds.into();
        }
        Response::new(200, "application/json", body.to_string())
    }
}

fn basic(user: &str, password: &str) -> String {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {pair}")
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let body = json!({"errors": [{"code": code, "message": message, "detail": null}]});
    Response::new(status, "application/json", body.to_string())
}

/// `team/app/manifests/1.0` in three.
fn split(rest: &str) -> Option<(&str, &'static str, &str)> {
    for what in ["tags", "manifests", "blobs", "referrers"] {
        if let Some((path, name)) = rest.rsplit_once(&format!("/{what}/")) {
            return Some((path, what, name));
        }
    }
    None
}

fn scope_of(kind: &str, path: &str) -> String {
    let rest = path.strip_prefix("/v2/").unwrap_or_default();
    match (kind, split(rest)) {
        ("catalog", _) => "registry:catalog:*".to_owned(),
        (_, Some((repository, ..))) => format!("repository:{repository}:pull"),
        _ => String::new(),
    }
}

fn kind_of(path: &str) -> &'static str {
    let rest = path.strip_prefix("/v2/").unwrap_or_default();
    match split(rest) {
        _ if path == "/token" => "token",
        _ if rest == "_catalog" => "catalog",
        _ if rest.ends_with("/_oras/artifacts/referrers") => "oras",
        Some((_, "tags", _)) => "tags",
        Some((_, "manifests", name)) if name.contains(':') => "manifest",
        Some((_, "manifests", _)) => "tag",
        Some((_, "blobs", _)) => "blob",
        Some((_, "referrers", _)) => "referrers",
        _ => "other",
    }
}
