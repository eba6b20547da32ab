//! Trying again, and leaving a host alone when it asks for that.

use std::future::Future;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::Method;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::RequestError;
use super::request::Reply;
use crate::source::{Limits, Urgency};

/// When a host may be asked again, and how much of our patience with it is left.
#[derive(Default)]
pub(super) struct RateLimitPause(Mutex<PauseState>);

#[derive(Default)]
struct PauseState {
    held: Option<Pause>,
    /// Time that the host has made us wait in all, each moment once. Good answers in between do not make it less: a
    /// host that refuses every other request would keep a command for as long as it has questions.
    waited: Duration,
    /// Whether that is more than we may wait: nothing is asked before the hold ends.
    is_spent: bool,
    /// Time since the host last answered well in which requests waited to be tried again, and until when it is counted.
    troubled: Duration,
    troubled_until: Option<Instant>,
    /// Requests that were given up without an answer since the host last answered anything.
    unanswered: u32,
    /// How many of them there were, and why the last one was, where the host is left alone for it; and since when.
    dead: Option<(u32, String, Instant)>,
}

/// A time before which the host is not asked.
#[derive(Clone, Copy)]
struct Pause {
    until: Instant,
    at: SystemTime,
    /// Whether the host said so; else it is our own guess.
    is_named: bool,
}

/// Requests that a host leaves without any answer, one after the other, before it is left alone.
const UNANSWERED: u32 = 5;

/// For how long what a person looks at is not asked of a host that is dead; in the background it is left alone for longer.
const REST: Duration = Duration::from_secs(3);

/// A host that asks for more than this has made a mistake, or jokes; after it one may see whether it still does.
const LONGEST_HOLD: Duration = Duration::from_secs(6 * 3600);

impl RateLimitPause {
    /// Waits until the host may be asked. Errors: that is further away than `most`, or `most` was waited before.
    ///
    /// Where a person waits, the count begins anew once a hold has ended: they see the wait, and can end it.
    pub(super) async fn wait(&self, most: Duration, urgency: Urgency) -> Result<(), RequestError> {
        loop {
            let until = {
                let mut state = self.lock();
                let now = Instant::now();
                let rest = if urgency == Urgency::Looking {
                    REST.min(most)
                } else {
                    most
                };
                match &state.dead {
                    Some((count, why, since)) if now.duration_since(*since) < rest => {
                        return Err(RequestError::Dead(*count, why.clone()));
                    }
                    // One may see whether it is back; the next request without an answer says that it is not.
                    Some(_) => state.dead = None,
                    None => {}
                }
                match state.held {
                    Some(held) if held.until > now => {
                        if state.is_spent || held.until.duration_since(now) > most {
                            return Err(held.refusal(now, most));
                        }
                        held.until
                    }
                    _ => {
                        state.held = None;
                        state.is_spent = false;
                        if urgency == Urgency::Looking {
                            state.waited = Duration::ZERO;
                        }
                        return Ok(());
                    }
                }
            };
            tokio::time::sleep_until(until.into()).await;
        }
    }

    /// The host is to be left alone for `wait`, of which we take `most` in all; `is_named` where it said so itself.
    fn extend(&self, wait: Duration, most: Duration, is_named: bool) {
        let wait = wait.min(LONGEST_HOLD);
        let mut state = self.lock();
        let now = Instant::now();
        let until = now + wait;
        let from = state.held.map_or(now, |held| held.until.max(now));
        if until <= from {
            return;
        }
        state.waited = state.waited.saturating_add(until.duration_since(from));
        state.is_spent = state.waited > most;
        state.held = Some(Pause {
            until,
            at: SystemTime::now() + wait,
            is_named,
        });
    }

