//! The loop: waits for one thing, takes what else is there, does what is to be done, draws.
//!
//! ```text
//! select { signal, key, frame timer, crawl, worker }  →  update  →  where no key came: more, for 4 ms at most
//!          →  effects (the only place that spawns)   →  draw what is due
//! ```
//!
//! A key comes first, whatever else waits, and is drawn before anything more is taken in; `pace` says
//! what is due. So however many tags arrive, a key waits for one piece of them and one frame.
//!
//! There is no tick: an idle screen sleeps. Only while a host asks us to wait is there a frame each second, because
//! the top line counts down.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::crossterm::event::Event as Input;
use ratatui::layout::{Rect, Size};
use tokio::sync::mpsc;

use crate::crawl::{Crawl, Event, Reach, TagFilter, Urgency};
use crate::graph::{Fact, NodeState};
use crate::oci::remote_text::clean;
use crate::oci::{Address, Asked, Question, Repository};
use crate::session::Opened;
use crate::source::registry::RequestLog;
use crate::words::bytes;

use super::bounded::bounded;
use super::effect::Effect;
use super::impact::{Target, Terms};
use super::inbox::Inbox;
use super::jobs::Workers;
use super::keys::Keymap;
use super::message::Message;
use super::model::{Model, Remember, Suggestion, Trust};
use super::pace::FramePacer;
use super::panes::{Log, Notices};
use super::terminal::{self, Console, RealTerminal, Signal};
use super::theme::Theme;
use super::tree::Rows;
use super::update::{settle, update};
use super::view;

/// Opens a target that a person typed, or says in words why not. Runs away from the screen's thread, since it may
/// look at files.
pub type Opener = Arc<dyn Fn(&str) -> Result<Opened, String> + Send + Sync>;

/// What earlier sessions found out about a repository that is opened; nothing where it was asked for before. Blocks.
pub type Recaller = Arc<dyn Fn(&Repository) -> Vec<Fact> + Send + Sync>;

/// Notes something of a target for the first screen. Blocks.
pub type Rememberer = Arc<dyn Fn(&str, Remember) + Send + Sync>;

/// What the screen begins with.
pub struct Setup {
    /// The crawl, which has begun at the roots.
    pub crawl: Crawl,
    /// What comes out of it.
    pub events: mpsc::Receiver<Event>,
    /// The roots, in the order of the targets; without any, the screen asks for one.
    pub roots: Vec<Address>,
    /// What is known already.
    pub graph_seed: Vec<Fact>,
    /// Whether the crawl asks only for what the screen wants (the plan's `is_reserved`, where a root is remote).
    pub is_reserved: bool,
    /// Opens what a person types.
    pub open: Opener,
    /// Remembers what was known of a repository, when a person opens it.
    pub recall: Recaller,
    /// Which tags are asked for without being looked at.
    pub tags: TagFilter,
    /// The targets as they can be opened another day, by their roots.
    pub unremembered: Vec<(Address, String)>,
    /// Which key does what.
    pub keys: Keymap,
    /// Notes a target for the first screen, once something of it was read. Blocks.
    pub remember: Rememberer,
    /// What the first screen offers.
    pub suggestions: Vec<Suggestion>,
    /// What the person trusts, by repository.
    pub trust: Vec<crate::config::TrustRule>,
    /// Why targets could not be opened, one sentence each.
    pub unopened: Vec<String>,
    /// The targets, for the impact.
    pub targets: Vec<Target>,
    /// What holds for every impact.
    pub terms: Terms,
    /// The requests that are sent.
    pub log: Arc<RequestLog>,
    /// When the session began, in milliseconds since 1970.
    pub session: u64,
    /// Whether registries are believed whoever they are.
    pub is_unverified: bool,
}

/// How long the first frame waits for what files or the program itself answer: that comes within a few milliseconds,
/// and a first frame without it would stand for as long as a frame. For a registry nothing waits.
const PATIENCE: Duration = Duration::from_millis(8);
/// How long messages are taken in before the loop looks for a key: a key waits for that, and for one frame.
const TURN: Duration = Duration::from_millis(4);
/// Messages of workers that may wait.
const WORKERS: usize = 64;
/// How often the countdown of a waiting host is drawn.
const COUNTDOWN: Duration = Duration::from_secs(1);

