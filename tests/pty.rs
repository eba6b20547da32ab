//! The real program in a pseudo-terminal: what it shows, and that it gives the terminal back, however it ends.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

#[path = "support/terminal.rs"]
mod terminal;

use std::io::{Read as _, Write as _};
use std::time::Instant;

use portable_pty::CommandBuilder;
use terminal::{DEADLINE, Program};

/// The program on a terminal of this size, in a home of its own.
fn start(arguments: &[&str], columns: u16, rows: u16) -> Program {
    start_with(arguments, columns, rows, &[])
}

fn start_with(arguments: &[&str], columns: u16, rows: u16, variables: &[(&str, &str)]) -> Program {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_regscope"));
    command.args(arguments);
    let home = concat!(env!("CARGO_TARGET_TMPDIR"), "/pty-home");
    std::fs::create_dir_all(home).unwrap();
    for variable in ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
        command.env(variable, home);
    }
    command.cwd(home);
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    command.env("REGSCOPE_TEST_PANIC", "1");
    // A long backtrace would push the message off the screen.
    command.env("RUST_BACKTRACE", "0");
    for (name, value) in variables {
        command.env(name, value);
    }
    Program::spawn(command, columns, rows)
}

#[test]
fn one_target_that_cannot_be_opened_does_not_end_the_others() {
    let mut program = start(&["demo", "oci:nothere"], 160, 45);
    program.see("Not opened");
    program.press(" ");
    program.see("27 tags");
    program.press("q");
    assert_eq!(program.end(), 0);
    program.see("regscope: ");
    program.is_given_back();
    // Where none can be opened there is nothing to show.
    let mut program = start(&["oci:nothere", "oci:neither"], 160, 45);
    assert_eq!(program.end(), 3);
    program.see("nothere");
    program.see("neither");
}

#[test]
fn it_starts_walks_resizes_and_quits() {
    let mut program = start(&["demo"], 160, 45);
    program.see("team/app");
    program.see("27 tags");
    program.press(":team/app:1.4.1\r");
    program.see("1.4.1 = ");
    program.press("l");
    program.see("linux/arm64");
    program.press("J");
    program.see("\"schemaVersion\": 2");
    program.press("\x1b[<0;4;4M");
    program.see("legacy/worker  repository");
    program.resize(80, 24);
    program.wait("80 columns", |output| {
        let contents = output.contents();
        let frame = contents.lines().nth(1).unwrap_or_default().to_owned();
        frame.ends_with('╮') && frame.chars().count() == 80
    });
    program.press("?");
    program.see("Help");
    program.press("\x1b");
    program.wait("help gone", |output| !output.contents().contains("Help"));
    program.press("q");
    assert_eq!(program.end(), 0);
    program.is_given_back();
}

/// Keys, and what must stand on the screen after them.
const TOUR: &[(&str, &str)] = &[
    ("/spdx", "13 found in"),
    ("\r", "13 found in"),
    // Behind an escape no key may follow before it was seen, or it would be that key with Alt.
    ("\x1b", "plugins/rate-limit"),
    ("\x10", "Not read"),
    ("j", "2 / "),
    ("q", "27 tags"),
    (":team/app:1.3.2\r", "1.3.2"),
    ("2", "\"schemaVersion\": 2"),
    ("1", "MADE OF"),
    ("\t", "MADE OF"),
    ("x", "NOT SAFE"),
    (" ", "[x] 1.3 "),
    ("2", "tag 1.3"),
    ("5", "not seen"),
    ("e", "runs none of it"),
    ("q", "Not known"),
    ("d", "Compare"),
    ("\r", "Differs"),
    ("d", "Anyway"),
    ("2", "tag 1.3"),
    ("\r", "HOLDS"),
    ("H", "[x] 1.3 "),
    ("?", "Help"),
    ("q", "[x] 1.3 "),
    ("w", "Why is this kept"),
    ("q", "[x] 1.3 "),
    ("q", "HOLDS"),
    ("X", "Next garbage collection"),
    ("q", "HOLDS"),
    ("y", "pull command"),
    ("q", "HOLDS"),
    ("U", "is held by"),
    ("q", "HOLDS"),
    ("s", "by date"),
    ("L", "Load everything?"),
    ("q", "HOLDS"),
    ("@", "nothing was sent"),
    ("@", "HOLDS"),
    ("o", "What to look at"),
    ("\x1b", "HOLDS"),
];

