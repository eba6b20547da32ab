//! The table `limits`: what a person lets regscope read, and wait for, other than by default.

use std::time::Duration;

use crate::source::Limits;
use crate::source::limits::bytes_in_words;

/// One limit: its key, what it bounds, and where its value stands.
pub struct Limit {
    /// The key in `[limits]`.
    pub key: &'static str,
    /// What it bounds, in words that fit behind a value.
    pub bounds: &'static str,
    slot: fn(&mut Limits) -> Slot<'_>,
}

/// A limit's value, by its unit.
enum Slot<'a> {
    Bytes(&'a mut u64),
    HeaderBytes(&'a mut usize),
    Count(&'a mut u64),
    Count32(&'a mut u32),
    CountSize(&'a mut usize),
    Seconds(&'a mut Duration),
}

const fn limit(
    key: &'static str,
    bounds: &'static str,
    slot: fn(&mut Limits) -> Slot<'_>,
) -> Limit {
    Limit { key, bounds, slot }
}

/// Every limit, in the order of the README.
pub const LIMITS: [Limit; 18] = [
    limit("manifest_bytes", "a manifest or config", |limits| {
        Slot::Bytes(&mut limits.manifest_bytes)
    }),
    limit("list_bytes", "a list, all its pages together", |limits| {
        Slot::Bytes(&mut limits.list_bytes)
    }),
    limit("document_bytes", "an attached document", |limits| {
        Slot::Bytes(&mut limits.document_bytes)
    }),
    limit(
        "decompressed_bytes",
        "a document or archive unpacked, or …",
        |limits| Slot::Bytes(&mut limits.decompressed_bytes),
    ),
    limit(
        "decompression_ratio",
        "… so many times its size, where that is more",
        |limits| Slot::Count(&mut limits.decompression_ratio),
    ),
    limit("header_bytes", "the headers of an answer", |limits| {
        Slot::HeaderBytes(&mut limits.header_bytes)
    }),
    limit("list_entries", "entries of one list", |limits| {
        Slot::CountSize(&mut limits.list_entries)
    }),
    limit(
        "entries",
        "entries of all lists, indexes and manifests together; keeps memory below 900 MB",
        |limits| Slot::Count(&mut limits.entries),
    ),
    limit("pages", "pages of one list", |limits| {
        Slot::Count32(&mut limits.pages)
    }),
    limit(
        "depth",
        "index within index, referrer of referrer",
        |limits| Slot::CountSize(&mut limits.depth),
    ),
    limit("redirects", "redirects of one request", |limits| {
        Slot::CountSize(&mut limits.redirects)
    }),
    limit("tries", "tries of one request, in all", |limits| {
        Slot::Count32(&mut limits.tries)
    }),
    limit("connect", "seconds to connect; also --timeout", |limits| {
        Slot::Seconds(&mut limits.connect)
    }),
    limit("idle", "seconds without a byte; also --timeout", |limits| {
        Slot::Seconds(&mut limits.idle)
    }),
    limit(
        "whole",
        "seconds for a manifest, config or page of a list",
        |limits| Slot::Seconds(&mut limits.whole),
    ),
    limit(
        "retry_wait",
        "seconds before the second try; doubled each time",
        |limits| Slot::Seconds(&mut limits.retry_wait),
    ),
    limit(
        "host_wait",
        "the longest, in seconds, that a command waits for a host that asks it to",
        |limits| Slot::Seconds(&mut limits.host_wait),
    ),
    limit("helper", "seconds for a credential helper", |limits| {
        Slot::Seconds(&mut limits.helper)
    }),
];

impl Limit {
    /// The value that this limit has, as TOML takes it.
    pub fn value(&self, limits: &Limits) -> String {
        let mut limits = limits.clone();
        match (self.slot)(&mut limits) {
            Slot::Bytes(bytes) => written_bytes(*bytes),
            Slot::HeaderBytes(bytes) => written_bytes(*bytes as u64),
            Slot::Count(count) => count.to_string(),
            Slot::Count32(count) => count.to_string(),
            Slot::CountSize(count) => count.to_string(),
            Slot::Seconds(time) => time.as_secs_f64().to_string(),
        }
    }

    fn set(&self, limits: &mut Limits, value: &toml::Value) -> Result<(), String> {
        match (self.slot)(limits) {
            Slot::Bytes(slot) => *slot = bytes(value)?,
            Slot::HeaderBytes(slot) => *slot = narrow(bytes(value)?)?,
            Slot::Count(slot) => *slot = count(value)?,
            Slot::Count32(slot) => *slot = narrow(count(value)?)?,
            Slot::CountSize(slot) => *slot = narrow(count(value)?)?,
            Slot::Seconds(slot) => *slot = seconds(value)?,
        }
        Ok(())
    }
}

/// A size as TOML takes it: with a unit where that says it exactly.
fn written_bytes(number: u64) -> String {
    let words = bytes_in_words(number);
    let exact = bytes(&toml::Value::String(words.clone())) == Ok(number);
    if exact {
        format!("\"{words}\"")
    } else {
        number.to_string()
    }
}

/// Sets one limit. Errors: there is no such limit, or this is no value for it; in words that follow the key.
pub(super) fn set(limits: &mut Limits, key: &str, value: &toml::Value) -> Result<(), String> {
    match LIMITS.iter().find(|limit| limit.key == key) {
        Some(limit) => limit.set(limits, value),
        None => Err("there is no such limit; `regscope config` lists them".to_owned()),
    }
}
/// A number from 1.
fn count(value: &toml::Value) -> Result<u64, String> {
    let number = value.as_integer().and_then(|n| u64::try_from(n).ok());
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("`{}` is no whole number from 1", written(value)))
}

/// A value as it was written, roughly.
fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        other => other.type_str().to_owned(),
    }
}

/// The number as the limit has it.
fn narrow<T: TryFrom<u64>>(number: u64) -> Result<T, String> {
    T::try_from(number).map_err(|_| format!("{number} is more than there can be"))
}

/// A size: bytes, or a text with a unit.
fn bytes(value: &toml::Value) -> Result<u64, String> {
    const UNITS: [(&str, u64); 7] = [
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("b", 1),
    ];
    let wrong = || {
        format!(
            "`{}` is no size; write bytes, or a text as \"64 MiB\"",
            written(value)
        )
    };
    let Some(text) = value.as_str() else {
        return count(value).map_err(|_| wrong());
    };
    let text = text.trim().to_ascii_lowercase();
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((&text, 1));
    let number: u64 = number.trim().parse().map_err(|_| wrong())?;
    number
        .checked_mul(factor)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(wrong)
}

/// A time in seconds, with or without a fraction: more than none, at most a day.
fn seconds(value: &toml::Value) -> Result<Duration, String> {
    const DAY: f64 = 86_400.0;
    let number = value.as_float().or_else(|| {
        let whole = i32::try_from(value.as_integer()?).ok()?;
        Some(f64::from(whole))
    });
    number
        .filter(|seconds| *seconds > 0.0 && *seconds <= DAY)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| {
            format!(
                "`{}` is no time; write seconds, from 0.001 to 86400",
                written(value)
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_of_a_limit_is_read_as_the_same() {
        let mut other = Limits::default();
        for (number, limit) in LIMITS.iter().enumerate() {
            let value = toml::Value::Integer(i64::try_from(number).unwrap() + 1001);
            set(&mut other, limit.key, &value).unwrap();
        }
        for limits in [Limits::default(), other] {
            let mut read = Limits::default();
            for limit in &LIMITS {
                let text = format!("x = {}", limit.value(&limits));
                let table: toml::Table = text.parse().unwrap();
                set(&mut read, limit.key, &table["x"]).unwrap();
            }
            assert_eq!(read, limits, "and no limit is left out");
        }
    }
}
