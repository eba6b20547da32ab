//! A program in a pseudo-terminal: its keys, its screen, its end. For the tests of the real binary, and for the pictures
//! that `examples/pictures` draws of it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each of those who include this takes a part of it"
)]
#![allow(
    clippy::unwrap_used,
    reason = "without a terminal there is nothing to go on with"
)]

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a text may take to appear. Generous: the machine may be busy, and who is right does not wait.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// What has come out of the program.
pub struct Output {
    /// The screen that the bytes draw.
    pub parser: vt100::Parser,
    /// All of them.
    pub bytes: Vec<u8>,
    /// Whether there will be no more.
    pub is_over: bool,
}

impl Output {
    /// What stands on the screen, as text.
    pub fn contents(&self) -> String {
        self.parser.screen().contents()
    }
}

/// The program, running.
pub struct Program {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    input: Box<dyn std::io::Write + Send>,
    output: Arc<(Mutex<Output>, Condvar)>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Program {
    /// Starts a command on a terminal of this size.
    pub fn spawn(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let output = Arc::new((
            Mutex::new(Output {
                parser: vt100::Parser::new(
                    rows.try_into().unwrap(),
                    columns.try_into().unwrap(),
                    0,
                ),
                bytes: Vec::new(),
                is_over: false,
            }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let told = output.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let mut output = told.0.lock().unwrap();
                output.parser.process(&buffer[..count]);
                output.bytes.extend_from_slice(&buffer[..count]);
                output.is_over = count == 0;
                told.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        Self {
            master: pair.master,
            child,
            input,
            output,
        }
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        self.output.0.lock().unwrap()
    }

    /// What stands on the screen now, as text.
    pub fn contents(&self) -> String {
        self.output().contents()
    }

    /// All bytes that came until now.
    pub fn bytes(&self) -> Vec<u8> {
        self.output().bytes.clone()
    }

    /// Types these bytes.
    pub fn press(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        {
            let (rows, columns) = (rows.try_into().unwrap(), columns.try_into().unwrap());
            self.output().parser.screen_mut().set_size(rows, columns);
        }
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Waits until something holds of the output; says what was there instead.
    pub fn wait(&self, what: &str, holds: impl Fn(&Output) -> bool) {
        let end = Instant::now() + DEADLINE;
        let mut output = self.output();
        while !holds(&output) {
            let left = end.saturating_duration_since(Instant::now());
            let is_stuck = left.is_zero() || output.is_over;
            assert!(!is_stuck, "no {what} in:\n{}", output.contents());
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
    }

    /// Waits until this text stands on the screen.
    pub fn see(&self, text: &str) {
        self.wait(text, |output| output.contents().contains(text));
    }

    /// Waits until nothing has come for so long.
    pub fn rest(&self, quiet: Duration) {
        let mut output = self.output();
        loop {
            let (next, waited) = self.output.1.wait_timeout(output, quiet).unwrap();
            if waited.timed_out() || next.is_over {
                return;
            }
            output = next;
        }
    }

    /// Waits for the end of the program; gives its exit code.
    pub fn end(&mut self) -> u32 {
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.wait("end of output", |output| output.is_over);
                return status.exit_code();
            }
            if Instant::now() > end {
                let _ = self.child.kill();
                panic!("it did not end:\n{}", self.contents());
            }
            std::thread::yield_now();
        }
    }

    /// That the terminal is as it was: the other screen, the cursor, the mouse, paste, the line discipline.
    pub fn is_given_back(&self) {
        let output = self.output();
        let screen = output.parser.screen();
        assert!(!screen.alternate_screen(), "still on the other screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "pasting is still bracketed");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is still taken"
        );
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
