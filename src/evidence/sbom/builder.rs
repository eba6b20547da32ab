//! Puts a bill of materials together, one package at a time.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::dependencies::{Dependencies, Link, ROOT};
use super::package::{Hashes, Package, purl_type_as_written};
use super::{About, Encoding, Format, Sbom};
use crate::evidence::Limits;
use crate::evidence::problems::{Placed, Problems};
use crate::evidence::tree::At;
use crate::oci::RemoteText;

/// What a document has been read to so far.
pub(super) struct Builder<'l> {
    limits: &'l Limits,
    /// The document; its packages are complete but for links.
    pub(super) sbom: Sbom,
    /// What is wrong.
    pub(super) problems: Problems,
    texts: Texts,
    ids: HashMap<RemoteText, u32>,
    /// Algorithms as they are written, and as they are listed.
    algorithms: Vec<(Box<str>, RemoteText)>,
    /// By the number of an identifier: the number of the package that has it.
    owners: Vec<Option<u32>>,
    links: Vec<(u32, u32, Link)>,
}

/// Texts that stand again and again, each once: licences, types, algorithms, suppliers.
#[derive(Default)]
struct Texts(HashSet<Arc<str>>);

/// A longer text is hardly ever repeated.
const SHARED: usize = 128;
/// So many different texts are remembered.
const TEXTS: usize = 50_000;

impl Texts {
    fn shared(&mut self, text: &str) -> RemoteText {
        if text.len() > SHARED {
            return text.into();
        }
        if let Some(known) = self.0.get(text) {
            return known.clone().into();
        }
        let new: Arc<str> = text.into();
        if self.0.len() < TEXTS {
            self.0.insert(new.clone());
        }
        new.into()
    }
}

/// So many names of algorithms are remembered; there are a dozen.
const ALGORITHMS: usize = 32;

/// Licences of one package, as they are found.
#[derive(Default)]
pub(super) struct Licenses {
    declared: Vec<RemoteText>,
    concluded: Vec<RemoteText>,
}

/// Who says that a licence holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated {
    /// The package's authors.
    Declared,
    /// Whoever made the document.
    Concluded,
}

impl<'l> Builder<'l> {
    pub(super) fn new(format: Format, encoding: Encoding, limits: &'l Limits) -> Self {
        let sbom = Sbom {
            format,
            encoding,
            name: None,
            id: None,
            created: None,
            tools: Vec::new(),
            about: None,
            packages: Vec::new(),
            files: 0,
            relationships: 0,
            vulnerabilities: 0,
            dependencies: Dependencies::default(),
            vex: None,
        };
        Self {
            limits,
            sbom,
            problems: Problems::default(),
            texts: Texts::default(),
            ids: HashMap::new(),
            algorithms: Vec::new(),
            owners: Vec::new(),
            links: Vec::new(),
        }
    }

    /// A text that is likely to stand in other packages too.
    pub(super) fn shared(&mut self, text: &str) -> RemoteText {
        self.texts.shared(text)
    }

    /// The text of a field; empty texts are none, other values are problems.
    pub(super) fn text(&mut self, object: At<'_>, key: &str) -> Option<RemoteText> {
        let text = self.problems.text(object, key)?;
        (!text.is_empty()).then(|| text.into())
    }

    /// The name of an algorithm as hashes are listed by it.
    pub(super) fn algorithm(&mut self, written: &str) -> RemoteText {
        let known = self
            .algorithms
            .iter()
            .find(|(known, _)| **known == *written);
        if let Some((_, name)) = known {
            return name.clone();
        }
        let letters = written.chars().filter(|c| !matches!(c, '-' | '_'));
        let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
        let name = self.texts.shared(&name);
        if self.algorithms.len() < ALGORITHMS {
            self.algorithms.push((written.into(), name.clone()));
        }
        name
    }

    /// Adds a hash, unless one of the algorithm is there.
    pub(super) fn hash(&mut self, hashes: &mut Hashes, algorithm: &str, hash: &str) {
        let algorithm = self.algorithm(algorithm);
        if !hashes.iter().any(|(known, _)| *known == algorithm) {
            hashes.push((algorithm, hash.trim().into()));
        }
    }

    /// Adds a licence, as written; what says that nothing is known is none.
    pub(super) fn license(&mut self, licenses: &mut Licenses, stated: Stated, text: &str) {
        let text = text.trim();
        if matches!(text, "" | "NOASSERTION" | "NONE") {
            return;
        }
        let text = self.texts.shared(text);
        match stated {
            Stated::Declared => licenses.declared.push(text),
            Stated::Concluded => licenses.concluded.push(text),
        }
    }

