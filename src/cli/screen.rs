//! The screen, with every target as a root.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::config::Config;
use crate::crawl::{Crawl, Event, Plan};
use crate::graph::Fact;
use crate::oci::Address;
use crate::session::{self, Journal, Network, Opened, Recent, now, open};
use crate::source::cache::Cache;
use crate::source::{Limits, Locality};
use crate::tui::{self, Pin, Remember};

use super::arguments::Common;
use super::fail::{Failure, USAGE};
use super::impact;

/// Events that may wait between the crawl and the screen.
const PASSING: usize = 4;

/// Opens the screen and stays until the person leaves.
pub(super) async fn run(
    targets: &[String],
    in_use: &[PathBuf],
    common: &Common,
) -> Result<ExitCode, Failure> {
    refuse(targets)?;
    let readers: Vec<_> = in_use
        .iter()
        .map(|file| ("--in-use -", file.as_os_str() == "-"))
        .collect();
    common.reads_input_once(&readers)?;
    let uses = impact::uses(in_use)?;
    let (network, limits) = (common.network()?, common.limits()?);
    let config = common.config()?;
    let recent = common.recent();
    let keys = keys(&config)?;
    let (opened, unopened) = open_all(targets, &network, &limits)?;
    let plan = Plan {
        is_reserved: true,
        fresh_since: None,
        ..common.plan(&limits)
    };
    let tags = plan.tags.clone();
    let is_narrowed = !plan.tags.is_open() || plan.platform.is_some() || plan.depth.is_some();
    let session = now();
    let (crawl, events) = Crawl::start(plan, session);
    let journal = Arc::new(Mutex::new(Journal::new(session)));
    let cache = common.cache();
    let facts = recall(&opened, cache.as_ref(), &journal, common.is_offline());
    crawl.remember(facts.clone());
    let is_reserved = opened
        .iter()
        .any(|target| target.source.locality() == Locality::Remote);
    let unremembered = lasting(&opened);
    let targets = opened.iter().map(tui::Target::of).collect();
    let roots = opened.iter().map(|target| target.root.clone()).collect();
    crawl.begin(
        opened
            .into_iter()
            .map(|target| (target.source, target.root))
            .collect(),
    );
    let setup = tui::Setup {
        crawl,
        events: noted(events, journal.clone()),
        roots,
        graph_seed: facts,
        is_reserved,
        tags,
        keys,
        unremembered,
        suggestions: places(&config, recent.as_ref()),
        remember: rememberer(recent),
        trust: config.trust,
        unopened: unopened.iter().map(ToString::to_string).collect(),
        targets,
        terms: tui::Terms {
            limits: limits.clone(),
            is_narrowed,
            policies: config.policies,
            uses,
        },
        log: network.log.clone(),
        session,
        is_unverified: network.tls.skip_verification,
        recall: recaller(cache.clone(), journal.clone()),
        open: opener(network, limits, journal.clone()),
    };
    let result = tui::run(setup).await;
    save(cache.as_ref(), &journal);
    // The screen is gone, and with it what it told.
    for failure in &unopened {
        failure.report();
    }
    result
        .map(|ended| match ended {
            // As a shell tells it of a program that a signal ended.
            Some(signal) => ExitCode::from(128_u8.saturating_add(signal.0)),
            None => ExitCode::SUCCESS,
        })
        .map_err(|error| Failure::internal(format!("{error:#}")))
}

/// The keys of the screen with those that a person chose.
fn keys(config: &Config) -> Result<tui::Keymap, Failure> {
    tui::Keymap::chosen(tui::TABLE, &config.keys, tui::is_tab)
        .map_err(|reason| Failure::usage(format!("the configuration: {reason}")))
}

/// The targets as they can be opened another day, by their roots.
fn lasting(opened: &[Opened]) -> Vec<(Address, String)> {
    let lasting = opened.iter().filter_map(|target| {
        let written = target.lasting.clone()?;
        Some((target.root.clone(), written))
    });
    lasting.collect()
}

/// Opens the targets, each by itself: one that cannot be opened says so, and the others are there.
///
/// Errors: there are targets, and none of them can be opened.
fn open_all(
    targets: &[String],
    network: &Network,
    limits: &Limits,
) -> Result<(Vec<Opened>, Vec<Failure>), Failure> {
    let (mut opened, mut unopened) = (Vec::new(), Vec::new());
    for written in targets {
        match open(written, network, limits) {
            Ok(target) => opened.push(target),
            Err(error) => unopened.push(Failure::from(error)),
        }
    }
    if opened.is_empty()
        && let Some(last) = unopened.pop()
    {
        for failure in &unopened {
            failure.report();
        }
        return Err(last);
    }
    Ok((opened, unopened))
}

