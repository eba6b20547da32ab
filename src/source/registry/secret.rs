//! Secrets that cannot be printed.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderValue;

/// A password or token. It prints as `[redacted]`, cannot be serialised, and is handed out only by
/// [`Secret::expose`], so that every use can be found.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        let secret = Self(text.into());
        remember(&secret.0);
        secret
    }

    /// The text itself, for a request's header or body and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Bearer …`, marked so that no HTTP library prints it; absent where the text cannot stand in a header.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        sensitive(&format!("Bearer {}", self.0))
    }

    /// `Basic …` for `username` with this password (RFC 7617).
    pub(super) fn basic(&self, username: &str) -> Option<HeaderValue> {
        use base64::Engine as _;
        let pair =
            base64::engine::general_purpose::STANDARD.encode(format!("{username}:{}", self.0));
        remember(&pair);
        sensitive(&format!("Basic {pair}"))
    }
}

/// What this process knows to be secret, so that whoever was given it cannot have it printed: of all registries, since
/// one may tell another. The first are a person's own, and stay; of tokens the newest.
static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// How many are known at most, and how many of these are kept whatever comes.
const MOST: usize = 256;
const KEPT: usize = 32;

/// Shorter texts are in too many words to be blanked, and no secrets either.
const SHORTEST: usize = 4;

fn remember(secret: &str) {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    for text in [secret, &encoded] {
        if text.len() < SHORTEST || known.iter().any(|other| other == text) {
            continue;
        }
        if known.len() >= MOST {
            known.remove(KEPT);
        }
        known.push(text.to_owned());
    }
}

/// `text`, which another side may have written, without what this process knows to be secret. Cost: `O(n)` in the text,
/// once for each of at most 256 secrets.
pub(super) fn blanked(text: &str) -> Cow<'_, str> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = Cow::Borrowed(text);
    for secret in known.iter() {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), "[redacted]"));
        }
    }
    text
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_comes_back_is_blanked_as_it_is_and_as_it_was_sent() {
        let secret = Secret::new("comes/back?");
        let _ = secret.basic("robot");
        let pair = "cm9ib3Q6Y29tZXMvYmFjaz8=";
        let said = format!("bad password comes/back? of robot, {pair}, comes%2Fback%3F");
        assert_eq!(
            blanked(&said),
            "bad password [redacted] of robot, [redacted], [redacted]"
        );
        assert!(matches!(blanked("nothing of ours"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_secret_is_redacted_however_it_is_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "[redacted] [redacted]");
        let header = secret.basic("me").unwrap();
        assert_eq!(header, "Basic bWU6aHVudGVyMg==");
        assert!(!format!("{header:?}").contains("bWU6"));
        assert!(secret.bearer().unwrap().is_sensitive());
        assert!(Secret::new("a\nb").bearer().is_none());
    }
}
