//! Where answers are worked out: graphs, stock and policies of the worker. Knows no thread and no screen.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::graph::{Fact, Graph};
use crate::insight::impact::{Blind, Policy, Recognised, Signs, Use, recognise};
use crate::insight::marks::{self, Mark};
use crate::oci::sign::Sign;
use crate::oci::{Digest, Origin};
use crate::session::Known;
use crate::session::stock::{Stock, ask_all, config_of_chart, of_graph, take_folder};
use crate::source::Limits;

use crate::words::counted;

use super::beside::Beside;
use super::document::{self, Asked, Impact};
use super::reasons::{Reasons, WAYS};
use super::shelf::Shelf;
use super::{Part, Request, Rules, Target, Told, Wish};

/// Everything that answers are worked out from. Of documents there are notes.
#[derive(Default)]
pub struct Desk {
    known: HashMap<Origin, Known>,
    targets: HashMap<Origin, Target>,
    signs: HashMap<Origin, Vec<Sign>>,
    charts_asked: HashSet<Digest>,
    terms: Terms,
    runtime: Option<Handle>,
    shelves: HashMap<Origin, Shelf>,
}

/// What holds for every answer.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What may be read of folders.
    pub limits: Limits,
    /// Whether not all of the targets is asked for.
    pub is_narrowed: bool,
    /// Own policies, offered beside the presets.
    pub policies: Vec<Policy>,
    /// What must not break.
    pub uses: Vec<Use>,
}

/// How long a registry may take to tell which one it is, and what its charts install.
const SIGNS: Duration = Duration::from_secs(5);

/// At most so many configs of charts are asked for at once: a person waits.
const CHARTS: usize = 100;

impl Desk {
    /// A desk without anything on it; with a runtime, registries are asked which one they are.
    pub fn new(terms: Terms, runtime: Option<Handle>) -> Self {
        Self {
            terms,
            runtime,
            ..Self::default()
        }
    }

    /// Takes a target in.
    pub fn open(&mut self, target: Target) {
        self.targets.insert(target.origin.clone(), target);
    }

    /// Takes facts in. Each origin has a graph of its own: an inventory knows repositories by their paths alone.
    pub fn learn(&mut self, facts: &[Fact]) {
        for fact in facts {
            let origin = fact.answer.origin();
            if !self.known.contains_key(origin) {
                self.known.insert(origin.clone(), Known::notes_alone());
            }
            if let Some(known) = self.known.get_mut(origin) {
                known.take(std::slice::from_ref(fact));
            }
        }
    }

    /// The answer; nothing where it is not wanted any more, which is looked at between the steps.
    ///
    /// Cost: `O(V + E)` for the stock where something changed, as much for each policy and for the answer, of each
    /// registry.
    pub fn answer(&mut self, request: &Request, is_wanted: &dyn Fn() -> bool) -> Option<Told> {
        let part = &request.part;
        if let Err(words) = self.take_stock(&part.origin, request.is_fresh) {
            return Some(Told::Failed(words));
        }
        if !is_wanted() {
            return None;
        }
        match &request.wish {
            Wish::Why { repository, digest } => self.why(part, (repository, digest), is_wanted),
            Wish::Impact(other) => {
                let origins = request.beside.iter().map(|part| &part.origin);
                let origins: HashSet<&Origin> = origins.chain([&part.origin]).collect();
                self.shelves.retain(|origin, _| origins.contains(origin));
                let mut beside = Vec::new();
                for part in &request.beside {
                    beside.push(self.beside(part, request.is_fresh));
                    if !is_wanted() {
                        return None;
                    }
                }
                self.impact(part, other.as_ref(), &beside, is_wanted)
            }
        }
    }

    fn why(
        &mut self,
        part: &Part,
        (repository, digest): (&str, &Digest),
        is_wanted: &dyn Fn() -> bool,
    ) -> Option<Told> {
        let empty = Graph::new();
        let graph = graph_of(&self.known, &part.origin).unwrap_or(&empty);
        let held = self.shelves.get_mut(&part.origin)?;
        let teller = held.teller(&part.rules)?;
        if !is_wanted() {
            return None;
        }
        let Some(why) = teller.why(digest, &part.actions, WAYS) else {
            let words = format!("{digest} is not in what was read of {}", part.origin);
            return Some(Told::Failed(words));
        };
        let place = (&part.origin, repository);
        let seen = (held.is_partial(), !part.actions.is_empty());
        let reasons = Reasons::new(&why, &teller, graph, place, seen);
        Some(Told::Why(Arc::new(reasons)))
    }

    fn impact(
        &mut self,
        part: &Part,
        other: Option<&Rules>,
        beside: &[Beside],
        is_wanted: &dyn Fn() -> bool,
    ) -> Option<Told> {
        let empty = Graph::new();
        let graph = graph_of(&self.known, &part.origin).unwrap_or(&empty);
        let held = self.shelves.get_mut(&part.origin)?;
        let teller = held.teller(&part.rules)?;
        let consumers = held.consumers(&self.terms.uses);
        let answer = teller.foretell(&part.actions, &consumers);
        if !is_wanted() {
            return None;
        }
        let other = other.and_then(|other| held.teller(other));
        let other = other.map(|other| {
            let answer = other.foretell(&part.actions, &consumers);
            (other, answer)
        });
        let asked = Asked {
            origin: &part.origin,
            actions: &part.actions,
            graph,
            recognised: &held.recognised,
            gaps: &held.stock.gaps,
            own: &held.own,
            beside,
        };
        let other = other.as_ref().map(|(teller, answer)| (&**teller, answer));
        let impact = Impact::new(&asked, (&teller, &answer), other);
        Some(Told::Impact(Arc::new(impact)))
    }

