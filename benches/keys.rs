//! How long a key takes until its frame, while many tags arrive and after.
//!
//! `cargo bench --bench keys [-- TAGS]`. The whole loop of the screen runs over a drawing in memory of 160×45, with the
//! real crawl and a source that answers from memory as fast as it is asked, which no registry does. A key is typed
//! every 15 ms from the moment at which the repository is opened. The numbers stand in `ARCHITECTURE.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(
    clippy::unwrap_used,
    reason = "its input is its own, and a lock is poisoned by a panic alone"
)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Size};
use tokio::sync::mpsc;

use regscope::crawl::{Crawl, Plan, TagFilter};
use regscope::oci::OriginKind;
use regscope::oci::{
    Address, Answer, Asked, Digest, FoundBy, Manifest, Origin, Page, Question, RemoteText,
    Repository, media_type,
};
use regscope::source::{Answers, BoxFuture, Locality, Source};
use regscope::tui::app::run_with;
use regscope::tui::terminal::Console;
use regscope::tui::theme::Theme;
use regscope::tui::{Keymap, Setup, TABLE, Target, Terms};

/// Between two keys: a person who holds one down.
const BETWEEN: Duration = Duration::from_millis(15);
/// What is typed, over and over: down, pages, both ends, open and close.
const KEYS: &str = "jjjJJkjG kkgjl jh]jGj";
/// How long nothing must have been asked for the repository to count as loaded.
const QUIET: Duration = Duration::from_millis(500);
/// How many keys are typed after that.
const AFTER: usize = 60;

fn main() {
    let told = std::env::args().filter_map(|argument| argument.parse().ok());
    let counts: Vec<usize> = told.collect();
    let counts = if counts.is_empty() {
        vec![10_000, 50_000]
    } else {
        counts
    };
    for count in counts {
        for (name, manifests) in [("each its own manifest", count), ("on two manifests", 2)] {
            println!("{count} tags, {name}");
            run(count, manifests);
        }
    }
}

fn run(tags: usize, manifests: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let registry = Arc::new(Memory::new(tags, manifests));
    let watch = Arc::new(Mutex::new(Watch::default()));
    runtime.block_on(play(registry, watch.clone()));
    watch.lock().unwrap().print();
}

/// A registry with one repository, in memory.
struct Memory {
    origin: Origin,
    repository: Repository,
    names: Vec<RemoteText>,
    manifests: Vec<Arc<Manifest>>,
    targets: HashMap<RemoteText, usize>,
    answered: AtomicUsize,
}

impl Memory {
    fn new(tags: usize, manifests: usize) -> Self {
        let origin = Origin::new("127.0.0.1:5000");
        let names: Vec<RemoteText> = (0..tags)
            .map(|tag| format!("build-{tag:06}").into())
            .collect();
        let targets = (0..)
            .zip(&names)
            .map(|(at, name)| (name.clone(), at % manifests));
        Self {
            repository: Repository::new(&origin, "team/app"),
            targets: targets.collect(),
            manifests: (0..manifests).map(image).collect(),
            names,
            origin,
            answered: AtomicUsize::new(0),
        }
    }

    async fn answer(&self, question: &Question, answers: &Answers) {
        let repository = self.repository.clone();
        match question {
            Question {
                at: Address::Registry(origin),
                what: Asked::Catalog,
            } => {
                let page = Page::whole(vec!["team/app".into()]);
                let (origin, by) = (origin.clone(), FoundBy::Catalog);
                answers.give(Answer::catalog(origin, page, by)).await;
            }
            Question {
                what: Asked::Tags, ..
            } => {
                let page = Page::whole(self.names.clone());
                let by = FoundBy::TagsList;
                answers.give(Answer::tags(repository, page, by)).await;
            }
            Question {
                at: Address::Tag(_, tag),
                ..
            } => {
                let manifest = &self.manifests[self.targets[tag]];
                let (tag, target, by) = (tag.clone(), manifest.as_descriptor(), FoundBy::Tag);
                let resolved = Answer::target(repository, tag, target, by);
                answers.give(resolved).await;
                if matches!(question.what, Asked::Target) {
                    let (repository, manifest) = (self.repository.clone(), manifest.clone());
                    answers.give(Answer::manifest(repository, manifest)).await;
                }
            }
            Question {
                at: Address::Object(_, subject),
                what: Asked::Referrers,
            } => {
                let (subject, by) = (*subject, FoundBy::ReferrersApi);
                let page = Page::whole(Vec::new());
                let listed = Answer::referrers(repository, subject, page, by);
                answers.give(listed).await;
            }
            other => answers.unsupported(other, "it has no such thing").await,
        }
    }
}

impl Source for Memory {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Registry
    }

    fn locality(&self) -> Locality {
        Locality::Loopback
    }

    fn width(&self) -> usize {
        32
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.answered.fetch_add(1, Ordering::Relaxed);
            self.answer(question, answers).await;
        })
    }
}

