//! `regscope cache`.

use std::process::ExitCode;

use serde::Serialize;

use crate::source::cache::Cache;

use super::arguments::{Common, Format};
use super::fail::Failure;
use super::output;

#[derive(Serialize)]
struct CacheDocument {
    schema: u32,
    folder: String,
    contents: u64,
    repositories: u64,
    bytes: u64,
    cap: u64,
}

/// Tells what is kept, after removing it if that is wanted.
pub(super) fn run(clear: bool, common: &Common) -> Result<ExitCode, Failure> {
    let Some(cache) = Cache::of_user() else {
        return Err(Failure::internal(
            "this system tells no place for a cache; set HOME or XDG_CACHE_HOME",
        ));
    };
    let folder = cache.folder().display().to_string();
    if clear {
        cache
            .clear()
            .map_err(|error| Failure::internal(format!("cannot clear {folder}: {error}")))?;
    }
    let usage = cache.usage();
    let document = CacheDocument {
        schema: 1,
        folder,
        contents: usage.contents,
        repositories: usage.repositories,
        bytes: usage.bytes,
        cap: Cache::CAP,
    };
    match common.format {
        Format::Json => output::json(&document)?,
        Format::Text => output::print(&format!(
            "{}\n{} of at most {} in {} documents and {} repositories",
            document.folder,
            output::size(document.bytes),
            output::size(document.cap),
            document.contents,
            document.repositories,
        ))?,
    }
    Ok(ExitCode::SUCCESS)
}
