//! The collections that some tests need and a clone does not have. Such a test is `#[ignore]`d with its reason, so that
//! a run that leaves it out says so; `.ci/run` names the collections and adds `--include-ignored`.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each of those who include this takes a part of it"
)]

use std::path::PathBuf;

/// The folder of documents that others made.
pub fn corpus() -> PathBuf {
    folder("REGSCOPE_CORPUS")
}

/// A folder that the environment names.
fn folder(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    let path = path.unwrap_or_else(|| panic!("this test needs {variable}"));
    PathBuf::from(path)
}