fn image(number: usize) -> Arc<Manifest> {
    let blob = |kind: &str, number: usize| {
        let digest = Digest::of(format!("{kind} {number}").as_bytes());
        format!(r#""digest":"{digest}","size":1000"#)
    };
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"{}",{}}},"layers":[
        {{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",{}}},
        {{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",{}}}]}}"#,
        media_type::OCI_MANIFEST,
        media_type::OCI_CONFIG,
        blob("config", number),
        blob("shared", number % 10),
        blob("own", number),
    );
    let bytes: Arc<[u8]> = text.into_bytes().into();
    Arc::new(Manifest::parse(Digest::of(&bytes), bytes, "").unwrap())
}

/// When keys were typed, and when their frames were drawn.
#[derive(Default)]
struct Watch {
    is_loaded: bool,
    /// Taken by the screen, and not drawn yet.
    taken: Vec<(char, Instant, bool)>,
    loading: Vec<(Duration, char)>,
    after: Vec<(Duration, char)>,
    frames: usize,
    began: Option<Instant>,
    loaded: Duration,
}

impl Watch {
    fn drawn(&mut self) {
        self.frames += 1;
        for (key, typed, is_loaded) in std::mem::take(&mut self.taken) {
            let times = if is_loaded {
                &mut self.after
            } else {
                &mut self.loading
            };
            times.push((typed.elapsed(), key));
        }
    }

    fn print(&mut self) {
        let loaded = self.loaded;
        println!("  loaded in {loaded:.1?}, {} frames in all", self.frames);
        for (name, times) in [("loading", &mut self.loading), ("after", &mut self.after)] {
            times.sort_unstable();
            let Some(last) = times.last() else { continue };
            println!(
                "  {name}: {} keys; median {:.1?}, 95 % {:.1?}, longest {:.1?} ({:?})",
                times.len(),
                times[times.len() / 2].0,
                times[times.len() * 95 / 100].0,
                last.0,
                last.1,
            );
        }
    }
}

async fn play(registry: Arc<Memory>, watch: Arc<Mutex<Watch>>) {
    let plan = Plan {
        is_reserved: true,
        ..Plan::default()
    };
    let (crawl, events) = Crawl::start(plan, 1);
    let root = Address::Registry(registry.origin.clone());
    crawl.begin(vec![(registry.clone(), root.clone())]);
    let setup = Setup {
        crawl,
        events,
        roots: vec![root],
        graph_seed: Vec::new(),
        is_reserved: false,
        tags: TagFilter::default(),
        keys: Keymap::new(TABLE),
        remember: Arc::new(|_, _| ()),
        unremembered: Vec::new(),
        suggestions: Vec::new(),
        trust: Vec::new(),
        unopened: Vec::new(),
        targets: vec![Target {
            origin: registry.origin.clone(),
            written: "127.0.0.1:5000".to_owned(),
            kind: OriginKind::Registry,
            source: None,
        }],
        terms: Terms::default(),
        log: Arc::default(),
        session: 1,
        is_unverified: false,
        open: Arc::new(|_| Err("nothing else is opened".to_owned())),
        recall: Arc::new(|_| Vec::new()),
    };
    let (keys, mut input) = mpsc::unbounded_channel();
    tokio::spawn(typing(registry, watch.clone(), keys));
    let taking = watch.clone();
    let stream = futures_util::stream::poll_fn(move |context| {
        input
            .poll_recv(context)
            .map(|next: Option<(char, Instant, bool)>| {
                let (letter, typed, is_loaded) = next?;
                taking
                    .lock()
                    .unwrap()
                    .taken
                    .push((letter, typed, is_loaded));
                let code = match letter {
                    '\n' => KeyCode::Enter,
                    letter => KeyCode::Char(letter),
                };
                Some(Ok(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))))
            })
    });
    let backend = Watched(TestBackend::new(160, 45), watch);
    let mut terminal = Terminal::new(backend).unwrap();
    let ended = std::future::pending();
    run_with(setup, Theme::default(), &mut terminal, stream, ended)
        .await
        .unwrap();
}

/// Opens the repository, types until it is loaded and a while longer, and leaves.
async fn typing(
    registry: Arc<Memory>,
    watch: Arc<Mutex<Watch>>,
    keys: mpsc::UnboundedSender<(char, Instant, bool)>,
) {
    tokio::time::sleep(QUIET).await;
    watch.lock().unwrap().began = Some(Instant::now());
    let mut changed = (0, Instant::now());
    let mut after = 0;
    let _ = keys.send(('\n', Instant::now(), false));
    for key in KEYS.chars().filter(|key| *key != ' ').cycle() {
        tokio::time::sleep(BETWEEN).await;
        let answered = registry.answered.load(Ordering::Relaxed);
        if answered != changed.0 {
            changed = (answered, Instant::now());
        }
        let is_loaded = answered > 2 && changed.1.elapsed() > QUIET;
        if is_loaded {
            let mut watch = watch.lock().unwrap();
            if !watch.is_loaded {
                watch.loaded = changed.1 - watch.began.unwrap();
            }
            watch.is_loaded = true;
            after += 1;
        }
        let key = if after > AFTER { 'q' } else { key };
        if keys.send((key, Instant::now(), is_loaded)).is_err() {
            return;
        }
    }
}

/// A terminal in memory that tells when a frame is done.
struct Watched(TestBackend, Arc<Mutex<Watch>>);

impl Console for Watched {
    fn copy(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn suspend(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn set_mouse(&mut self, _: bool) {}
}

impl Backend for Watched {
    type Error = <TestBackend as Backend>::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.0.draw(content)
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, kind: ClearType) -> Result<(), Self::Error> {
        self.0.clear_region(kind)
    }

    fn size(&self) -> Result<Size, Self::Error> {
        self.0.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.0.window_size()
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.1.lock().unwrap().drawn();
        self.0.flush()
    }
}
