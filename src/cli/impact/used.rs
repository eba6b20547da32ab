//! `--in-use FILE`: who must not be hurt.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::fail::Failure;
use crate::cli::standard_input;
use crate::insight::impact::{Consumer, Use, in_use};
use crate::session::impact::Gathered;

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
    let failed = |error: std::io::Error| {
        Failure::usage(format!(
            "cannot read {} for --in-use: {error}",
            file.display()
        ))
    };
    if file.as_os_str() == "-" {
        return standard_input::text("what is in use");
    }
    // Not `read_own`: what a shell makes of `<(kubectl get pods …)` is a pipe.
    let opened = std::fs::File::open(file).map_err(failed)?;
    let mut text = String::new();
    let mut reader = opened.take(BYTES.saturating_add(1));
    let count = reader.read_to_string(&mut text).map_err(failed)?;
    if count as u64 > BYTES {
        let words = format!("{} has more than {BYTES} bytes", file.display());
        return Err(Failure::usage(words));
    }
    Ok(text)
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