#[test]
fn a_tour_of_the_whole_program() {
    let mut program = start(&["demo"], 160, 45);
    program.see("27 tags");
    for (keys, text) in TOUR {
        if !keys.is_empty() {
            program.press(keys);
        }
        program.see(text);
    }
    program.press("\x03");
    assert_eq!(program.end(), 0);
    program.is_given_back();
}

#[test]
fn a_terminal_that_cannot_be_drawn_on_gets_the_line_that_prints() {
    let mut program = start_with(&["demo"], 80, 24, &[("TERM", "dumb")]);
    assert_eq!(program.end(), 2);
    program.see("regscope tree demo");
}

#[test]
fn marks_impact_policy_and_why_come_from_the_worker() {
    let mut program = start(&["demo"], 160, 45);
    program.see("27 tags");
    program.press(":team/app:1.4.1\r");
    // All of them: a tag that is not known yet would not be marked.
    program.see("1.4.1, 1.4, 1, latest");
    program.press(" ");
    program.see("marked");
    program.press("x");
    program.see("Delete 4 tags of team/app");
    program.see("by this");
    program.press("p");
    program.see("By whose rules");
    program.press("j\r");
    program.see("policy zot-delete-referrers");
    program.press("2");
    program.see("tag 1.4.1");
    program.press("w");
    program.see("Why is this kept");
    program.press("\x1b");
    program.see("Delete 4 tags of team/app");
    program.press("\x1b");
    program.see("Overview");
    // Marking moved the cursor on.
    program.press("w");
    program.see("is kept by 3 paths");
    program.press("\x1b");
    // An escape with a key right behind it would be that key with Alt.
    program.see("Overview");
    program.press("@");
    program.see("nothing was sent");
    program.press("\x03");
    assert_eq!(program.end(), 0);
    program.is_given_back();
}

#[test]
fn a_terminal_that_says_it_is_enormous_is_drawn_in_part() {
    // Larger sizes a pseudo-terminal has, but the parser of this test would need as much memory as the program, and time.
    let mut program = start(&["demo"], 1_200, 520);
    program.see("27 tags");
    let contents = program.contents();
    let widest = contents.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(1_000), "{widest:?} columns");
    assert!(contents.lines().count() <= 500);
    program.press("q");
    assert_eq!(program.end(), 0);
    program.is_given_back();
}

#[test]
fn without_targets_it_asks_for_one() {
    let mut program = start(&[], 80, 24);
    program.see("What to look at");
    program.press("./no-such-folder\r");
    program.wait("a sentence that says why not", |output| {
        let contents = output.contents();
        contents.matches("no-such-folder").count() >= 2 && !contents.contains("opening")
    });
    program.press("\x1b");
    program.wait("an empty line", |output| {
        !output.contents().contains("no-such-folder")
    });
    program.press("\r");
    program.see("team/app");
    program.press("\x03");
    assert_eq!(program.end(), 0, "{}", program.contents());
    program.is_given_back();
}

#[test]
fn a_panic_gives_the_terminal_back_and_leaves_a_report() {
    let state = tempfile::tempdir().unwrap();
    let place = state.path().to_str().unwrap();
    let mut program = start_with(&["demo"], 100, 30, &[("XDG_STATE_HOME", place)]);
    program.see("team/app");
    program.press("\x1b[24~");
    assert_ne!(program.end(), 0);
    let reports: Vec<_> = std::fs::read_dir(state.path().join("regscope"))
        .unwrap()
        .collect();
    assert_eq!(reports.len(), 1);
    let report = std::fs::read_to_string(reports[0].as_ref().unwrap().path()).unwrap();
    assert!(
        report.contains("told to panic") && report.contains(env!("CARGO_PKG_VERSION")),
        "{report}"
    );
    assert!(
        !report.contains("team/app"),
        "nothing of what was looked at"
    );
    program.is_given_back();
    let text = program.contents();
    assert!(text.contains("told to panic"), "{text}");
}

