//! From what is wanted to an answer: a slot, a pass, a request, and another try where one helps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use tokio::sync::OnceCell;
use url::Url;

use super::credentials::Credentials;
use super::error::RequestError;
use super::log::RequestKind;
use super::origin::WebOrigin;
use super::pace::ConcurrencyLimit;
use super::request::{Carrier, Exchange, Reply, Tally, Transport};
use super::retry::{RateLimit, RateLimitPause, Retries};
use super::tls::{self, Clients, SetupError, TlsSettings};
use super::token::{Auth, Authorization, Scope};
use super::{Settings, api_host};
use crate::oci::target::Host;
use crate::source::Urgency;

/// What is wanted from the registry.
pub(super) struct Wanted<'a> {
    pub(super) kind: RequestKind,
    pub(super) method: Method,
    /// Below `/v2/`, or with [`Place::Page`] the whole address.
    pub(super) place: Place<'a>,
    pub(super) accept: &'static str,
    pub(super) scope: Scope,
    pub(super) urgency: Urgency,
}

/// Where something is.
pub(super) enum Place<'a> {
    /// A path below `/v2/`, of names that were checked, and its query.
    Path(&'a str, &'a [(&'a str, &'a str)]),
    /// A page that the registry itself named, on its own origin.
    Page(&'a Url),
}

/// The client of one host.
pub(super) struct Client {
    pub(super) host: Host,
    pub(super) transport: Transport,
    pub(super) rate_pause: RateLimitPause,
    pub(super) pace: Arc<ConcurrencyLimit>,
    pub(super) skips_verification: bool,
    tls: TlsSettings,
    credentials: Mutex<Option<Credentials>>,
    /// Where the registry is and how it is asked. Found out by the first request, for this machine alone.
    reached: OnceCell<Reached>,
    rate_limit: Mutex<Option<RateLimit>>,
    announces_oras: AtomicBool,
}

struct Reached {
    base: Url,
    auth: Auth,
}

impl Client {
    pub(super) fn new(settings: Settings, user_agent: &str) -> Result<Self, SetupError> {
        let clients = Clients::new(&settings.host, &settings.tls, &settings.limits, user_agent)?;
        let name = api_host(&settings.host);
        if Url::parse(&format!("https://{name}/v2/")).is_err() {
            return Err(SetupError::Host(name.to_owned()));
        }
        let credentials =
            Credentials::new(&settings.host, settings.credentials, settings.limits.helper);
        Ok(Self {
            pace: ConcurrencyLimit::new(settings.concurrency, settings.host.is_loopback()),
            host: settings.host,
            transport: Transport {
                clients,
                limits: settings.limits,
                log: settings.log,
                tally: Tally::default(),
                budget: settings.budget,
            },
            rate_pause: RateLimitPause::default(),
            skips_verification: settings.tls.skip_verification,
            tls: settings.tls,
            credentials: Mutex::new(Some(credentials)),
            reached: OnceCell::new(),
            rate_limit: Mutex::default(),
            announces_oras: AtomicBool::new(false),
        })
    }

    pub(super) fn rate_limit(&self) -> Option<RateLimit> {
        *self
            .rate_limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request and gives the registry's answer, whatever its status but 401 and 429. Errors: there is none,
    /// or it is over a limit, or we are not let in.
    pub(super) async fn fetch(&self, wanted: &Wanted<'_>) -> Result<Reply, RequestError> {
        let began = Instant::now();
        let reached = self.reached().await?;
        // Finding out whether it speaks TLS was waiting for its first byte, too.
        let probed = began.elapsed();
        let url = match wanted.place {
            Place::Page(url) => url.clone(),
            Place::Path(path, query) => {
                let unreadable = |_| RequestError::Invalid("the name makes no address".to_owned());
                let mut url = reached.base.join(path).map_err(unreadable)?;
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(query);
                }
                url
            }
        };
        let limits = &self.transport.limits;
        let retries = Retries {
            limits,
            rate_pause: &self.rate_pause,
            urgency: wanted.urgency,
        };
        retries
            .send(&wanted.method, |attempt| {
                let before = if attempt == 1 { probed } else { Duration::ZERO };
                self.once(reached, wanted, url.clone(), attempt, before)
            })
            .await
    }

    /// Whether any answer said that the registry has ORAS' artifacts API (ORAS artifacts-spec, "Referrers API").
    pub(super) fn announces_oras(&self) -> bool {
        self.announces_oras.load(Ordering::Relaxed)
    }

