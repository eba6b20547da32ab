//! Draws the pictures of the README from what the real program writes to a terminal:
//!
//! `cargo run --example pictures`             draws `screenshots/*.png` anew
//! `cargo run --example pictures -- --check`  fails where the committed ones are not what the screen is now
//!
//! Bytes from a pseudo-terminal → cells (`vt100`) → SVG → `rsvg-convert`. The clock of the program stands at the same
//! second in every picture (`faketime`), since ages are shown. `screenshots/sums` holds a hash of each SVG, which does
//! not depend on the fonts and the renderer of a machine, and one of each picture.

#![cfg_attr(
    unix,
    expect(
        clippy::print_stdout,
        clippy::unwrap_used,
        reason = "a tool of this repository: it says what it drew, and without a terminal or a tool there is no picture"
    )
)]

#[cfg(unix)]
mod scenes;
#[cfg(unix)]
mod svg;
#[cfg(unix)]
#[path = "../../tests/support/terminal.rs"]
mod terminal;

/// How patiently a picture is drawn: documents of what is looked at are read after the rest, and are in it.
#[cfg(unix)]
const DRAWN: u32 = 6;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use std::fmt::Write as _;

    let is_check = std::env::args().any(|argument| argument == "--check");
    let program = built();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let list = folder.join("sums");
    let committed = std::fs::read_to_string(&list).unwrap_or_default();
    let mut sums = String::new();
    for scene in scenes::all() {
        let path = folder.join(scene.file_name());
        let line = if is_check {
            // The screen is finished when nothing has come for a while, and a busy machine can be slower than that.
            let mut line = String::new();
            for patience in [1, 2, DRAWN] {
                line = sum(&scene.played(&program, patience).0, &path);
                if committed.lines().any(|other| other == line) {
                    break;
                }
            }
            line
        } else {
            let (svg, text) = scene.played(&program, DRAWN);
            drawn(&svg, &path);
            println!("{}\n{text}", scene.file_name());
            sum(&svg, &path)
        };
        let _ = writeln!(sums, "{line}");
    }
    if !is_check {
        std::fs::write(list, sums).unwrap();
    } else if sums != committed {
        println!(
            "the pictures are not of the screen as it is now; draw them with `cargo run --example pictures`, look at \
             them, and commit screenshots/. They are:\n{committed}and should be:\n{sums}"
        );
        return std::process::ExitCode::FAILURE;
    }
    std::process::ExitCode::SUCCESS
}

/// The line of `screenshots/sums` for a picture that was drawn of this.
#[cfg(unix)]
fn sum(svg: &str, path: &std::path::Path) -> String {
    let hash = |bytes: &[u8]| regscope::oci::Digest::of(bytes).to_string();
    let picture = std::fs::read(path).unwrap_or_default();
    let name = path.file_name().unwrap().to_string_lossy();
    format!("{} {} {name}", hash(svg.as_bytes()), hash(&picture))
}

#[cfg(not(unix))]
fn main() {}

/// The program, built as this example was: it lies in the folder above.
#[cfg(unix)]
fn built() -> std::path::PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(std::path::Path::parent).unwrap();
    let mut build = std::process::Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--locked", "--bin", "regscope"]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let is_built = build
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap()
        .success();
    assert!(is_built, "the program cannot be built");
    folder.join("regscope")
}

/// Makes a picture of an SVG.
#[cfg(unix)]
fn drawn(svg: &str, path: &std::path::Path) {
    use std::io::Write as _;

    let mut convert = std::process::Command::new("rsvg-convert")
        .arg("--output")
        .arg(path)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    convert
        .stdin
        .take()
        .unwrap()
        .write_all(svg.as_bytes())
        .unwrap();
    assert!(convert.wait().unwrap().success(), "rsvg-convert failed");
}
