//! The table `limits`: what a person lets regscope read, and wait for, other than by default.

use std::time::Duration;

use crate::source::Limits;

/// Sets one limit. Errors: there is no such limit, or this is no value for it; in words that follow the key.
pub(super) fn set(limits: &mut Limits, key: &str, value: &toml::Value) -> Result<(), String> {
    match key {
        "manifest_bytes" => limits.manifest_bytes = bytes(value)?,
        "list_bytes" => limits.list_bytes = bytes(value)?,
        "document_bytes" => limits.document_bytes = bytes(value)?,
        "decompressed_bytes" => limits.decompressed_bytes = bytes(value)?,
        "header_bytes" => limits.header_bytes = narrow(bytes(value)?)?,
        "decompression_ratio" => limits.decompression_ratio = count(value)?,
        "depth" => limits.depth = narrow(count(value)?)?,
        "pages" => limits.pages = narrow(count(value)?)?,
        "list_entries" => limits.list_entries = narrow(count(value)?)?,
        "entries" => limits.entries = count(value)?,
        "redirects" => limits.redirects = narrow(count(value)?)?,
        "tries" => limits.tries = narrow(count(value)?)?,
        "connect" => limits.connect = seconds(value)?,
        "idle" => limits.idle = seconds(value)?,
        "whole" => limits.whole = seconds(value)?,
        "retry_wait" => limits.retry_wait = seconds(value)?,
        "host_wait" => limits.host_wait = seconds(value)?,
        "helper" => limits.helper = seconds(value)?,
        _ => return Err("there is no such limit; README.md lists them".to_owned()),
    }
    Ok(())
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
