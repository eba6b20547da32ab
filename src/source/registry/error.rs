//! What can go wrong with a request, and how it is told: a kind of absence and one clear sentence.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use oci_client::errors::OciEnvelope;

use super::origin::RedirectError;
use super::secret::blanked;
use crate::oci::{Absence, AbsenceKind};
use crate::source::limits::{Bound, duration_in_words};

/// Why a request gave nothing that can be used. Each says, where there is something, what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
    /// The registry answered with an error's status.
    #[error("{}", status_in_words(*status, said))]
    Status {
        /// The status.
        status: u16,
        /// The registry's own words, possibly none.
        said: String,
    },
    /// The registry does not let us in.
    #[error("{0}")]
    Forbidden(String),
    /// The registry asks to be left alone for longer than we may wait, or did so again and again.
    #[error("{}", rate_limit_in_words(*until))]
    RateLimited {
        /// When it may be asked again, where it said so.
        until: Option<SystemTime>,
    },
    /// The registry asked to be left alone so often that our patience with it is spent.
    #[error("the registry asked to be left alone for more than {} in all (setting limits.host_wait): ask again{}, or log in for a higher limit", duration_in_words(*most), at_in_words(*until))]
    OutOfPatience {
        /// How long we waited for it.
        most: Duration,
        /// When it may be asked again.
        until: SystemTime,
    },
    /// The answer is over a limit.
    #[error("{what} is larger than {}", Bound { bytes: *limit, setting })]
    TooLarge {
        /// What was being read.
        what: &'static str,
        /// The limit in bytes.
        limit: u64,
        /// The setting that moves it; empty where none does.
        setting: &'static str,
    },
    /// No answer began in time.
    #[error("no answer came within {} (--timeout)", duration_in_words(*.0))]
    Unanswered(Duration),
    /// An answer stopped: nothing more of it came for too long.
    #[error("nothing more came for {} (--timeout)", duration_in_words(*.0))]
    Silent(Duration),
    /// It came too slowly.
    #[error("the answer was not there within {} (setting limits.whole)", duration_in_words(*.0))]
    Slow(Duration),
    /// There is no connection.
    #[error("{0}")]
    Connect(String),
    /// The connection broke, or what came over it is no HTTP.
    #[error("the connection broke: {0}")]
    Lost(String),
    /// The host gave so many requests no answer that this one was not sent.
    #[error("not asked{} ({_1}): ask again when the registry is back", unanswered_in_words(*_0))]
    Dead(u32, String),
    /// Another host, to which the registry redirects, gave no answer that can be used.
    #[error("the registry redirects to {host}{}", elsewhere_in_words(error))]
    Elsewhere {
        /// The host.
        host: String,
        /// What it did.
        error: Box<RequestError>,
    },
    /// A redirect that is not followed.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// The token server did not give a token.
    #[error("no token from {0}: {1}")]
    Token(String, Box<RequestError>),
    /// The token server answered with a status that says nothing of us.
    #[error("{0}")]
    TokenServer(String),
    /// What came is not what was asked for.
    #[error("{0}")]
    Invalid(String),
    /// Entries of a list that cannot be read; the others were.
    #[error("{0}")]
    LeftOut(String),
    /// A list that ended before its end.
    #[error("{0}")]
    CutShort(String),
    /// Something here, not there.
    #[error("{0}")]
    Local(String),
}

impl RequestError {
    /// The kind of absence.
    pub(super) fn kind(&self) -> AbsenceKind {
        match self {
            Self::Status { status, .. } => match status {
                401 | 403 => AbsenceKind::Forbidden,
                404 | 410 => AbsenceKind::Missing,
                429 => AbsenceKind::RateLimited,
                _ => AbsenceKind::Failed,
            },
            Self::Forbidden(_) => AbsenceKind::Forbidden,
            Self::RateLimited { .. } | Self::OutOfPatience { .. } => AbsenceKind::RateLimited,
            Self::TooLarge { .. } => AbsenceKind::TooLarge,
            Self::Token(_, inner) | Self::Elsewhere { error: inner, .. } => inner.kind(),
            Self::Invalid(_) | Self::LeftOut(_) => AbsenceKind::Invalid,
            Self::CutShort(_) => AbsenceKind::CutShort,
            Self::TokenServer(_)
            | Self::Unanswered(_)
            | Self::Silent(_)
            | Self::Slow(_)
            | Self::Connect(_)
            | Self::Lost(_)
            | Self::Dead(..)
            | Self::Redirect(_)
            | Self::Local(_) => AbsenceKind::Failed,
        }
    }