    /// The declared before the concluded, each once.
    pub(super) fn licenses(licenses: Licenses) -> Vec<RemoteText> {
        if licenses.declared.len() <= 1 && licenses.concluded.is_empty() {
            return licenses.declared;
        }
        let mut all: Vec<RemoteText> = Vec::with_capacity(licenses.declared.len());

        for license in licenses.declared.into_iter().chain(licenses.concluded) {
            if !all.contains(&license) {
                all.push(license);
            }
        }
        all
    }

    /// The type of a package: of its package URL, else the document's own.
    pub(super) fn ecosystem(
        &mut self,
        purl: Option<&RemoteText>,
        own: Option<&str>,
    ) -> Option<RemoteText> {
        let of_purl = purl.and_then(|purl| purl_type_as_written(purl.as_str()));
        let text = of_purl.or(own).filter(|text| !text.is_empty())?;
        if of_purl.is_some() && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some(self.texts.shared(&text.to_ascii_lowercase()));
        }
        Some(self.texts.shared(text))
    }

    /// Adds a package, and its identifier; the number that it has, or none where there are more than are read.
    pub(super) fn push(&mut self, at: impl Placed, package: Package) -> Option<u32> {
        let number = self.sbom.packages.len();
        if number >= self.limits.entries {
            if number == self.limits.entries {
                let what = format!("has more than {number} packages: the rest is not read");
                self.problems.at(at, what);
            }
            return None;
        }
        let number = u32::try_from(number).ok()?;
        if let Some(id) = &package.id {
            let id_number = self.id_of_text(id);
            self.own_number(at, id.as_str(), id_number, number);
        }
        self.sbom.packages.push(package);
        Some(number)
    }

    /// Says whose identifier `id` is: that of a package, or of [`ROOT`].
    pub(super) fn own(&mut self, at: impl Placed, id: &str, number: u32) {
        let id_number = self.id(id);
        self.own_number(at, id, id_number, number);
    }

    fn own_number(&mut self, at: impl Placed, id: &str, id_number: u32, number: u32) {
        let owner = self.owners.get_mut(id_number as usize);
        match owner {
            // Tools list the root among the packages too.
            Some(Some(owner)) if *owner != ROOT => {
                self.problems
                    .at(at, format!("has the identifier {id} of another package"));
            }
            Some(owner) => *owner = Some(number),
            None => {}
        }
    }

    /// The number of an identifier.
    fn id(&mut self, id: &str) -> u32 {
        if let Some(known) = self.ids.get(id) {
            return *known;
        }
        self.new_id(id.into())
    }

    /// As [`Self::id`], without a copy of the text.
    fn id_of_text(&mut self, id: &RemoteText) -> u32 {
        let known = self.ids.get(id.as_str()).copied();
        known.unwrap_or_else(|| self.new_id(id.clone()))
    }

    fn new_id(&mut self, id: RemoteText) -> u32 {
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.insert(id, number);
        self.owners.push(None);
        number
    }

    /// Links two identifiers, whether their packages were seen or not.
    pub(super) fn link(&mut self, from: &str, to: &str, link: Link) {
        if self.links.len() < self.limits.entries.saturating_mul(4) {
            let (from, to) = (self.id(from), self.id(to));
            self.links.push((from, to, link));
        }
    }

    /// The number of the package that has an identifier.
    pub(super) fn package_of(&self, id: &str) -> Option<u32> {
        let number = self.ids.get(id)?;
        self.owners.get(*number as usize).copied().flatten()
    }

    /// The document, with links between packages; links of anything else are left out.
    pub(super) fn finish(mut self) -> (Sbom, Problems) {
        let owner = |id: u32| self.owners.get(id as usize).copied().flatten();
        let links = self
            .links
            .iter()
            .filter_map(|(from, to, link)| Some((owner(*from)?, owner(*to)?, *link)));
        self.sbom.dependencies = Dependencies::new(links.collect());
        self.sbom.packages.shrink_to_fit();
        if let Some(about) = &mut self.sbom.about {
            about.find_digests();
        }
        (self.sbom, self.problems)
    }
}

impl About {
    /// What a package of the document is, where that is what it describes.
    pub(super) fn of(package: &Package) -> Self {
        Self {
            id: package.id.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
            purl: package.purl.clone(),
            kind: package.kind.clone(),
            digests: Vec::new(),
            hashes: package.hashes.clone(),
        }
    }
}
