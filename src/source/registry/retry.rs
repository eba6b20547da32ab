//! Trying again, and leaving a host alone when it asks for that.

use std::future::Future;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::{RequestError, words_of};
use super::request::Reply;
use crate::source::Limits;

/// When a host may be asked again.
#[derive(Default)]
pub(super) struct Hold(Mutex<HoldState>);

#[derive(Default)]
struct HoldState {
    until: Option<(Instant, SystemTime)>,
    /// Time that the host has made us wait since it last answered well.
    waited: Duration,
    /// Whether that is more than we may wait: nothing is asked before `until`.
    is_spent: bool,
}

/// A host that asks for more than this has made a mistake, or jokes; after it one may see whether it still does.
const LONGEST_HOLD: Duration = Duration::from_secs(6 * 3600);

impl Hold {
    /// Waits until the host may be asked. Errors: that is further away than `most`.
    pub(super) async fn pass(&self, most: Duration) -> Result<(), RequestError> {
        loop {
            let (until, at) = {
                let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                match state.until {
                    Some((until, _)) if until <= now => {
                        *state = HoldState {
                            waited: state.waited,
                            ..HoldState::default()
                        };
                        return Ok(());
                    }
                    None => return Ok(()),
                    Some((until, at)) if state.is_spent || until.duration_since(now) > most => {
                        return Err(RequestError::RateLimited { until: Some(at) });
                    }
                    Some((until, at)) => (until, at),
                }
            };
            let _ = at;
            tokio::time::sleep_until(until.into()).await;
        }
    }

    /// The host asked to be left alone for `wait`, of which we take `most` in a row.
    pub(super) fn extend(&self, wait: Duration, most: Duration) {
        let wait = wait.min(LONGEST_HOLD);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let until = now + wait;
        let from = state.until.map_or(now, |(until, _)| until.max(now));
        if until <= from {
            return;
        }
        state.waited = state.waited.saturating_add(until.duration_since(from));
        state.is_spent = state.waited > most;
        state.until = Some((until, SystemTime::now() + wait));
    }

    /// The host answered well.
    pub(super) fn answered(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.is_spent {
            state.waited = Duration::ZERO;
        }
    }

    /// When the host may be asked again, if it asked to be left alone.
    pub(super) fn until(&self) -> Option<SystemTime> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .until
            .filter(|(until, _)| *until > Instant::now())
            .map(|(_, at)| at)
    }
}

/// Sends until it works, at most `limits.tries` times: again after 429, a server's error, or a connection that broke;
/// never after a time-out, which has taken long enough. `send` is given the number of the try, from 1.
///
/// Errors: the last one; or the host asks to be left alone for longer than `limits.host_wait`.
pub(super) async fn with_retries<F, Answer>(
    limits: &Limits,
    hold: &Hold,
    mut send: F,
) -> Result<Reply, RequestError>
where
    F: FnMut(u32) -> Answer,
    Answer: Future<Output = Result<Reply, RequestError>>,
{
    let mut attempt = 1;
    loop {
        hold.pass(limits.host_wait).await?;
        let result = send(attempt).await;
        let again = match &result {
            Ok(reply) => {
                let status = reply.status.as_u16();
                let is_busy = matches!(status, 429 | 503);
                if let Some(wait) =
                    retry_after(&reply.headers, SystemTime::now()).filter(|_| is_busy)
                {
                    hold.extend(wait, limits.host_wait);
                } else if reply.status.is_success() {
                    hold.answered();
                }
                status == 429 || (500..600).contains(&status) && !matches!(status, 501 | 505)
            }
            Err(RequestError::Lost(_)) => true,
            Err(_) => false,
        };
        if !again {
            return result;
        }
        if attempt >= limits.tries {
            return match result {
                Ok(reply) if reply.status.as_u16() == 429 => Err(RequestError::RateLimited {
                    until: hold.until(),
                }),
                Ok(reply) => Err(RequestError::Status {
                    status: reply.status.as_u16(),
                    said: [
                        &words_of(&reply.body),
                        format!("after {attempt} tries").as_str(),
                    ]
                    .into_iter()
                    .filter(|words| !words.is_empty())
                    .collect::<Vec<_>>()
                    .join(", "),
                }),
                Err(RequestError::Lost(why)) => {
                    Err(RequestError::Lost(format!("{why}, {attempt} times")))
                }
                Err(error) => Err(error),
            };
        }
        if hold.until().is_none() {
            tokio::time::sleep(backoff(limits.retry_wait, attempt)).await;
        }
        attempt += 1;
    }
}

