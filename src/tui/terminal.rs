//! The terminal: taken over, and given back whatever happens.
//!
//! It is given back when the program leaves, when it panics in any thread, and when the system ends it. Ratatui's own
//! hook leaves the mouse captured; this one gives back everything, before a word of the panic is written.

use std::io::{self, IsTerminal as _, Stdout, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::Stream;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::clipboard::CopyToClipboard;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{
    self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    Event,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use tokio::sync::mpsc;

use super::bounded::Bounded;

/// What a terminal can do besides being drawn on.
pub trait Console {
    /// Puts a text on the clipboard, by OSC 52, which works over SSH too. Errors are words for the person.
    fn copy(&mut self, text: &str) -> Result<(), String>;
    /// Takes the mouse, or leaves it to the terminal.
    fn set_mouse(&mut self, is_on: bool);
    /// Gives the terminal to the shell, and takes it again when the shell calls the program back. Errors are words for
    /// the person.
    fn suspend(&mut self) -> Result<(), String>;
}

/// The longest text that terminals take by OSC 52 (xterm's limit is 100,000 bytes of base64, screen's less).
const COPIED_MOST: usize = 74_000;

impl Console for CrosstermBackend<Stdout> {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        if text.len() > COPIED_MOST {
            return Err(format!(
                "{} bytes are more than a terminal copies",
                text.len()
            ));
        }
        execute!(self, CopyToClipboard::to_clipboard_from(text)).map_err(|error| error.to_string())
    }

    fn set_mouse(&mut self, is_on: bool) {
        // A terminal that does not take this has no mouse.
        let _ = if is_on {
            execute!(self, EnableMouseCapture)
        } else {
            execute!(self, DisableMouseCapture)
        };
    }

    fn suspend(&mut self) -> Result<(), String> {
        restore();
        // The program stops in here, and goes on here.
        let stopped = stop();
        take().map_err(|error| error.to_string())?;
        stopped
    }
}

/// Stops the program as its shell's ^z would: it, and whatever it started in the foreground.
#[cfg(unix)]
fn stop() -> Result<(), String> {
    use rustix::process::{Signal, kill_current_process_group};
    kill_current_process_group(Signal::TSTP).map_err(|error| error.to_string())
}

/// Stops the program as its shell's ^z would.
#[cfg(not(unix))]
fn stop() -> Result<(), String> {
    Err("this system cannot stop a program from its terminal".to_owned())
}

/// Takes the terminal over.
fn take() -> io::Result<()> {
    IS_TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableMouseCapture
    )
}

impl Console for ratatui::backend::TestBackend {
    fn copy(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn set_mouse(&mut self, _: bool) {}

    fn suspend(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Whether the terminal is ours, so that it is given back once.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal that the program runs in.
pub struct RealTerminal {
    terminal: Terminal<Bounded<CrosstermBackend<Stdout>>>,
    input: mpsc::Receiver<io::Result<Event>>,
}

/// Events of the terminal that may wait; a person does not type this fast.
const EVENTS: usize = 256;

impl RealTerminal {
    /// Takes the terminal over. Nothing is asked of it, so nothing waits for its answer.
    ///
    /// Errors: standard input or output is no terminal.
    pub fn start() -> anyhow::Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            anyhow::bail!("the screen needs a terminal; `regscope tree TARGET` prints without one");
        }
        restore_on_panic();
        let started = take();
        if let Err(error) = started {
            restore();
            return Err(error.into());
        }
        Ok(Self {
            terminal: Terminal::new(Bounded(CrosstermBackend::new(io::stdout())))?,
            input: listen()?,
        })
    }

    /// The terminal and its input, apart.
    pub fn parts(
        &mut self,
    ) -> (
        &mut Terminal<Bounded<CrosstermBackend<Stdout>>>,
        impl Stream<Item = io::Result<Event>> + Unpin + '_,
    ) {
        let input = &mut self.input;
        let stream = futures_util::stream::poll_fn(move |context| input.poll_recv(context));
        (&mut self.terminal, stream)
    }
}

/// Reads the terminal's events on a thread of its own, which ends with the program: nothing else can interrupt a read.
fn listen() -> io::Result<mpsc::Receiver<io::Result<Event>>> {
    let (sender, receiver) = mpsc::channel(EVENTS);
    let read = move || {
        loop {
            let event = event::read();
            let is_over = event.is_err();
            if sender.blocking_send(event).is_err() || is_over {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("keys".to_owned())
        .spawn(read)?;
    Ok(receiver)
}

impl Drop for RealTerminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. Does nothing the second time, and nothing where it is not ours.
pub fn restore() {
    if !IS_TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Each on its own: a terminal that is gone takes none of them, and then nothing is lost.
    let mut out = io::stdout();
    let _ = execute!(
        out,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
    let _ = out.flush();
}

fn restore_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        before(panic);
        super::crash::report(panic);
    }));
}

/// Panics on F12 where `REGSCOPE_TEST_PANIC` is set: how the tests of the real binary see that the terminal is given
/// back. Not in release builds.
#[cfg(debug_assertions)]
pub(super) fn panic_if_told(event: &io::Result<Event>) {
    use ratatui::crossterm::event::KeyCode;
    let is_told = matches!(event, Ok(Event::Key(key)) if key.code == KeyCode::F(12));
    assert!(
        !is_told || std::env::var_os("REGSCOPE_TEST_PANIC").is_none(),
        "told to panic by REGSCOPE_TEST_PANIC"
    );
}

/// The signal with which the system ended the program, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(pub u8);

/// Ends when the system asks the program to end.
///
/// Errors: signals cannot be listened to.
#[cfg(unix)]
pub fn ended() -> io::Result<impl Future<Output = Signal>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = hang_up.recv() => Signal(1),
            _ = interrupt.recv() => Signal(2),
            _ = terminate.recv() => Signal(15),
        }
    })
}

/// Ends when the system asks the program to end.
///
/// Errors: signals cannot be listened to.
#[cfg(not(unix))]
pub fn ended() -> io::Result<impl Future<Output = Signal>> {
    Ok(async {
        // Without a way to listen there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal(2)
    })
}