/// Runs the screen until the person leaves, or the terminal or the system ends it. Needs a tokio runtime.
///
/// Nothing before the first frame waits for the terminal or the network.
///
/// Gives the signal that ended it, if one did. Errors: standard output is no terminal, or cannot be drawn on.
pub async fn run(setup: Setup) -> anyhow::Result<Option<Signal>> {
    let theme = Theme::from_environment(|name| std::env::var(name).ok());
    let mut terminal = RealTerminal::start()?;
    let ended = terminal::ended()?;
    let (terminal, input) = terminal.parts();
    #[cfg(debug_assertions)]
    let input = input.inspect(terminal::panic_if_told);
    let result = run_with(setup, theme, terminal, input, ended).await;
    terminal::restore();
    result
}

/// The loop over any terminal, any input and any end: what [`run`] runs, and what tests script.
///
/// Gives what `ended` gave, if that ended it. Errors: the terminal cannot be drawn on.
pub async fn run_with<B>(
    mut setup: Setup,
    theme: Theme,
    terminal: &mut Terminal<B>,
    mut input: impl Stream<Item = std::io::Result<Input>> + Unpin,
    ended: impl Future<Output = Signal>,
) -> anyhow::Result<Option<Signal>>
where
    B: Backend + Console,
    B::Error: Send + Sync + 'static,
{
    let size = terminal.size()?;
    let is_local =
        !setup.roots.is_empty() && setup.targets.iter().all(|one| !one.kind.is_registry());
    let mut model = model_of(&mut setup, theme, (size.width, size.height));
    let (results, answers) = mpsc::channel(WORKERS);
    let workers = Workers::start(setup.terms, &results)?;
    workers.learn(setup.graph_seed);
    setup
        .targets
        .into_iter()
        .for_each(|target| workers.open(target));
    let outside = Outside {
        crawl: Arc::new(setup.crawl),
        open: setup.open,
        recall: setup.recall,
        results,
        workers: Arc::new(workers),
        remember: setup.remember,
        unremembered: Arc::new(Mutex::new(setup.unremembered)),
    };
    let mut inbox = Inbox::new(setup.events, answers);
    if is_local
        && outside
            .first_answers(&mut model, &mut inbox, terminal)
            .await?
    {
        return Ok(None);
    }
    let mut pace = FramePacer::default();
    pace.changed();
    tokio::pin!(ended);
    loop {
        let now = Instant::now();
        if let Some(rows) = pace.due(now) {
            let effects = settle(&mut model, rows);
            if outside.run(effects, &mut model, terminal)? {
                return Ok(None);
            }
            outside.remember_read(&model);
            draw(&mut model, terminal, &setup.log)?;
            pace.drawn(rows, now, Instant::now());
        }
        let first = tokio::select! {
            biased;
            signal = &mut ended => return Ok(Some(signal)),
            event = input.next() => {
                pace.pressed();
                from_terminal(event)
            }
            () = sleep_until(next_frame(&model, &pace)) => {
                pace.changed();
                continue;
            }
            message = inbox.next() => {
                pace.changed();
                message
            }
        };
        // What follows a key waits until the key is drawn.
        let is_from_person = pace.is_pressed();
        let begun = Instant::now();
        let mut effects = update(&mut model, first);
        while !is_from_person && begun.elapsed() < TURN {
            let Some(message) = inbox.waiting() else {
                break;
            };
            effects.extend(update(&mut model, message));
        }
        if outside.run(effects, &mut model, terminal)? {
            return Ok(None);
        }
    }
}

/// The screen as it begins.
fn model_of(setup: &mut Setup, theme: Theme, size: (u16, u16)) -> Model {
    let mut model = Model::new(&setup.roots, theme, size);
    model.is_reserved = setup.is_reserved;
    model.suggestions = std::mem::take(&mut setup.suggestions);
    model.signatures.rules = std::mem::take(&mut setup.trust).into();
    if !setup.unopened.is_empty() {
        model.show(Notices::new(std::mem::take(&mut setup.unopened)));
    }
    model.details.session = setup.session;
    model.tags = setup.tags.clone();
    model.keys = setup.keys.clone();
    if setup.is_unverified {
        model.trust = Trust::Unverified;
    }
    model.known.take(&setup.graph_seed);
    model
}