/// What earlier sessions found out about the roots.
fn recall(
    opened: &[Opened],
    cache: Option<&Cache>,
    journal: &Mutex<Journal>,
    is_offline: bool,
) -> Vec<Fact> {
    let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
    let roots = opened.iter().filter(|target| target.kind().is_registry());
    let Some(cache) = cache else {
        return Vec::new();
    };
    roots
        .clone()
        .for_each(|target| journal.keep(target.root.origin()));
    roots
        .flat_map(|target| session::recall(&mut journal, cache, &target.root, is_offline))
        .collect()
}

/// Opens what a person types, and remembers it as the first targets are.
fn opener(network: Network, limits: Limits, journal: Arc<Mutex<Journal>>) -> tui::Opener {
    Arc::new(move |target| {
        let opened = open(target, &network, &limits).map_err(|error| error.to_string())?;
        if opened.kind().is_registry() && network.cache.is_some() {
            journal
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .keep(opened.root.origin());
        }
        Ok(opened)
    })
}

/// Keeps what was found out for the next run, where anything is kept.
fn save(cache: Option<&Cache>, journal: &Mutex<Journal>) {
    if let Some(cache) = cache {
        let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.save(cache);
    }
}

/// Refuses what cannot become a screen.
fn refuse(targets: &[String]) -> Result<(), Failure> {
    if let Some(command) = targets.first().filter(|first| is_to_come(first)) {
        return Err(Failure::usage(format!(
            "this version has no command `{command}`; for the repository of that name write docker.io/library/{command}"
        )));
    }
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if is_dumb || !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let target = targets.first().map_or("TARGET", String::as_str);
        let needs = if is_dumb {
            "the screen needs a terminal that can be drawn on, and TERM is dumb"
        } else {
            "the screen needs a terminal"
        };
        let words = format!("{needs}; to print instead: regscope tree {target}");
        return Err(Failure::new(USAGE, words));
    }
    Ok(())
}

/// Whether a word is a command that later versions have: whoever writes it does not mean a repository of Docker Hub.
fn is_to_come(word: &str) -> bool {
    const COMMANDS: [&str; 3] = ["retention", "save", "export"];
    COMMANDS.contains(&word)
}

/// What the first screen offers: what is pinned, then what was opened lately.
fn places(config: &Config, recent: Option<&Recent>) -> Vec<tui::Suggestion> {
    let of = |targets: fn(&Recent) -> Vec<String>, pin: Pin| {
        let targets = recent.map(targets).unwrap_or_default().into_iter();
        let new = targets.filter(|target| !config.pinned.contains(target));
        new.map(move |target| (target, pin))
    };
    let configured = config.pinned.iter().cloned();
    configured
        .map(|target| (target, Pin::Configured))
        .chain(of(Recent::pinned, Pin::Kept))
        .chain(of(Recent::targets, Pin::Recent))
        .map(|(target, pin)| tui::Suggestion { target, pin })
        .collect()
}

/// Notes targets that were opened. That a list of conveniences cannot be written stops nobody.
fn rememberer(recent: Option<Recent>) -> tui::Rememberer {
    let recent = Mutex::new(recent);
    Arc::new(move |target, what| {
        let recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(recent) = &*recent {
            let _ = match what {
                Remember::Opened => recent.note(target),
                Remember::Kept(is_kept) => recent.pin(target, is_kept),
                Remember::Forgotten => recent.forget(target),
            };
        }
    })
}

/// Recalls a repository when it is opened, once.
fn recaller(cache: Option<Cache>, journal: Arc<Mutex<Journal>>) -> tui::Recaller {
    Arc::new(move |repository| {
        let Some(cache) = &cache else {
            return Vec::new();
        };
        let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
        if journal.has_loaded(repository) || !journal.keeps(&repository.origin) {
            return Vec::new();
        }
        journal.load(cache, repository)
    })
}

/// Notes what comes by in the journal, on its way from the crawl to the screen.
fn noted(mut events: mpsc::Receiver<Event>, journal: Arc<Mutex<Journal>>) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(PASSING);
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if let Event::Facts(facts) = &event {
                journal
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(facts);
            }
            if sender.send(event).await.is_err() {
                break;
            }
        }
    });
    receiver
}