    /// Whether a request that met trouble may wait for so long and be tried again: not where nothing has worked for
    /// `most` of waiting. A thousand questions to a host that is down need not be tried four times each.
    fn may_try_again(&self, wait: Duration, most: Duration) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        let until = now + wait;
        let from = state.troubled_until.map_or(now, |counted| counted.max(now));
        if until > from {
            state.troubled = state.troubled.saturating_add(until.duration_since(from));
            state.troubled_until = Some(until);
        }
        state.troubled <= most
    }

    /// The host answered well.
    fn answered(&self) {
        self.lock().troubled = Duration::ZERO;
    }

    /// A try came to this: a host that says anything is not dead.
    fn hear(&self, result: &Result<Reply, RequestError>) {
        if matches!(result, Ok(reply) if reply.broken.is_none() && !reply.status.is_server_error())
        {
            let mut state = self.lock();
            state.unanswered = 0;
            state.dead = None;
        }
    }

    /// A request was given up. After some that had no answer, or only failures for `most` of waiting, all that waits for
    /// the host would go the same way.
    fn give_up(&self, result: &Result<Reply, RequestError>, most: Duration) {
        let (why, is_answer) = match result {
            Err(error)
            | Ok(Reply {
                broken: Some(error),
                ..
            }) if error.is_of_the_host() => (error.to_string(), false),
            Ok(reply) if reply.status.is_server_error() && !reply.is_foreign => {
                (reply.status_error("").to_string(), true)
            }
            _ => return,
        };
        let mut state = self.lock();
        if !is_answer {
            state.unanswered = state.unanswered.saturating_add(1);
        }
        let is_dead = state.unanswered >= UNANSWERED || is_answer && state.troubled > most;
        if is_dead && state.dead.is_none() {
            state.dead = Some((state.unanswered, why, Instant::now()));
        }
    }

    /// When the host may be asked again, if it is to be left alone.
    pub(super) fn until(&self) -> Option<SystemTime> {
        self.held().map(|held| held.at)
    }

    /// The same, where the host itself named the time.
    fn named_until(&self) -> Option<SystemTime> {
        self.held().filter(|held| held.is_named).map(|held| held.at)
    }

    fn held(&self) -> Option<Pause> {
        self.lock().held.filter(|held| held.until > Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, PauseState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pause {
    /// Why the host is not asked before the hold ends.
    fn refusal(self, now: Instant, most: Duration) -> RequestError {
        if self.until.duration_since(now) > most {
            RequestError::RateLimited {
                until: Some(self.at),
            }
        } else {
            RequestError::OutOfPatience {
                most,
                until: self.at,
            }
        }
    }
}

/// How requests to one host are tried again.
pub(super) struct Retries<'a> {
    pub(super) limits: &'a Limits,
    pub(super) rate_pause: &'a RateLimitPause,
    pub(super) urgency: Urgency,
}

impl Retries<'_> {
    /// Sends until it works, at most `limits.tries` times: again after 429, a server's error, or a connection that broke;
    /// never after a time-out, which has taken long enough. `send` is given the number of the try, from 1.
    ///
    /// Errors: the last one; or the host asks to be left alone for longer than `limits.host_wait`, at once or in all.
    pub(super) async fn send<F, Answer>(
        &self,
        method: &Method,
        mut send: F,
    ) -> Result<Reply, RequestError>
    where
        F: FnMut(u32) -> Answer,
        Answer: Future<Output = Result<Reply, RequestError>>,
    {
        let Self {
            limits,
            rate_pause,
            urgency,
        } = *self;
        let mut attempt = 1;
        loop {
            rate_pause.wait(limits.host_wait, urgency).await?;
            let result = send(attempt).await;
            rate_pause.hear(&result);
            let pause = backoff(limits.retry_wait, attempt);
            let again = match &result {
                Ok(reply) if reply.broken.is_none() => {
                    after_answer(limits, rate_pause, reply, pause)
                }
                Err(error)
                    if error.is_lost() && rate_pause.may_try_again(pause, limits.host_wait) =>
                {
                    Again::After(pause)
                }
                Ok(Reply {
                    broken: Some(error),
                    ..
                }) if error.is_lost() && rate_pause.may_try_again(pause, limits.host_wait) => {
                    Again::After(pause)
                }
                _ => Again::Never,
            };
            // What is no safe request (RFC 9110, section 9.2.1) may have done its work.
            if attempt >= limits.tries || again == Again::Never || !method.is_safe() {
                rate_pause.give_up(&result, limits.host_wait);
                return ended(result, rate_pause, attempt);
            }
            if let Again::After(pause) = again {
                tokio::time::sleep(pause).await;
            }
            attempt += 1;
        }
    }
}

/// Whether a request is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Never,
    /// After this pause of its own.
    After(Duration),
    /// When the host may be asked at all.
    WhenHeldNoMore,
}

fn after_answer(
    limits: &Limits,
    rate_pause: &RateLimitPause,
    reply: &Reply,
    pause: Duration,
) -> Again {
    let status = reply.status.as_u16();
    let most = limits.host_wait;
    let asked = retry_after(&reply.headers, SystemTime::now());
    // What another host asks for, to which the registry redirects, is asked for itself alone.
    let holds = !reply.is_foreign && (status == 429 || status == 503 && asked.is_some());
    if holds {
        // Whoever refuses one request for being one too many would refuse the others: all of them pause.
        rate_pause.extend(asked.unwrap_or(pause), most, asked.is_some());
        return Again::WhenHeldNoMore;
    }
    let is_trouble = status == 429 || (500..600).contains(&status) && !matches!(status, 501 | 505);
    if is_trouble {
        let pause = asked.map_or(pause, |asked| asked.max(pause));
        return if pause <= most && rate_pause.may_try_again(pause, most) {
            Again::After(pause)
        } else {
            Again::Never
        };
    }
    if reply.status.is_success() {
        rate_pause.answered();
    }
    Again::Never
}

