//! Secrets that cannot be printed.

use std::fmt;

use reqwest::header::HeaderValue;

/// A password or token. It prints as `[redacted]`, cannot be serialised, and is handed out only by
/// [`Secret::expose`], so that every use can be found.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
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
        sensitive(&format!("Basic {pair}"))
    }
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
