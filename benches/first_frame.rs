//! How long `regscope demo` takes from its start to the first byte and to the whole tree, in a pseudo-terminal.
//!
//! `cargo bench --bench first_frame`. The numbers stand in `ARCHITECTURE.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "its input is its own")]

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// The last repository of the example: when it is there, the tree is.
const LAST_ROW: &str = "team/toolbox";

fn main() {
    let mut runs: Vec<(Duration, Duration)> = (0..20).map(|_| run()).collect();
    runs.sort_by_key(|(_, whole)| *whole);
    let (first, whole) = runs[runs.len() / 2];
    let best = runs[0].1;
    println!(
        "first byte {first:.1?}, whole tree {whole:.1?} (median of {}), best {best:.1?}",
        runs.len()
    );
}

fn run() -> (Duration, Duration) {
    let size = PtySize {
        rows: 45,
        cols: 160,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_regscope"));
    command.args(["demo", "--no-cache"]);
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    let mut output = pair.master.try_clone_reader().unwrap();
    let mut input = pair.master.take_writer().unwrap();
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).unwrap();
    let (mut seen, mut first, mut piece) = (Vec::new(), None, [0; 16_384]);
    loop {
        let count = output.read(&mut piece).unwrap();
        first.get_or_insert(start.elapsed());
        seen.extend_from_slice(&piece[..count]);
        if String::from_utf8_lossy(&seen).contains(LAST_ROW) {
            break;
        }
    }
    let whole = start.elapsed();
    input.write_all(b"q").unwrap();
    child.wait().unwrap();
    (first.unwrap(), whole)
}
