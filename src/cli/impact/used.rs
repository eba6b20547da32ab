//! `--in-use FILE`: who must not be hurt.

use std::path::{Path, PathBuf};

use crate::cli::fail::Failure;
use crate::cli::standard_input;
use crate::insight::impact::{Consumer, Use, in_use};
use crate::session::impact::Gathered;
use crate::source::local::files::read_named;

use super::say;

/// At most so many bytes of one file: the pods of a large cluster.
const BYTES: u64 = 512 * 1024 * 1024;

/// What the files name, read before anything is asked of a registry.
pub(in crate::cli) fn read(files: &[PathBuf]) -> Result<Vec<Use>, Failure> {
    let mut uses = Vec::new();
    for file in files {
        let text = text(file)?;
        let found = in_use(&text).map_err(|error| {
            Failure::usage(format!(
                "cannot use {} for --in-use: {error}",
                file.display()
            ))
        })?;
        let of_file = |used: Use| match used.consumer.strip_prefix("line ") {
            Some(number) => Use {
                consumer: format!("{} line {number}", file.display()),
                ..used
            },
            None => used,
        };
        uses.extend(found.into_iter().map(of_file));
    }
    Ok(uses)
}

fn text(file: &Path) -> Result<String, Failure> {
    if file.as_os_str() == "-" {
        return standard_input::text("what is in use");
    }
    let failed = |why: &dyn std::fmt::Display| {
        Failure::usage(format!(
            "cannot use {} for --in-use: it {why}",
            file.display()
        ))
    };
    let bytes = read_named(file, BYTES).map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|_| failed(&"is no text"))
}

/// Those that mean the target, and the target's own charts; says what the others are.
pub(super) fn consumers(uses: &[Use], gathered: &Gathered) -> Vec<Consumer> {
    let matched = gathered
        .input
        .consumers(uses, gathered.fingerprints.host.as_deref());
    for used in &matched.unread {
        let words = "is no reference that can be read, so nothing is told of it";
        say(&format!("{}: `{}` {words}", used.consumer, used.reference));
    }
    if matched.elsewhere > 0 {
        say(&format!(
            "{} of {} references in use mean other registries or repositories",
            matched.elsewhere,
            uses.len()
        ));
    }
    matched.consumers
}