    /// What would be done on another registry does there.
    fn beside(&mut self, part: &Part, is_fresh: bool) -> Beside {
        let answer = self.take_stock(&part.origin, is_fresh).and_then(|()| {
            let held = self.shelves.get_mut(&part.origin);
            let teller = held.and_then(|held| Some((held.teller(&part.rules)?, held)));
            let (teller, held) = teller.ok_or("its policy is not there any more")?;
            let consumers = held.consumers(&self.terms.uses);
            let answer = teller.foretell(&part.actions, &consumers);
            let empty = Graph::new();
            let graph = graph_of(&self.known, &part.origin).unwrap_or(&empty);
            let doomed = document::doomed(graph, &part.origin, &teller, &answer);
            Ok((answer, doomed))
        });
        Beside {
            origin: part.origin.clone(),
            answer,
        }
    }

    /// Brings the stock up to date.
    fn take_stock(&mut self, origin: &Origin, is_fresh: bool) -> Result<(), String> {
        let version = graph_of(&self.known, origin).map_or(0, Graph::version);
        let known = self.shelves.get(origin);
        if !is_fresh && known.is_some_and(|shelf| shelf.version == version) {
            return Ok(());
        }
        let target = self.targets.get(origin);
        let is_registry = target.is_some_and(|target| target.is_registry);
        let of_files = target.filter(|target| !target.is_registry);
        let taken = of_files.map(|target| take_folder(&target.written, &self.terms.limits));
        let taken = taken.transpose().map_err(|error| error.to_string())?;
        let (stock, recognised) = if let Some(taken) = taken.flatten() {
            (taken.stock, recognise(&taken.signs))
        } else {
            self.read_charts(origin);
            (self.of_graph(origin)?, self.recognise(origin))
        };
        let taken = Shelf {
            origin: origin.clone(),
            is_registry,
            version,
            stock,
            recognised,
            own: self.terms.policies.clone(),
            tellers: Vec::new(),
        };
        self.shelves.insert(origin.clone(), taken);
        Ok(())
    }

    fn of_graph(&self, origin: &Origin) -> Result<Stock, String> {
        let known = self.known.get(origin);
        let known = known.ok_or_else(|| format!("nothing of {origin} was read yet"))?;
        let graph = &known.graph;
        let stock = of_graph(known, self.terms.is_narrowed);
        let mut stock = stock.map_err(|error| error.to_string())?;
        let is_unasked = |node| {
            marks::wants_evidence(graph, node) && marks::asked(graph, node) == Mark::NotAsked
        };
        if graph.nodes().any(is_unasked)
            && let Some(inventory) = Arc::get_mut(&mut stock.inventory)
        {
            inventory.blind_to(Blind::SomeReferrers);
        }
        let unread = stock.charts.unread().len();
        if unread > 0 {
            let charts = counted(unread, "chart", "charts");
            stock
                .gaps
                .push(format!("the config of {charts}, which may name images"));
        }
        Ok(stock)
    }

    /// Asks for the configs of charts whose manifests were read: they may name images. Each once; waits.
    fn read_charts(&mut self, origin: &Origin) {
        let target = self.targets.get(origin);
        let source = target.and_then(|target| target.source.clone());
        let asked = source.zip(self.runtime.as_ref());
        let notes = self.known.get_mut(origin).and_then(Known::notes_mut);
        let Some(((source, runtime), notes)) = asked.zip(notes) else {
            return;
        };
        let mut questions = Vec::new();
        for (digest, path) in notes.charts().unread() {
            if questions.len() < CHARTS && self.charts_asked.insert(digest) {
                questions.push(config_of_chart(origin, path, digest));
            }
        }
        let answers = runtime.block_on(ask_all(&*source, &questions, SIGNS));
        for answer in &answers {
            notes.take(answer);
        }
    }

    fn recognise(&mut self, origin: &Origin) -> Recognised {
        let target = self.targets.get(origin);
        let is_example = target.is_some_and(|target| target.written == "demo");
        let is_registry = target.is_some_and(|target| target.is_registry);
        let mut signs = Signs {
            host: is_registry.then(|| origin.to_string()),
            is_example,
            ..Signs::default()
        };
        if is_registry && !signs.is_told_by_host() {
            signs.answers = self.ask_signs(origin);
        }
        recognise(&signs)
    }

    /// What the registry answers where only some have an answer. Asked once; waits.
    fn ask_signs(&mut self, origin: &Origin) -> Vec<Sign> {
        if let Some(known) = self.signs.get(origin) {
            return known.clone();
        }
        let target = self.targets.get(origin);
        let source = target.and_then(|target| target.source.clone());
        let asked = source.zip(self.runtime.as_ref());
        let signs = asked.and_then(|(source, runtime)| {
            let asking = async { tokio::time::timeout(SIGNS, source.signs()).await };
            runtime.block_on(asking).ok()
        });
        let signs = signs.unwrap_or_default();
        self.signs.insert(origin.clone(), signs.clone());
        signs
    }
}

fn graph_of<'a>(known: &'a HashMap<Origin, Known>, origin: &Origin) -> Option<&'a Graph> {
    known.get(origin).map(|known| &known.graph)
}

#[cfg(test)]
mod tests;