    /// One try: with what the registry is known to want, and once more with what it then asks for.
    async fn once(
        &self,
        reached: &Reached,
        wanted: &Wanted<'_>,
        url: Url,
        attempt: u32,
        before: Duration,
    ) -> Result<Reply, RequestError> {
        let auth = &reached.auth;
        let alone = auth.first_of_all().await;
        let carrier = Carrier {
            transport: &self.transport,
            urgency: wanted.urgency,
        };
        let authorization = auth.authorization(carrier, &wanted.scope, None).await?;
        let mut exchange = Exchange {
            method: wanted.method.clone(),
            authorization: authorization.header.clone(),
            waited: before,
            ..Exchange::get(wanted.kind, url, wanted.accept)
        };
        let first = self.paced(&exchange, auth, (attempt, wanted.urgency)).await;
        let reply = match first {
            Ok(reply) if reply.status == StatusCode::UNAUTHORIZED && !reply.is_foreign => reply,
            other => {
                auth.is_open();
                return other;
            }
        };
        let learned = auth.learn(&reply, &wanted.scope, &authorization).await;
        drop(alone);
        learned?;
        let renewed: Authorization = auth
            .authorization(carrier, &wanted.scope, Some(&authorization))
            .await?;
        if renewed.header.is_none() {
            return Err(auth.refused(&reply, &wanted.scope).await);
        }
        exchange.authorization = renewed.header;
        exchange.waited = Duration::ZERO;
        let reply = self
            .paced(&exchange, auth, (attempt, wanted.urgency))
            .await?;
        if reply.status == StatusCode::UNAUTHORIZED && !reply.is_foreign {
            return Err(auth.refused(&reply, &wanted.scope).await);
        }
        Ok(reply)
    }

    /// Sends in a slot, and tells the gate how it went.
    async fn paced(
        &self,
        exchange: &Exchange,
        auth: &Auth,
        (attempt, urgency): (u32, Urgency),
    ) -> Result<Reply, RequestError> {
        let permit = loop {
            let permit = self.pace.enter(urgency).await;
            if self.rate_pause.until().is_none() {
                break permit;
            }
            // While this one stood in the queue, another was told to leave the host alone.
            drop(permit);
            let most = self.transport.limits.host_wait;
            self.rate_pause.wait(most, urgency).await?;
        };
        let result = self
            .transport
            .send(exchange, auth.registry(), attempt)
            .await;
        match &result {
            Ok(reply) if matches!(reply.status.as_u16(), 429 | 503) => permit.congested(),
            Ok(reply)
                if matches!(
                    reply.broken,
                    Some(RequestError::Silent(_) | RequestError::Slow(_))
                ) =>
            {
                permit.congested();
            }
            Ok(reply) if is_measure(exchange.kind) => permit.answered(reply.delay),
            Err(RequestError::Unanswered(_) | RequestError::Silent(_) | RequestError::Slow(_)) => {
                permit.congested();
            }
            _ => {}
        }
        if let Some(reply) = result.as_ref().ok().filter(|reply| !reply.is_foreign) {
            if reply.headers.contains_key("oras-api-version") {
                self.announces_oras.store(true, Ordering::Relaxed);
            }
            if let Some(limit) = RateLimit::of(&reply.headers) {
                *self
                    .rate_limit
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(limit);
            }
        }
        result
    }

    async fn reached(&self) -> Result<&Reached, RequestError> {
        self.reached
            .get_or_try_init(|| async {
                let is_tls = if self.tls.plain_http {
                    false
                } else if self.tls.ca_file.is_some() || !self.host.is_loopback() {
                    true
                } else {
                    tls::answers_tls(&self.host, &self.transport.limits, &self.transport.clients)
                        .await
                };
                let scheme = if is_tls { "https" } else { "http" };
                let text = format!("{scheme}://{}/v2/", api_host(&self.host));
                let unreadable = || {
                    RequestError::Local(format!("`{}` is no host that can be reached", self.host))
                };
                let base = Url::parse(&text).map_err(|_| unreadable())?;
                let origin = WebOrigin::of(&base).ok_or_else(unreadable)?;
                let credentials = self
                    .credentials
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                let auth = Auth::new(origin, base.clone(), credentials.ok_or_else(unreadable)?);
                Ok(Reached { base, auth })
            })
            .await
    }
}

/// Whether the delay of such a request says how busy the host is. Lists take a registry long however idle it is.
fn is_measure(kind: RequestKind) -> bool {
    matches!(
        kind,
        RequestKind::Tag
            | RequestKind::TagDigest
            | RequestKind::Manifest
            | RequestKind::Config
            | RequestKind::Referrers
    )
}
