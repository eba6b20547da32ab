//! One request: sent, redirected by our own rules, and read under limits of size and time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue,
    LOCATION,
};
use reqwest::{Method, Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::body::{BodyLimit, ERROR_BYTES, Room};
use super::budget::RequestBudget;
use super::error::{RequestError, words_of};
use super::log::{Pending, RequestKind, RequestLog};
use super::origin::{RedirectError, WebOrigin, redirect_target};
use super::proxy::Proxy;
use super::tls::Clients;
use crate::oci::media_type::essence;
use crate::source::{Answers, Limits, Urgency};

/// What is sent.
pub(super) struct Exchange {
    pub(super) kind: RequestKind,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: &'static str,
    /// Goes to the origin of `url` alone.
    pub(super) authorization: Option<HeaderValue>,
    /// A form (RFC 1866, section 8.2.1), for token servers.
    pub(super) form: Option<String>,
    /// How long the host was waited for before this is sent, without a byte from it.
    pub(super) waited: Duration,
}

impl Exchange {
    pub(super) fn get(kind: RequestKind, url: Url, accept: &'static str) -> Self {
        Self {
            kind,
            method: Method::GET,
            url,
            accept,
            authorization: None,
            form: None,
            waited: Duration::ZERO,
        }
    }
}

/// What came back, read whole or up to its limit.
pub(super) struct Reply {
    /// The address that was asked, before any redirect.
    pub(super) asked: Url,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Whether the body went on beyond the limit; only where [`BodyLimit::keeps_start`].
    pub(super) is_cut: bool,
    /// Why the body ends before its end, which alone is of use; only where [`BodyLimit::keeps_start`].
    pub(super) broken: Option<RequestError>,
    /// Whether another origin gave it: then its headers say nothing of the registry.
    pub(super) is_foreign: bool,
    /// The host that gave it.
    host: String,
    /// From sending to the answer's head, of the last redirect.
    pub(super) delay: Duration,
    /// Room in memory for the body and what is made of it.
    room: Room,
}

/// By what a request is sent, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    pub(super) transport: &'a Transport,
    pub(super) urgency: Urgency,
}

impl Reply {
    /// A header as text; absent where it is missing or no visible ASCII.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The content type, or nothing.
    pub(super) fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE.as_str()).unwrap_or_default()
    }

    /// The body. The room that it takes stays taken until the reply is dropped, so drop it when the body is parsed.
    pub(super) fn take_body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }

    /// Leaves the memory that the body takes to whoever takes the answers: what is made of it is as large.
    pub(super) fn leave_memory(&mut self, answers: &Answers) {
        answers
            .memory()
            .leave(std::mem::take(&mut self.room).into_permit());
    }

    /// The reply, if its status says that it is what was asked for.
    pub(super) fn success(self) -> Result<Self, RequestError> {
        if self.status == StatusCode::OK {
            return Ok(self);
        }
        Err(self.status_error(""))
    }

    /// What a status other than success means, with more words than the answer's own, possibly none.
    pub(super) fn status_error(&self, more: &str) -> RequestError {
        let said = words_of(&self.body);
        let said = [said.as_str(), more]
            .into_iter()
            .filter(|words| !words.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
        let status = self.status.as_u16();
        self.elsewhere(RequestError::Status { status, said })
    }

    /// An error of this answer, with the host that it came from where that is not the registry.
    pub(super) fn elsewhere(&self, error: RequestError) -> RequestError {
        if self.is_foreign {
            let (host, error) = (self.host.clone(), Box::new(error));
            RequestError::Elsewhere { host, error }
        } else {
            error
        }
    }

    /// Where `body`, which should be `what`, is a page for people: that it is, and what that means.
    pub(super) fn is_page_instead_of(&self, what: &str, body: &[u8]) -> Option<RequestError> {
        let start = body.trim_ascii_start();
        // Some registries give JSON as whatever comes to their mind.
        let is_page = start.starts_with(b"<")
            || essence(self.content_type()) == "text/html" && !start.starts_with(b"{");
        is_page.then(|| {
            self.elsewhere(RequestError::Invalid(format!(
                "what came is a page for people, not {what}; this may be no registry, or a login page before it: see \
                 the address in a browser"
            )))
        })
    }
}

/// Sends requests of one registry.
pub(super) struct Transport {
    pub(super) clients: Clients,
    pub(super) limits: Limits,
    pub(super) log: Arc<RequestLog>,
    pub(super) tally: Tally,
    pub(super) budget: RequestBudget,
}