/// The wait before the next try: doubled each time, of which a random half is left out so that many who were refused
/// together do not come back together.
fn backoff(first: Duration, attempt: u32) -> Duration {
    let full = first.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    // Every `RandomState` is seeded anew: randomness enough for this, without a generator.
    let random = RandomState::new().build_hasher().finish() % 1024;
    let half = full / 2;
    half + half.mul_f64(f64::from(u32::try_from(random).unwrap_or_default()) / 1024.0)
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3); absent where it is missing or unreadable. A
/// number beyond all measure is one.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let Ok(date) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) else {
        return is_beyond_the_calendar(text).then_some(Duration::MAX);
    };
    Some(
        SystemTime::from(date)
            .duration_since(now)
            .unwrap_or_default(),
    )
}

/// Whether a text is a date like `Fri, 31 Dec 9999 23:59:59 GMT` (RFC 9110, section 5.6.7) of a year so late that no
/// clock can be set to it: "never" to whoever wrote it.
fn is_beyond_the_calendar(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let year = words.nth(3).and_then(|year| year.parse::<u64>().ok());
    year.is_some_and(|year| year >= 9999) && words.next().is_some_and(|time| time.contains(':'))
}

/// What a registry says is left of its limit (draft-ietf-httpapi-ratelimit-headers, as Docker Hub sends it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a window.
    pub limit: u64,
    /// Requests that are left in it.
    pub remaining: u64,
    /// The window, where it is stated.
    pub window: Option<Duration>,
}

impl RateLimit {
    /// Reads `RateLimit-Limit` and `RateLimit-Remaining`, in the form `100;w=21600`, with or without the older `X-`.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = |name: &str| {
            let plain = headers.get(format!("ratelimit-{name}"));
            plain
                .or_else(|| headers.get(format!("x-ratelimit-{name}")))?
                .to_str()
                .ok()
        };
        let number = |text: &str| text.split([';', ',']).next()?.trim().parse::<u64>().ok();
        let limit = value("limit")?;
        let window = limit
            .split(';')
            .find_map(|part| part.trim().strip_prefix("w=")?.parse().ok());
        Some(Self {
            limit: number(limit)?,
            remaining: number(value("remaining")?)?,
            window: window.map(Duration::from_secs),
        })
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |text: &str| retry_after(&headers(&[("retry-after", text)]), now);
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("0"), Some(Duration::ZERO));
        assert_eq!(
            read("99999999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
        assert_eq!(
            read("Sun, 06 Nov 1994 08:50:37 GMT"),
            Some(Duration::from_secs(60))
        );
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        for late in [
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Fri, 31 Dec 99999 23:59:59 GMT",
        ] {
            assert!(
                read(late).is_some_and(|wait| wait > Duration::from_secs(86_400 * 365)),
                "{late}"
            );
        }
        for text in ["", "-5", "soon", "1e9", "Sun, 99 Nov 1994"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_left_is_read_in_either_spelling() {
        let hub = headers(&[
            ("ratelimit-limit", "100;w=21600"),
            ("ratelimit-remaining", "76;w=21600"),
        ]);
        let expected = RateLimit {
            limit: 100,
            remaining: 76,
            window: Some(Duration::from_secs(21_600)),
        };
        assert_eq!(RateLimit::of(&hub), Some(expected));
        let old = headers(&[("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "0")]);
        assert_eq!(
            RateLimit::of(&old),
            Some(RateLimit {
                limit: 60,
                remaining: 0,
                window: None
            })
        );
        assert_eq!(
            RateLimit::of(&headers(&[("ratelimit-limit", "lots")])),
            None
        );
    }

    #[test]
    fn the_wait_doubles_and_varies_within_its_half() {
        let first = Duration::from_millis(100);
        for attempt in 1..=4 {
            let full = first * (1 << (attempt - 1));
            for _ in 0..50 {
                let wait = backoff(first, attempt);
                assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
            }
        }
        assert!(backoff(Duration::from_secs(u64::MAX), 40) > Duration::from_secs(1));
    }

    #[tokio::test]
    async fn a_hold_is_waited_for_if_it_is_short_and_an_error_if_it_is_long() {
        let most = Duration::from_millis(50);
        let hold = Hold::default();
        hold.extend(Duration::from_millis(20), most);
        let started = Instant::now();
        hold.pass(most).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(19));
        hold.extend(Duration::from_secs(10), most);
        assert!(matches!(
            hold.pass(most).await,
            Err(RequestError::RateLimited { until: Some(_) })
        ));
        let absurd = Hold::default();
        absurd.extend(Duration::from_secs(u64::MAX), most);
        assert!(matches!(
            absurd.pass(most).await,
            Err(RequestError::RateLimited { until: Some(_) })
        ));
    }

    #[tokio::test]
    async fn short_holds_again_and_again_add_up() {
        let most = Duration::from_millis(50);
        let hold = Hold::default();
        let mut passed = 0;
        while hold.pass(most).await.is_ok() {
            hold.extend(Duration::from_millis(20), most);
            passed += 1;
        }
        assert_eq!(passed, 3);
    }
}
