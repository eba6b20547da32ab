//! How a registry can misbehave.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::server::{Request, Response};

/// What is answered in place of what the registry would answer, or on top of it.
///
/// ```ignore
/// registry.fault("/v2/app/manifests/1.0", Fault::status(429).header("Retry-After", "1").times(2));
/// ```
#[derive(Clone)]
pub struct Fault {
    /// Makes the whole answer.
    pub make: Option<Make>,
    pub status: Option<u16>,
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
    /// How often; then the registry behaves again.
    pub left: Option<u32>,
    /// Waits so long before answering.
    pub delay: Duration,
}

/// Makes an answer to a request.
pub type Make = Arc<dyn Fn(&Request) -> Response + Send + Sync>;

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} {:?}", self.status, self.headers, self.body)
    }
}

/// A body and the way in which it is sent.
#[derive(Clone, Debug)]
pub enum Body {
    /// As it should be.
    Whole(Vec<u8>),
    /// With a `Content-Length` that is this much too long; then the connection ends.
    Truncated(Vec<u8>, usize),
    /// A byte at a time.
    Dripping(Vec<u8>, Duration),
    /// This again and again without an end (chunked).
    Endless(Vec<u8>),
    /// This, and then nothing while the connection stays.
    Stalled(Vec<u8>),
    /// Not even a head.
    Silent,
    /// These bytes in place of any HTTP; then the connection ends.
    Raw(Vec<u8>),
    /// The first bytes in place of any HTTP, then the others again and again, so far apart, without an end.
    RawEndless(Vec<u8>, Vec<u8>, Duration),
}

impl Fault {
    fn empty() -> Self {
        Self {
            make: None,
            status: None,
            headers: Vec::new(),
            body: None,
            left: None,
            delay: Duration::ZERO,
        }
    }

    /// An answer with this status and an empty body.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            body: Some(Body::Whole(Vec::new())),
            ..Self::empty()
        }
    }

    /// A good answer with this body; the registry's own headers are not sent.
    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: Some(200),
            body: Some(Body::Whole(body.into())),
            ..Self::empty()
        }
    }

    /// An error in the form of the specification.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body =
            serde_json::json!({"errors": [{"code": code, "message": message, "detail": null}]});
        Self {
            status: Some(status),
            ..Self::body(body.to_string())
        }
    }

    /// The registry's own answer, with one header more (or another value of it).
    pub fn with_header(name: &str, value: &str) -> Self {
        Self::empty().header(name, value)
    }

    /// The registry's own answer, later.
    pub fn late(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::empty()
        }
    }

    pub fn redirect(to: impl AsRef<str>) -> Self {
        Self::status(307).header("Location", to.as_ref())
    }

    pub fn truncated(body: impl Into<Vec<u8>>, missing: usize) -> Self {
        Self {
            status: Some(200),
            body: Some(Body::Truncated(body.into(), missing)),
            ..Self::empty()
        }
    }

    pub fn dripping(body: impl Into<Vec<u8>>, every: Duration) -> Self {
        Self {
            status: Some(200),
            body: Some(Body::Dripping(body.into(), every)),
            ..Self::empty()
        }
    }

    pub fn endless(piece: impl Into<Vec<u8>>) -> Self {
        Self {
            status: Some(200),
            body: Some(Body::Endless(piece.into())),
            ..Self::empty()
        }
    }

    pub fn stalled(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: Some(200),
            body: Some(Body::Stalled(body.into())),
            ..Self::empty()
        }
    }

    pub fn silent() -> Self {
        Self {
            status: Some(200),
            body: Some(Body::Silent),
            ..Self::empty()
        }
    }

    /// Raw bytes, possibly none: the connection is closed after them.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            status: Some(200),
            body: Some(Body::Raw(bytes.into())),
            ..Self::empty()
        }
    }

    /// Raw bytes, and then a piece of them again and again.
    pub fn raw_endless(
        start: impl Into<Vec<u8>>,
        piece: impl Into<Vec<u8>>,
        every: Duration,
    ) -> Self {
        Self {
            status: Some(200),
            body: Some(Body::RawEndless(start.into(), piece.into(), every)),
            ..Self::empty()
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whatever `make` answers.
    pub fn made(make: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        Self {
            make: Some(Arc::new(make)),
            ..Self::empty()
        }
    }

    /// Only so many times.
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }
}