    /// Whether the connection broke, so that another try may do better.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Elsewhere { error, .. } => error.is_lost(),
            _ => false,
        }
    }

    /// Whether the host gave no answer at all.
    pub(super) const fn is_of_the_host(&self) -> bool {
        matches!(self, Self::Unanswered(_) | Self::Connect(_) | Self::Lost(_))
    }

    /// The same error, after so many tries.
    pub(super) fn again(self, attempts: u32) -> Self {
        match self {
            Self::Lost(why) => Self::Lost(format!("{why}, {attempts} times")),
            Self::Elsewhere { host, error } => Self::Elsewhere {
                host,
                error: Box::new(error.again(attempts)),
            },
            other => other,
        }
    }

    /// The absence that a person sees.
    pub(super) fn absence(&self) -> Absence {
        Absence::new(self.kind(), blanked(&self.to_string()).into_owned())
    }

    /// The absence of the rest of a list of which pages were read.
    pub(super) fn absence_of_rest(&self) -> Absence {
        match self {
            Self::LeftOut(_)
            | Self::RateLimited { .. }
            | Self::OutOfPatience { .. }
            | Self::Forbidden(_) => self.absence(),
            other => {
                let words = blanked(&other.to_string()).into_owned();
                Absence::new(AbsenceKind::CutShort, words)
            }
        }
    }
}

/// What follows the name of another host: what it did there, and who can change it.
fn elsewhere_in_words(error: &RequestError) -> String {
    let RequestError::Status { status, said } = error else {
        return format!(": {error}");
    };
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    };
    match status {
        401 | 403 => format!(
            ", which does not allow it ({status}{said}): no credentials are sent there; ask whoever runs the registry"
        ),
        404 | 410 => {
            format!(", which does not have it ({status}{said}): tell whoever runs the registry")
        }
        429 => format!(", which says that it was asked too often (429{said}): try again later"),
        500.. => format!(", which failed ({status}{said}): try again later"),
        _ => format!(", which answered with status {status}{said}"),
    }
}

fn status_in_words(status: u16, said: &str) -> String {
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    };
    match status {
        401 => format!(
            "the registry does not know who asks (401{said}): log in with `docker login` or give --username"
        ),
        403 => format!(
            "the registry does not allow it (403{said}): ask for access, or log in as somebody who has it"
        ),
        404 | 410 => format!("the registry does not have it ({status}{said})"),
        400..500 => format!("the registry refused the request ({status}{said})"),
        500.. => format!("the registry failed ({status}{said}): try again later"),
        _ => format!("the registry answered with status {status}, which means nothing here{said}"),
    }
}

/// Why a host is taken for dead.
fn unanswered_in_words(count: u32) -> String {
    match count {
        0 => ", as nothing of it has worked for a while".to_owned(),
        count => format!(" after {count} requests without an answer"),
    }
}

fn rate_limit_in_words(until: Option<SystemTime>) -> String {
    let Some(until) = until else {
        return "the registry says that it was asked too often (429): wait, log in, or ask less"
            .to_owned();
    };
    let left = until.duration_since(SystemTime::now()).unwrap_or_default();
    let at = match at_in_words(until) {
        at if at.is_empty() => at,
        at => format!(" ({})", at.trim_start_matches(" at ")),
    };
    format!(
        "the registry asks to be left alone for {}{at}: ask again then, or log in for a higher limit",
        duration_in_words(left + Duration::from_millis(500)),
    )
}

/// ` at ` and the time, where the calendar has it.
fn at_in_words(time: SystemTime) -> String {
    Timestamp::try_from(time)
        .map(|at| at.strftime(" at %Y-%m-%d %H:%M:%S UTC").to_string())
        .unwrap_or_default()
}

