//! What is in the pictures: which keys are pressed, and what must stand on the screen then.

use std::path::Path;
use std::time::Duration;

use portable_pty::CommandBuilder;

use crate::svg;
use crate::terminal::Program;

/// A while after the newest image of the example.
const NOW: &str = "@2026-02-01 12:00:00";

/// How long nothing must have come before the screen counts as finished.
const QUIET: Duration = Duration::from_millis(400);

const LARGE: (u16, u16) = (160, 45);
const SMALL: (u16, u16) = (80, 24);

/// One picture.
pub(crate) struct Scene {
    name: &'static str,
    size: (u16, u16),
    /// Keys, and a text that stands on the screen after them.
    steps: &'static [(&'static str, &'static str)],
}

/// Every picture that the README, or the eye, wants.
pub(crate) fn all() -> Vec<Scene> {
    const BROWSE: &[(&str, &str)] = &[
        ("", "27 tags"),
        (":team/app\r", "team/app"),
        ("l", "no version"),
        ("lj", "2.0.0-alpine"),
        ("l", "linux/arm64"),
    ];
    const DETAILS: &[(&str, &str)] = &[
        ("", "team/base"),
        (":team/app\r", "team/app"),
        ("l", "no version"),
        ("lj", "2.0.0-alpine"),
        ("l", "linux/arm64"),
        ("\t", "Overview"),
    ];
    const IMPACT: &[(&str, &str)] = &[
        ("", "27 tags"),
        (":team/app:1.4.1\r", "1.4.1, 1.4, 1, latest"),
        (" ", "marked"),
        (":team/app:1.4.1-alpine\r", "1.4.1-alpine"),
        (" ", "marked"),
        ("x", "by this"),
    ];
    const WHY: &[(&str, &str)] = &[
        ("", "27 tags"),
        (":team/app:1.4.1\r", "1.4.1, 1.4, 1, latest"),
        ("l", "linux/amd64"),
        ("jw", "paths"),
    ];
    let scene = |name, size, steps| Scene { name, size, steps };
    vec![
        scene("browse", LARGE, BROWSE),
        scene("browse", SMALL, BROWSE),
        scene("details", SMALL, DETAILS),
        scene("impact", LARGE, IMPACT),
        scene("why", LARGE, WHY),
    ]
}

impl Scene {
    /// The name of its file in `screenshots/`.
    pub(crate) fn file_name(&self) -> String {
        let (columns, rows) = self.size;
        format!("{}-{columns}x{rows}.png", self.name)
    }

    /// Plays it with the real program, so many times as patiently: the last screen as SVG and as text.
    pub(crate) fn played(&self, program: &Path, patience: u32) -> (String, String) {
        let home = tempfile::tempdir().unwrap();
        let (columns, rows) = self.size;
        let mut command = CommandBuilder::new("faketime");
        command.args(["-f", NOW]);
        command.arg(program);
        command.arg("demo");
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for variable in ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(variable, home.path());
        }
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        command.env("TZ", "UTC");
        command.cwd(home.path());
        let mut running = Program::spawn(command, columns, rows);
        for (keys, text) in self.steps {
            running.press(keys);
            running.see(text);
            running.rest(QUIET * patience);
        }
        let (bytes, text) = (running.bytes(), running.contents());
        running.press("\x03");
        running.end();
        (svg::of_terminal(&bytes, self.size), text)
    }
}
