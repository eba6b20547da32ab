//! The impact service: learns facts of registries, and has of each what its impact is worked out from.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::evidence::Reading;
use crate::graph::{Fact, Graph};
use crate::insight::impact::{Fingerprints, Policy, Recognised, Use, recognise};
use crate::oci::fingerprint::Fingerprint;
use crate::oci::{Digest, Origin, OriginKind};
use crate::session::{Known, Opened};
use crate::source::{Limits, Source};

use super::{ImpactInput, RegistryState, gather_folder, input_of};

/// A target, as far as it tells by whose rules it deletes.
#[derive(Clone)]
pub struct Target {
    /// The name of its graph.
    pub origin: Origin,
    /// As a person wrote it.
    pub written: String,
    /// What kind of place it is.
    pub kind: OriginKind,
    /// Who answers for it.
    pub source: Option<Arc<dyn Source>>,
}

impl Target {
    /// What an opened target tells.
    pub fn of(opened: &Opened) -> Self {
        Self {
            origin: opened.root.origin().clone(),
            written: opened.title.clone(),
            kind: opened.kind(),
            source: Some(opened.source.clone()),
        }
    }
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

/// How long a registry may take to tell which one it is.
const FINGERPRINTS: Duration = Duration::from_secs(5);

/// What is known of registries, and what their impact is worked out from. Stays on one thread.
#[derive(Default)]
pub struct ImpactService {
    known: HashMap<Origin, Known>,
    targets: HashMap<Origin, Target>,
    fingerprints: HashMap<Origin, Vec<Fingerprint>>,
    terms: Terms,
    runtime: Option<Handle>,
    registries: HashMap<Origin, RegistryState>,
    nothing: Graph,
}

impl ImpactService {
    /// A service that knows nothing yet; with a runtime, registries are asked which one they are.
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

    /// Takes facts in. Each origin is known by itself: an inventory knows repositories by their paths alone.
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

    /// Takes in what was read in a document, whichever registries have it.
    pub fn learn_reading(&mut self, digest: Digest, reading: &Arc<Reading>) {
        for known in self.known.values_mut() {
            known.read(digest, reading.clone());
        }
    }

    /// What holds for every answer.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What is known of a registry.
    pub fn graph(&self, origin: &Origin) -> &Graph {
        let known = self.known.get(origin);
        known.map_or(&self.nothing, |known| &known.graph)
    }

    /// What a registry's impact is worked out from, as it was gathered last.
    pub fn registry(&mut self, origin: &Origin) -> Option<(&mut RegistryState, &Graph)> {
        let known = self.known.get(origin);
        let graph = known.map_or(&self.nothing, |known| &known.graph);
        Some((self.registries.get_mut(origin)?, graph))
    }

    /// Lets go of what was gathered of other registries: each may be as large as its graph.
    pub fn keep_only(&mut self, origins: &HashSet<&Origin>) {
        self.registries.retain(|origin, _| origins.contains(origin));
    }

    /// Brings what is gathered of a registry up to date; with `is_fresh`, folders are read anew. Blocks: a registry may
    /// be asked which one it is.
    ///
    /// Cost: `O(V + E)` where something changed. Errors, in words: nothing was read, or a folder cannot be.
    pub fn gather(&mut self, origin: &Origin, is_fresh: bool) -> Result<(), String> {
        let known = self.known.get(origin);
        let version = known.map_or(0, Known::version);
        let gathered = self.registries.get(origin);
        if !is_fresh && gathered.is_some_and(|registry| registry.version == version) {
            return Ok(());
        }
        let target = self.targets.get(origin);
        let is_registry = target.is_some_and(|target| target.kind.is_registry());
        let of_files = target.filter(|target| !target.kind.is_registry());
        let folder = of_files.map(|target| gather_folder(&target.written, &self.terms.limits));
        let folder = folder.transpose().map_err(|error| error.to_string())?;
        let (input, recognised) = match folder.flatten() {
            Some(gathered) => (gathered.input, recognise(&gathered.fingerprints)),
            None => (self.input(origin)?, self.recognise(origin)),
        };
        let gathered = RegistryState {
            origin: origin.clone(),
            host: is_registry.then(|| origin.to_string()),
            input,
            recognised,
            own: self.terms.policies.clone(),
            simulators: Vec::new(),
            version,
        };
        self.registries.insert(origin.clone(), gathered);
        Ok(())
    }

    fn input(&self, origin: &Origin) -> Result<ImpactInput, String> {
        let known = self.known.get(origin);
        let known = known.ok_or_else(|| format!("nothing of {origin} was read yet"))?;
        input_of(known, self.terms.is_narrowed).map_err(|error| error.to_string())
    }

    fn recognise(&mut self, origin: &Origin) -> Recognised {
        let target = self.targets.get(origin);
        let kind = target.map(|target| target.kind);
        let mut fingerprints =
            kind.map_or_else(Fingerprints::default, |kind| Fingerprints::of(kind, origin));
        let is_registry = kind.is_some_and(OriginKind::is_registry);
        if is_registry && !fingerprints.is_told_by_host() {
            fingerprints.answers = self.ask_fingerprints(origin);
        }
        recognise(&fingerprints)
    }

    /// What the registry answers where only some have an answer. Asked once; waits.
    fn ask_fingerprints(&mut self, origin: &Origin) -> Vec<Fingerprint> {
        if let Some(known) = self.fingerprints.get(origin) {
            return known.clone();
        }
        let target = self.targets.get(origin);
        let source = target.and_then(|target| target.source.clone());
        let asked = source.zip(self.runtime.as_ref());
        let fingerprints = asked.and_then(|(source, runtime)| {
            let asking = async { tokio::time::timeout(FINGERPRINTS, source.fingerprints()).await };
            runtime.block_on(asking).ok()
        });
        let fingerprints = fingerprints.unwrap_or_default();
        self.fingerprints
            .insert(origin.clone(), fingerprints.clone());
        fingerprints
    }
}
