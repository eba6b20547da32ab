//! Where answers are worked out: graphs, stock and policies of the worker. Knows no thread and no screen.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::graph::{Fact, Graph};
use crate::insight::impact::{
    Blind, Consumer, Foreteller, Policy, Recognised, Signs, UNKNOWN, Use, matched, preset,
    recognise, unknown_policy,
};
use crate::insight::marks::{self, Mark};
use crate::oci::sign::Sign;
use crate::oci::{Digest, Origin};
use crate::session::stock::{Notes, Stock, ask_all, config_of_chart, of_graph, take_folder};
use crate::source::Limits;

use crate::tui::text::counted;

use super::document::{Asked, Impact};
use super::reasons::{Reasons, WAYS};
use super::{Request, Rules, Target, Told, Wish};

/// Everything that answers are worked out from. Of documents there are notes.
#[derive(Default)]
pub struct Desk {
    graphs: HashMap<Origin, Graph>,
    targets: HashMap<Origin, Target>,
    signs: HashMap<Origin, Vec<Sign>>,
    notes: HashMap<Origin, Notes>,
    charts_asked: HashSet<Digest>,
    terms: Terms,
    runtime: Option<Handle>,
    shelf: Option<Shelf>,
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

/// The stock of one registry, and the policies that were looked at.
struct Shelf {
    origin: Origin,
    is_registry: bool,
    version: u64,
    stock: Stock,
    recognised: Recognised,
    own: Vec<Policy>,
    tellers: Vec<(Rules, Rc<Foreteller>)>,
}

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
            if let Some(graph) = self.graphs.get_mut(origin) {
                graph.apply(fact);
            } else {
                let mut graph = Graph::new();
                graph.apply(fact);
                self.graphs.insert(origin.clone(), graph);
            }
            if !self.notes.contains_key(origin) {
                self.notes.insert(origin.clone(), Notes::default());
            }
            if let Some(notes) = self.notes.get_mut(origin) {
                notes.take(&fact.answer);
            }
        }
    }

    /// The answer; nothing where it is not wanted any more, which is looked at between the steps.
    ///
    /// Cost: `O(V + E)` for the stock where something changed, as much for each policy and for the answer.
    pub fn answer(&mut self, request: &Request, is_wanted: &dyn Fn() -> bool) -> Option<Told> {
        if let Err(words) = self.take_stock(request) {
            return Some(Told::Failed(words));
        }
        if !is_wanted() {
            return None;
        }
        let empty = Graph::new();
        let graph = self.graphs.get(&request.origin).unwrap_or(&empty);
        let held = self.shelf.as_mut()?;
        let teller = held.teller(&request.rules)?;
        if !is_wanted() {
            return None;
        }
        match &request.wish {
            Wish::Why { repository, digest } => {
                let Some(why) = teller.why(digest, &request.actions, WAYS) else {
                    let words = format!("{} is not in what was read of {}", digest, request.origin);
                    return Some(Told::Failed(words));
                };
                let place = (&request.origin, repository.as_str());
                let seen = (held.is_partial(), !request.actions.is_empty());
                let reasons = Reasons::new(&why, &teller, graph, place, seen);
                Some(Told::Why(Arc::new(reasons)))
            }
            Wish::Impact(other) => {
                let consumers = held.consumers(&request.origin, &self.terms.uses);
                let answer = teller.foretell(&request.actions, &consumers);
                if !is_wanted() {
                    return None;
                }
                let other = other.as_ref().and_then(|other| held.teller(other));
                let other = other.map(|other| {
                    let answer = other.foretell(&request.actions, &consumers);
                    (other, answer)
                });
                let asked = Asked {
                    origin: &request.origin,
                    actions: &request.actions,
                    graph,
                    recognised: &held.recognised,
                    gaps: &held.stock.gaps,
                    own: &held.own,
                };
                let other = other.as_ref().map(|(teller, answer)| (&**teller, answer));
                Some(Told::Impact(Arc::new(Impact::new(
                    &asked,
                    (&teller, &answer),
                    other,
                ))))
            }
        }
    }

    /// Brings the stock up to date.
    fn take_stock(&mut self, request: &Request) -> Result<(), String> {
        let origin = &request.origin;
        let version = self.graphs.get(origin).map_or(0, Graph::version);
        let is_kept = |shelf: &Shelf| shelf.origin == *origin && shelf.version == version;
        if !request.is_fresh && self.shelf.as_ref().is_some_and(is_kept) {
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
        self.shelf = Some(Shelf {
            origin: origin.clone(),
            is_registry,
            version,
            stock,
            recognised,
            own: self.terms.policies.clone(),
            tellers: Vec::new(),
        });
        Ok(())
    }

    fn of_graph(&self, origin: &Origin) -> Result<Stock, String> {
        let graph = self.graphs.get(origin);
        let graph = graph.ok_or_else(|| format!("nothing of {origin} was read yet"))?;
        let empty = Notes::default();
        let notes = self.notes.get(origin).unwrap_or(&empty);
        let stock = of_graph(graph, notes, self.terms.is_narrowed);
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
        let Some(((source, runtime), notes)) = asked.zip(self.notes.get_mut(origin)) else {
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

impl Shelf {
    /// Those of `uses` that mean this registry, and its own charts.
    fn consumers(&self, origin: &Origin, uses: &[Use]) -> Vec<Consumer> {
        let origin = origin.to_string();
        // Files have no host, and there the path alone tells.
        let host = self.is_registry.then_some(origin.as_str());
        let inventory = &self.stock.inventory;
        let mut consumers = matched(uses, inventory, host).consumers;
        consumers.extend(self.stock.charts.consumers(inventory, host));
        consumers
    }

    fn is_partial(&self) -> bool {
        !self.stock.inventory.view().blind.is_empty() || !self.stock.gaps.is_empty()
    }

    /// The stock under these rules.
    fn teller(&mut self, rules: &Rules) -> Option<Rc<Foreteller>> {
        let mut known = self.tellers.iter();
        if let Some((_, known)) = known.find(|(known, _)| known == rules) {
            return Some(known.clone());
        }
        let mut policy = match &rules.policy {
            Some(name) => self.policy(name)?,
            None => self.recognised.policy.clone(),
        };
        if let Some(is_on) = rules.deletion {
            policy.switch_deletion(is_on);
        }
        let teller = Rc::new(Foreteller::new(self.stock.inventory.clone(), policy));
        self.tellers.push((rules.clone(), teller.clone()));
        Some(teller)
    }

    fn policy(&self, name: &str) -> Option<Policy> {
        if self.recognised.policy.name == name {
            return Some(self.recognised.policy.clone());
        }
        if name == UNKNOWN {
            return Some(unknown_policy());
        }
        let own = self.own.iter().find(|policy| policy.name == name);
        own.cloned().or_else(|| preset(name))
    }
}

#[cfg(test)]
mod tests;