/// What this registry alone cost; the log may be shared by several.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Transport {
    /// Sends `exchange` and reads the answer, following redirects. `registry` is where the client certificate and a
    /// skipped verification belong. `attempt` counts from 1.
    pub(super) async fn send(
        &self,
        exchange: &Exchange,
        registry: &WebOrigin,
        attempt: u32,
    ) -> Result<Reply, RequestError> {
        let whole = match exchange.kind {
            // A document has eight times the size of a manifest; this still ends one that drips.
            RequestKind::Document => self.limits.whole.saturating_mul(8),
            _ => self.limits.whole,
        };
        let deadline = Deadline {
            at: Instant::now() + whole,
            whole,
        };
        let mut url = exchange.url.clone();
        let first = WebOrigin::of(&url);
        let mut visited = HashSet::from([url.clone()]);
        let mut is_foreign = false;
        loop {
            self.budget.take()?;
            self.tally.requests.fetch_add(1, Ordering::Relaxed);
            let is_own = !is_foreign && first.as_ref() == Some(registry);
            let mut pending =
                self.log
                    .begin(exchange.kind, method_name(&exchange.method), &url, attempt);
            let hop = self.hop(exchange, &url, (is_own, is_foreign), deadline);
            let (response, delay) = match hop.await {
                Ok(answer) => answer,
                Err(error) => {
                    pending.failed(&error);
                    return Err(elsewhere(error, &url, is_foreign));
                }
            };
            pending.answered(response.status().as_u16());
            if let Err(error) = self.check_head(&url, &response) {
                pending.failed(&error);
                return Err(elsewhere(error, &url, is_foreign));
            }
            if !is_redirect(response.status()) || exchange.form.is_some() {
                let read = self.read(exchange, response, &mut pending, deadline).await;
                if let Err(error)
                | Ok(Reply {
                    broken: Some(error),
                    ..
                }) = &read
                {
                    pending.failed(error);
                }
                return match read {
                    Ok(reply) => Ok(Reply {
                        is_foreign,
                        host: host_of(&url),
                        broken: reply.broken.map(|error| elsewhere(error, &url, is_foreign)),
                        delay,
                        ..reply
                    }),
                    Err(error) => Err(elsewhere(error, &url, is_foreign)),
                };
            }
            match self.redirected(&response, &url, &mut visited) {
                Ok(next) => url = next,
                Err(error) => {
                    // Its status alone would look as if it had been followed.
                    pending.failed(&error);
                    return Err(error.into());
                }
            }
            // Once elsewhere, nothing of ours is sent any more, even back to where we came from: it would be sent to
            // an address that somebody else chose.
            is_foreign |= WebOrigin::of(&url) != first;
        }
    }

    /// Where a redirect leads, if it is followed.
    fn redirected(
        &self,
        response: &Response,
        from: &Url,
        visited: &mut HashSet<Url>,
    ) -> Result<Url, RedirectError> {
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        // Through a proxy its address is all that is known of whoever answered.
        let answered_here = || {
            response
                .remote_addr()
                .is_some_and(|at| at.ip().is_loopback())
        };
        let is_here = Proxy::of(from).is_none() && answered_here();
        let next = redirect_target(from, location, is_here)?;
        if !visited.insert(next.clone()) {
            return Err(RedirectError::Circle);
        }
        if visited.len() > self.limits.redirects.saturating_add(1) {
            return Err(RedirectError::TooMany(self.limits.redirects));
        }
        Ok(next)
    }

    /// One exchange without redirects, up to the answer's head.
    async fn hop(
        &self,
        exchange: &Exchange,
        url: &Url,
        (is_own, is_foreign): (bool, bool),
        deadline: Deadline,
    ) -> Result<(Response, Duration), RequestError> {
        let client = if is_own {
            self.clients.own(url.scheme() == "https")?
        } else {
            let origin = WebOrigin::of(url);
            self.clients
                .other(origin.is_some_and(|origin| origin.is_loopback))?
        };
        let mut request = client
            .request(exchange.method.clone(), url.clone())
            .header(ACCEPT, exchange.accept)
            .header(ACCEPT_ENCODING, "identity");
        if let Some(authorization) = exchange.authorization.as_ref().filter(|_| !is_foreign) {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(form) = &exchange.form {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.clone());
        }
        let started = Instant::now();
        // Connecting is a part of it: `--timeout` is how long a host may keep us without a byte, whatever it is busy
        // with. A head that comes byte by byte is no answer either.
        let idle = self.limits.idle.saturating_sub(exchange.waited);
        let patience = idle.min(deadline.left());
        let mut sent = std::pin::pin!(request.send());
        let mut result = timeout(patience, &mut sent).await;
        if result.is_err() && self.limits.connect >= patience {
            // The limit for connecting began a moment later. If it ends now, it says better what is missing.
            result = timeout(SAME_MOMENT, &mut sent).await;
        }
        match result {
            Ok(Ok(response)) => Ok((response, started.elapsed())),
            Ok(Err(error)) => Err(self.transport_error(error, url)),
            Err(_) if patience < idle => Err(RequestError::Slow(deadline.whole)),
            Err(_) => Err(RequestError::Unanswered(self.limits.idle)),
        }
    }

    /// Errors: the head is too large, or no answer of the host's (RFC 9110, section 15.5.8: a 407 is a proxy's).
    fn check_head(&self, url: &Url, response: &Response) -> Result<(), RequestError> {
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            && let Some(proxy) = Proxy::of(url)
        {
            return Err(RequestError::Connect(proxy.wants_login()));
        }
        let size: usize = response
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        if size > self.limits.header_bytes {
            return Err(self.headers_exceeded());
        }
        Ok(())
    }

    pub(super) fn headers_exceeded(&self) -> RequestError {
        RequestError::TooLarge {
            what: "the answer's header",
            limit: self.limits.header_bytes as u64,
            setting: "limits.header_bytes",
        }
    }

    async fn read(
        &self,
        exchange: &Exchange,
        mut response: Response,
        pending: &mut Pending<'_>,
        deadline: Deadline,
    ) -> Result<Reply, RequestError> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut reply = Reply {
            asked: exchange.url.clone(),
            status,
            headers,
            body: Vec::new(),
            is_cut: false,
            broken: None,
            is_foreign: false,
            host: String::new(),
            delay: Duration::ZERO,
            room: Room::default(),
        };
        if exchange.method == Method::HEAD {
            return Ok(reply);
        }
        let limit = BodyLimit::of(exchange.kind, &self.limits);
        let is_error = status != StatusCode::OK;
        if !is_error {
            if let Some(encoding) = compression(&reply.headers) {
                return Err(RequestError::Invalid(format!(
                    "the registry sent it compressed ({encoding}), which was not asked for"
                )));
            }
            let stated = response.content_length();
            if stated.is_some_and(|stated| stated > limit.bytes) && !limit.keeps_start {
                return Err(limit.exceeded());
            }
        }
        let most = if is_error {
            ERROR_BYTES.min(limit.bytes)
        } else {
            limit.bytes
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let deadline = if is_error {
            deadline.for_words(self.limits.idle)
        } else {
            deadline
        };
        loop {
            let patience = self.limits.idle.min(deadline.left());
            let error = match timeout(patience, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    pending.read(chunk.len());
                    let bytes = chunk.len() as u64;
                    self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
                    let left = most.saturating_sub(reply.body.len());
                    let taken = chunk.get(..left.min(chunk.len())).unwrap_or_default();
                    reply.body.extend_from_slice(taken);
                    if !is_error {
                        limit.make_room(&mut reply.room, reply.body.len()).await;
                    }
                    if taken.len() == chunk.len() {
                        continue;
                    }
                    if !is_error && !limit.keeps_start {
                        return Err(limit.exceeded());
                    }
                    reply.is_cut = !is_error;
                    return Ok(reply);
                }
                Ok(Ok(None)) => return Ok(reply),
                Ok(Err(error)) => self.transport_error(error, &exchange.url),
                Err(_) if patience < self.limits.idle => RequestError::Slow(deadline.whole),
                Err(_) => RequestError::Silent(self.limits.idle),
            };
            // The status counts; of an error's words it matters little that they broke off.
            if is_error {
                return Ok(reply);
            }
            if limit.keeps_start && !reply.body.is_empty() {
                reply.broken = Some(error);
                return Ok(reply);
            }
            return Err(error);
        }
    }
}

/// When an exchange must be over, redirects and body included.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    /// The limit that it comes from.
    whole: Duration,
}

impl Deadline {
    /// What an error says is read for as long as one byte may take: a server that drips it keeps nobody waiting.
    fn for_words(self, idle: Duration) -> Self {
        Self {
            at: self.at.min(Instant::now() + idle),
            ..self
        }
    }

    fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// Two limits of the same length that began so little apart end together.
const SAME_MOMENT: Duration = Duration::from_millis(50);

/// An error of the exchange with `url`, with its host where that is not the registry.
fn elsewhere(error: RequestError, url: &Url, is_foreign: bool) -> RequestError {
    if is_foreign {
        let (host, error) = (host_of(url), Box::new(error));
        RequestError::Elsewhere { host, error }
    } else {
        error
    }
}

/// The host of a URL, for people.
pub(super) fn host_of(url: &Url) -> String {
    WebOrigin::of(url)
        .map(|origin| origin.shown())
        .unwrap_or_default()
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "GET",
    }
}

/// The content encoding that was not asked for.
fn compression(headers: &HeaderMap) -> Option<&str> {
    let encoding = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim();
    (!encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")).then_some(encoding)
}
