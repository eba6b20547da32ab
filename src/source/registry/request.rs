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
use super::error::{RequestError, chain_in_words, words_of};
use super::log::{Pending, RequestKind, RequestLog};
use super::origin::{RedirectError, WebOrigin, redirect_target};
use super::tls::Clients;
use crate::source::{Limits, room};

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
    /// From sending to the answer's head, of the last redirect.
    pub(super) delay: Duration,
    /// Room in memory for the body and what is made of it.
    room: Room,
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

    /// Leaves the room that the body takes to whoever takes the answer in: what is made of it is as large.
    pub(super) fn keep_room(&mut self) {
        room::keep(std::mem::take(&mut self.room).into_permit());
    }

    /// The reply, if its status says that it is what was asked for.
    pub(super) fn success(self) -> Result<Self, RequestError> {
        if self.status == StatusCode::OK {
            return Ok(self);
        }
        Err(RequestError::Status {
            status: self.status.as_u16(),
            said: words_of(&self.body),
        })
    }
}

/// Sends requests of one registry.
pub(super) struct Transport {
    pub(super) clients: Clients,
    pub(super) limits: Limits,
    pub(super) log: Arc<RequestLog>,
    pub(super) tally: Tally,
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
                    return Err(error);
                }
            };
            pending.answered(response.status().as_u16());
            self.check_headers(response.headers())?;
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
                return read.map(|reply| Reply {
                    is_foreign,
                    delay,
                    ..reply
                });
            }
            let location = response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok());
            url = redirect_target(&url, location)?;
            // Once elsewhere, nothing of ours is sent any more, even back to where we came from: it would be sent to
            // an address that somebody else chose.
            is_foreign |= WebOrigin::of(&url) != first;
            if !visited.insert(url.clone()) {
                return Err(RedirectError::Circle.into());
            }
            if visited.len() > self.limits.redirects.saturating_add(1) {
                return Err(RedirectError::TooMany(self.limits.redirects).into());
            }
        }
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
            self.clients.other()?
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

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), RequestError> {
        let size: usize = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        if size > self.limits.header_bytes {
            return Err(self.headers_exceeded());
        }
        Ok(())
    }

    fn headers_exceeded(&self) -> RequestError {
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

    /// What went wrong below HTTP, told with what to do.
    fn transport_error(&self, error: reqwest::Error, url: &Url) -> RequestError {
        let host = WebOrigin::of(url)
            .map(|origin| origin.shown())
            .unwrap_or_default();
        let error = error.without_url();
        let words = chain_in_words(&error);
        let lower = words.to_ascii_lowercase();
        if lower.contains("head is too large") || lower.contains("header list") {
            return self.headers_exceeded();
        }
        // TLS 1.3 tells it only after the connection stands, so that it looks like one that broke.
        if lower.contains("fatal alert") && lower.contains("certificate") {
            return RequestError::Connect(format!(
                "{host} does not take the client's certificate, or wants one ({words})"
            ));
        }
        if !error.is_connect() {
            return RequestError::Lost(words);
        }
        if error.is_timeout() {
            return RequestError::Connect(format!(
                "no connection to {host} within {}: check the network and the proxy",
                crate::source::limits::duration_in_words(self.limits.connect)
            ));
        }
        let advice = if error.is_dns()
            || lower.contains("dns error")
            || lower.contains("lookup address")
        {
            format!("there is no host {host}: check its name and the network ({words})")
        } else if lower.contains("connection refused") {
            format!(
                "nothing listens at {host}: check that the registry runs and its port is right ({words})"
            )
        } else if lower.contains("tunnel") || lower.contains("proxy") {
            format!("the proxy does not lead to {host}: check HTTPS_PROXY and NO_PROXY ({words})")
        } else if lower.contains("certificate") || lower.contains("unknownissuer") {
            format!(
                "the certificate of {host} is not trusted: give its authority with --ca-file ({words})"
            )
        } else if url.scheme() == "https" {
            format!(
                "no TLS connection to {host}: for a registry without TLS give --plain-http ({words})"
            )
        } else {
            format!("no connection to {host}: {words}")
        };
        RequestError::Connect(advice)
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
    fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// Two limits of the same length that began so little apart end together.
const SAME_MOMENT: Duration = Duration::from_millis(50);

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