fn draw<B>(model: &mut Model, terminal: &mut Terminal<B>, log: &RequestLog) -> anyhow::Result<()>
where
    B: Backend,
    B::Error: Send + Sync + 'static,
{
    model.now = Timestamp::now();
    if model.has(Log::PLACE) {
        model.log = log.entries();
    }
    terminal.draw(|frame| view::draw(model, frame))?;
    Ok(())
}

/// When the next frame is due, if one is.
fn next_frame(model: &Model, pace: &FramePacer) -> Option<Instant> {
    let countdown = || {
        model.progress.waiting.as_ref()?;
        Some(pace.last()? + COUNTDOWN)
    };
    pace.next().or_else(countdown)
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

/// A message of the terminal; a terminal that is gone ends the program.
fn from_terminal(event: Option<std::io::Result<Input>>) -> Message {
    match event {
        Some(Ok(Input::Key(key))) => Message::Pressed(key),
        Some(Ok(Input::Mouse(mouse))) => Message::Moused(mouse),
        Some(Ok(Input::Paste(text))) => Message::Pasted(text),
        Some(Ok(Input::Resize(width, height))) => {
            let size = bounded(Size::new(width, height));
            Message::Resized(size.width, size.height)
        }
        Some(Ok(Input::FocusGained | Input::FocusLost)) => Message::Pasted(String::new()),
        Some(Err(_)) | None => Message::Ended,
    }
}

/// Whether something is known of every row that can be seen.
fn is_told(model: &Model) -> bool {
    let window = model.tree.window();
    let is_known = |node| model.known.graph.state(node) != NodeState::NotAsked;
    !window.is_empty()
        && window
            .iter()
            .all(|line| line.entry.node().is_none_or(is_known))
}

/// What effects act upon.
struct Outside {
    crawl: Arc<Crawl>,
    open: Opener,
    recall: Recaller,
    results: mpsc::Sender<Message>,
    workers: Arc<Workers>,
    remember: Rememberer,
    /// Targets of which nothing was read yet, by their roots.
    unremembered: Arc<Mutex<Vec<(Address, String)>>>,
}

impl Outside {
    /// Takes in what local sources answer at once, for at most [`PATIENCE`]; true where that is to leave.
    async fn first_answers<B>(
        &self,
        model: &mut Model,
        inbox: &mut Inbox,
        terminal: &mut Terminal<B>,
    ) -> anyhow::Result<bool>
    where
        B: Backend + Console,
        B::Error: Send + Sync + 'static,
    {
        let end = tokio::time::Instant::now() + PATIENCE;
        while !model.progress.is_idle {
            let effects = settle(model, Rows::Newest);
            if self.run(effects, model, terminal)? {
                return Ok(true);
            }
            if is_told(model) {
                break;
            }
            let Ok(message) = tokio::time::timeout_at(end, inbox.next()).await else {
                break;
            };
            let effects = update(model, message);
            if self.run(effects, model, terminal)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Does what is to be done; true where that is to leave.
    fn run<B>(
        &self,
        effects: Vec<Effect>,
        model: &mut Model,
        terminal: &mut Terminal<B>,
    ) -> anyhow::Result<bool>
    where
        B: Backend + Console,
        B::Error: Send + Sync + 'static,
    {
        for effect in effects {
            match effect {
                Effect::Want(
                    Question {
                        at: Address::Repository(repository),
                        what: Asked::Tags,
                    },
                    urgency,
                    Reach::Below,
                ) => {
                    self.open_repository(repository, urgency);
                }
                Effect::Want(question, urgency, reach) => self.crawl.want(question, urgency, reach),
                Effect::Prefer(questions) => self.crawl.prefer(questions),
                Effect::Unwant(question) => self.crawl.unwant(question),
                Effect::Again(question) => self.crawl.again(question),
                Effect::AgainFailed(within) => self.crawl.again_failed(within),
                Effect::LoadAll(unasked) => self.crawl.load_all(unasked),
                Effect::Copy(text) => {
                    if let Err(words) = terminal.backend_mut().copy(&text) {
                        model.notice = Some(words);
                    }
                }
                Effect::Write(path, text) => self.write(path, text),
                Effect::Browse(url) => self.browse(url),
                Effect::Suspend => {
                    if let Err(words) = terminal.backend_mut().suspend() {
                        model.notice = Some(words);
                    }
                    let size = terminal.size()?;
                    model.size = (size.width, size.height);
                    terminal.resize(Rect::new(0, 0, size.width, size.height))?;
                }
                Effect::Remember(target, what) => {
                    let remember = self.remember.clone();
                    tokio::task::spawn_blocking(move || remember(&target, what));
                }
                Effect::StopLoading => self.crawl.cancel_all(),
                Effect::Mouse(is_on) => terminal.backend_mut().set_mouse(is_on),
                Effect::Redraw => {
                    // Larger or smaller without a word from the terminal happens behind some multiplexers.
                    let size = terminal.size()?;
                    model.size = (size.width, size.height);
                    // Not `clear`, which asks the terminal where its cursor is and waits for the answer among the keys.
                    terminal.resize(Rect::new(0, 0, size.width, size.height))?;
                }
                Effect::Learn(facts) => self.workers.learn(facts),
                Effect::LearnReading(digest, reading) => {
                    self.workers.learn_reading(digest, reading);
                }
                Effect::Work(ticket, job) => self.workers.begin(ticket, job),
                Effect::Open(written) => self.open(written),
                Effect::Quit => return Ok(true),
            }
        }
        Ok(false)
    }

    /// What was known of the repository is shown at once, as remembered; then its tags are asked for.
    fn open_repository(&self, repository: Repository, urgency: Urgency) {
        let (recall, results, crawl) = (
            self.recall.clone(),
            self.results.clone(),
            self.crawl.clone(),
        );
        tokio::task::spawn_blocking(move || {
            let facts = recall(&repository);
            if !facts.is_empty() {
                crawl.remember(facts.clone());
                // The screen ends before its workers do.
                let _ = results.blocking_send(Message::Recalled(facts));
            }
            crawl.want(Question::tags(repository), urgency, Reach::Below);
        });
    }

    /// Notes the targets of which something was read by now: what cannot be reached, or was mistyped, is not offered again.
    fn remember_read(&self, model: &Model) {
        let mut waiting = self
            .unremembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_read = |root: &Address| {
            let graph = &model.known.graph;
            graph.find(root).is_some_and(|node| {
                graph.state(node) == NodeState::Loaded || !graph.outgoing(node).is_empty()
            })
        };
        waiting.retain(|(root, target)| {
            let is_new = is_read(root);
            if is_new {
                let (remember, target) = (self.remember.clone(), target.clone());
                tokio::task::spawn_blocking(move || remember(&target, Remember::Opened));
            }
            !is_new
        });
    }

    /// Writes a new file; what is there already stays as it is.
    fn write(&self, path: String, text: String) {
        let results = self.results.clone();
        tokio::task::spawn_blocking(move || {
            let written = std::fs::File::create_new(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()));
            let words = match written {
                Ok(()) => format!("{} written to {path}", bytes(text.len() as u64)),
                Err(error) => format!("{path} was not written: {error}"),
            };
            let _ = results.blocking_send(Message::Noticed(clean(&words).into_owned()));
        });
    }

    /// Hands an address to whatever opens addresses here. What goes wrong is told.
    fn browse(&self, url: String) {
        let results = self.results.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = open::that_detached(&url) {
                let words = format!("no browser could be started ({error}); y copies");
                let _ = results.blocking_send(Message::Noticed(words));
            }
        });
    }

    fn open(&self, written: String) {
        let (open, results, crawl) = (self.open.clone(), self.results.clone(), self.crawl.clone());
        let workers = self.workers.clone();
        let unremembered = self.unremembered.clone();
        tokio::task::spawn_blocking(move || {
            let opened = open(&written).map(|opened| {
                let root = opened.root.clone();
                let lasting = opened.lasting.clone();
                let lasting = lasting.map(|target| (root.clone(), target));
                let mut waiting = unremembered.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.extend(lasting);
                drop(waiting);
                workers.open(Target::of(&opened));
                crawl.begin(vec![(opened.source, opened.root)]);
                root
            });
            let _ = results.blocking_send(Message::Opened(opened));
        });
    }
}