/// How many characters of another side's words are repeated.
const SAID: usize = 300;

/// The other side's own words in the body of an error: the messages of the specification's envelope
/// (distribution-spec, "Error Codes"), or a plain text; nothing where the body is a page or binary.
pub(super) fn words_of(body: &[u8]) -> String {
    let words = envelope_words(body)
        .or_else(|| plain_words(body))
        .unwrap_or_default();
    // Before it is cut: a part of a secret is none that could be found.
    blanked(&words).chars().take(SAID).collect()
}

fn envelope_words(body: &[u8]) -> Option<String> {
    if let Ok(envelope) = serde_json::from_slice::<OciEnvelope>(body) {
        let words: Vec<String> = envelope
            .errors
            .iter()
            .take(3)
            .map(|error| error.message.clone())
            .filter(|message| !message.is_empty())
            .collect();
        if !words.is_empty() {
            return Some(words.join(", "));
        }
    }
    // Messages left out, codes outside the specification's list, and the other shapes that token servers use.
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let first = value
        .get("errors")
        .and_then(|errors| errors.get(0))
        .unwrap_or(&value);
    [
        "message",
        "details",
        "error_description",
        "detail",
        "error",
        "code",
    ]
    .into_iter()
    .find_map(|key| first.get(key)?.as_str().filter(|text| !text.is_empty()))
    .map(str::to_owned)
}

fn plain_words(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_words =
        !text.is_empty() && !text.starts_with(['<', '{', '[']) && text.lines().count() <= 3;
    is_words.then(|| text.to_owned())
}

/// A transport error in words: its chain of causes without the address, which the question names already, and without
/// the addresses of libraries' documentation, which help nobody here.
pub(super) fn chain_in_words(error: &dyn std::error::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let text = match text.split_once(": https://docs.rs/") {
            Some((text, _)) => text.to_owned(),
            None => text,
        };
        // What these two layers add is that a request failed.
        let is_noise =
            text.starts_with("error sending request") || text.starts_with("client error (");
        next = error.source();
        if is_noise && next.is_some() {
            continue;
        }
        if words.last().is_none_or(|last| !last.contains(&text)) {
            words.push(text);
        }
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registrys_own_words_are_found_in_every_shape() {
        for (body, expected) in [
            (
                r#"{"errors":[{"code":"DENIED","message":"no pull for you"}]}"#,
                "no pull for you",
            ),
            (r#"{"errors":[{"code":"NEW_CODE","message":"new"}]}"#, "new"),
            (
                r#"{"details":"incorrect username or password"}"#,
                "incorrect username or password",
            ),
            (
                r#"{"error":"invalid_grant","error_description":"expired"}"#,
                "expired",
            ),
            ("404 page not found\n", "404 page not found"),
            ("<html>no</html>", ""),
            ("", ""),
            ("\u{0}\u{1}", ""),
            ("[1]", ""),
        ] {
            assert_eq!(
                words_of(body.as_bytes())
                    .trim_matches('\0')
                    .replace('\u{1}', ""),
                expected,
                "{body}"
            );
        }
        assert_eq!(words_of("x".repeat(10_000).as_bytes()).len(), SAID);
    }

    #[test]
    fn a_rate_limit_says_when() {
        let error = RequestError::RateLimited {
            until: Some(SystemTime::now() + Duration::from_secs(3600)),
        };
        let text = error.to_string();
        assert!(text.contains("60 min") || text.contains("1 h"), "{text}");
        assert!(text.contains("UTC"), "{text}");
    }

    #[test]
    fn statuses_have_their_kinds() {
        for (status, kind) in [
            (401, AbsenceKind::Forbidden),
            (403, AbsenceKind::Forbidden),
            (404, AbsenceKind::Missing),
            (429, AbsenceKind::RateLimited),
            (400, AbsenceKind::Failed),
            (500, AbsenceKind::Failed),
            (304, AbsenceKind::Failed),
        ] {
            assert_eq!(
                RequestError::Status {
                    status,
                    said: String::new()
                }
                .kind(),
                kind,
                "{status}"
            );
        }
    }
}