#[test]
fn the_system_ends_it_and_the_terminal_is_given_back() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129), ("-INT", 130)] {
        let mut program = start(&["demo"], 100, 30);
        program.see("team/app");
        program.signal(signal);
        assert_eq!(program.end(), code, "{signal}");
        program.is_given_back();
    }
}

/// A generator that is the same every time (xorshift); a test must not need a crate for this.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

/// What a person, or a cat, may press.
const KEYS: &[&str] = &[
    "j",
    "k",
    "l",
    "h",
    "g",
    "G",
    "\r",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[5~",
    "\x1b[6~",
    "\t",
    "\x1b[Z",
    "-",
    "=",
    " ",
    "J",
    "x",
    "p",
    "w",
    "e",
    "@",
    "U",
    "O",
    "z",
    "[",
    "]",
    "/",
    "n",
    "N",
    ":",
    "y",
    "d",
    "r",
    "L",
    "m",
    "?",
    "\x7f",
    "a",
    "1",
    ".",
    "\x1b[<0;20;10M",
    "\x1b[<64;20;10M",
    "\x1b[<65;120;10M",
    "\x1b[200~pasted\x1b[201~",
    "é",
    "\x0c",
];

#[test]
fn thousands_of_random_keys_do_no_harm() {
    let mut dice = Dice(0x5eed_cafe);
    let mut program = start(&["demo"], 120, 40);
    program.see("team/app");
    for step in 0..4_000 {
        program.press(KEYS[dice.roll(KEYS.len())]);
        if step % 40 == 0 {
            // Alone, so that it is the key and not the beginning of a sequence.
            program.press("\x1b");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        if step % 500 == 0 {
            let (cols, rows) = (20 + dice.roll(180), 5 + dice.roll(50));
            program.resize(u16::try_from(cols).unwrap(), u16::try_from(rows).unwrap());
        }
    }
    program.press("\x03");
    assert_eq!(program.end(), 0, "{}", program.contents());
    program.is_given_back();
}

/// A registry that wants a password and says nothing else, on a port of this machine.
fn closed_registry() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(
                    b"HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                );
            });
        }
    });
    port
}

#[test]
fn a_credential_helper_cannot_draw_on_the_screen() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("docker-credential-loud");
    // Says on the terminal whether there is one, and in the file that it has done so.
    let script = format!(
        "#!/bin/sh\nif (echo TTYJUNK >/dev/tty) 2>/dev/null; then told=drawn; else told=kept; fi\n\
         echo $told >{0}/part\nmv {0}/part {0}/told\nsleep 300 &\nwait\n",
        folder.path().display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(
        folder.path().join("config.json"),
        r#"{"credsStore":"loud"}"#,
    )
    .unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", folder.path().display());
    let target = format!("127.0.0.1:{}/app", closed_registry());
    let variables = [
        ("DOCKER_CONFIG", folder.path().to_str().unwrap()),
        ("PATH", path.as_str()),
    ];
    let mut program = start_with(&[&target], 100, 30, &variables);
    program.see("app");
    let end = Instant::now() + DEADLINE;
    while !folder.path().join("told").exists() {
        assert!(Instant::now() < end, "the helper was not asked");
        std::thread::yield_now();
    }
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
    assert_eq!(told, "kept\n");
    program.press("?");
    program.see("quit");
    let contents = program.contents();
    assert!(!contents.contains("TTYJUNK"), "{contents}");
    program.press("qq");
    program.end();
}
