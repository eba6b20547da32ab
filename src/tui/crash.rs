//! What is left behind when the program panics: a file that a person can send.

use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::PathBuf;

/// Writes a report and says where it is. It has the panic, its place, the way there and the version; no target, no
/// name of a host and nothing that was read.
///
/// A panic is our own fault: whatever goes wrong here must not hide it, so nothing here fails.
pub(super) fn report(panic: &PanicHookInfo<'_>) {
    let text = text(panic, &Backtrace::force_capture());
    let Some(file) = place() else { return };
    let written = file
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&file, text));
    let words = match written {
        Ok(()) => format!("a report for its authors is in {}", file.display()),
        Err(error) => format!("no report could be written to {}: {error}", file.display()),
    };
    let _ = writeln!(
        std::io::stderr(),
        "regscope: this is an error in regscope itself; {words}"
    );
}

/// One file a process, in the folder for what a program leaves behind.
fn place() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "regscope")?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.cache_dir());
    Some(folder.join(format!("crash-{}.txt", std::process::id())))
}

fn text(panic: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let mut text = format!(
        "regscope {} on {} {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let thread = std::thread::current();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "thread {}", thread.name().unwrap_or("without a name"));
    let _ = writeln!(text, "{panic}\n\n{backtrace}");
    text
}