/// What is told when a request is not tried again.
fn ended(
    result: Result<Reply, RequestError>,
    rate_pause: &RateLimitPause,
    attempts: u32,
) -> Result<Reply, RequestError> {
    let tries = match attempts {
        1 => String::new(),
        _ => format!("after {attempts} tries"),
    };
    match result {
        Ok(reply) if reply.status.as_u16() == 429 && !reply.is_foreign => {
            Err(RequestError::RateLimited {
                until: rate_pause.named_until(),
            })
        }
        Ok(reply) if reply.status.is_server_error() && attempts > 1 => {
            Err(reply.status_error(&tries))
        }
        Err(error) if error.is_lost() && attempts > 1 => Err(error.again(attempts)),
        other => other,
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
    let Some(date) = http_date(text) else {
        return is_beyond_the_calendar(text).then_some(Duration::MAX);
    };
    Some(
        SystemTime::from(date)
            .duration_since(now)
            .unwrap_or_default(),
    )
}

/// A date in one of the three forms that RFC 9110, section 5.6.7, has a recipient know.
fn http_date(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(date) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(date);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| jiff::civil::DateTime::strptime(form, text).ok())
        .and_then(|date| jiff::tz::TimeZone::UTC.to_timestamp(date).ok())
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
    /// Reads `RateLimit-Limit` and `RateLimit-Remaining`, in the form `100;w=21600`, with or without the older `X-`; or
    /// the later drafts' one field `RateLimit`: `limit=100, remaining=7, reset=50`, and `"default";r=7;t=50` with the
    /// limit in `RateLimit-Policy`.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::of_fields(headers).or_else(|| Self::of_one_field(headers))
    }

    fn of_one_field(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let number = |field: &str, keys: &[&str]| {
            let parts = field
                .split([';', ','])
                .filter_map(|part| part.split_once('='));
            let mut found = parts.filter(|(key, _)| keys.contains(&key.trim()));
            found.next()?.1.trim().parse::<u64>().ok()
        };
        let field = text("ratelimit")?;
        let policy = text("ratelimit-policy").unwrap_or_default();
        let remaining = number(field, &["remaining", "r"])?;
        let limit = number(field, &["limit"]).or_else(|| number(policy, &["q"]));
        Some(Self {
            limit: limit.unwrap_or(remaining),
            remaining,
            window: number(policy, &["w"]).map(Duration::from_secs),
        })
    }

    fn of_fields(headers: &HeaderMap) -> Option<Self> {
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
        for obsolete in ["Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994"] {
            assert_eq!(read(obsolete), Some(Duration::from_secs(60)), "{obsolete}");
        }
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
        for (field, policy, limit, window) in [
            (
                "limit=100, remaining=7, reset=50",
                "100;w=60",
                100,
                Some(60),
            ),
            (
                r#""default";r=7;t=50"#,
                r#""default";q=100;w=60"#,
                100,
                Some(60),
            ),
            (r#""default";r=7;t=50"#, "", 7, None),
        ] {
            let one = headers(&[("ratelimit", field), ("ratelimit-policy", policy)]);
            let expected = RateLimit {
                limit,
                remaining: 7,
                window: window.map(Duration::from_secs),
            };
            assert_eq!(RateLimit::of(&one), Some(expected), "{field}");
        }
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
        let rate_pause = RateLimitPause::default();
        rate_pause.extend(Duration::from_millis(20), most, true);
        let started = Instant::now();
        rate_pause.wait(most, Urgency::Background).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(19));
        for wait in [Duration::from_secs(10), Duration::from_secs(u64::MAX)] {
            let rate_pause = RateLimitPause::default();
            rate_pause.extend(wait, most, true);
            assert!(matches!(
                rate_pause.wait(most, Urgency::Looking).await,
                Err(RequestError::RateLimited { until: Some(_) })
            ));
        }
    }

    #[tokio::test]
    async fn short_holds_add_up_whatever_is_answered_in_between() {
        let most = Duration::from_millis(50);
        let rate_pause = RateLimitPause::default();
        let mut passed = 0;
        while rate_pause.wait(most, Urgency::Background).await.is_ok() {
            rate_pause.answered();
            rate_pause.extend(Duration::from_millis(20), most, true);
            passed += 1;
        }
        assert_eq!(passed, 3);
        let refusal = rate_pause.wait(most, Urgency::Looking).await.unwrap_err();
        let text = refusal.to_string();
        assert!(
            text.contains("more than 50 ms in all") && text.contains(" UTC"),
            "{text}"
        );
        // When it has ended, whoever looks may wait as long again; a command may not.
        tokio::time::sleep(Duration::from_millis(25)).await;
        rate_pause.wait(most, Urgency::Background).await.unwrap();
        rate_pause.extend(Duration::from_millis(10), most, true);
        assert!(rate_pause.wait(most, Urgency::Background).await.is_err());
        tokio::time::sleep(Duration::from_millis(12)).await;
        rate_pause.wait(most, Urgency::Looking).await.unwrap();
        rate_pause.extend(Duration::from_millis(10), most, true);
        assert!(rate_pause.wait(most, Urgency::Background).await.is_ok());
    }

    #[test]
    fn a_host_of_which_nothing_works_is_not_tried_again_for_ever() {
        let most = Duration::from_millis(100);
        let wait = Duration::from_millis(60);
        let rate_pause = RateLimitPause::default();
        // Waits at the same time count once.
        for _ in 0..100 {
            assert!(rate_pause.may_try_again(wait, most));
        }
        assert!(!rate_pause.may_try_again(wait * 3, most));
        rate_pause.answered();
        assert!(rate_pause.may_try_again(Duration::from_millis(200), most));
    }
}
