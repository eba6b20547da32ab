//! Bills of materials as text for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::evidence::Reading;
use crate::evidence::license::{Family, family_of};
use crate::evidence::sbom::{Package, Sbom};
use crate::export::tree::shown_path;
use crate::insight::bills::{self, DescribedIs, Placed};
use crate::oci::RemoteText;
use crate::oci::remote_text::clean;
use crate::words;

use super::sbom::Shown;

/// A page that documents are added to, one after the other.
pub(super) struct Page {
    shown: Shown,
    width: Option<usize>,
    text: String,
    documents: usize,
    licenses: BTreeMap<RemoteText, usize>,
    families: BTreeMap<Family, usize>,
}

/// Licences that are listed, of those that a target has.
const LICENSES_TOLD: usize = 40;
/// Problems that are told of one document.
const PROBLEMS_TOLD: usize = 5;

impl Page {
    pub(super) fn new(shown: Shown, width: Option<usize>) -> Self {
        Self {
            shown,
            width,
            text: String::new(),
            documents: 0,
            licenses: BTreeMap::new(),
            families: BTreeMap::new(),
        }
    }

    /// Adds a document; `placed` is none of a file.
    pub(super) fn add(&mut self, placed: Option<&Placed>, reading: &Reading) {
        let Some(sbom) = reading.sbom() else { return };
        self.documents += 1;
        match self.shown {
            Shown::Summary => self.summary(placed, reading, sbom),
            Shown::Packages => sbom
                .packages
                .iter()
                .for_each(|package| self.package(package)),
            Shown::Licenses => sbom
                .packages
                .iter()
                .for_each(|package| self.license(package)),
        }
    }

    /// The page.
    pub(super) fn end(mut self) -> String {
        if self.documents == 0 {
            return "no bill of materials is attached".to_owned();
        }
        if self.shown == Shown::Licenses {
            self.licenses_end();
        }
        self.text.trim_end().to_owned()
    }

    fn line(&mut self, line: &str) {
        let line = clean(line);
        let line = match self.width {
            Some(width) => words::fit(&line, width, "…"),
            None => line.into_owned(),
        };
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn summary(&mut self, placed: Option<&Placed>, reading: &Reading, sbom: &Sbom) {
        let count = words::counted(sbom.packages.len(), "package", "packages");
        let mut head = format!("{}: {count}", sbom.format.title());
        if let Some(tool) = sbom.tools.first() {
            let _ = write!(head, ", by {tool}");
        }
        if let Some(created) = &sbom.created {
            let _ = write!(head, ", {created}");
        }
        self.line(&head);
        if let Some(placed) = placed {
            self.line(&format!("  {}", place(placed)));
        }
        if let Some(about) = &sbom.about {
            let is = placed.and_then(|placed| bills::described_is(about, placed));
            let matches = placed.and_then(|_| bills::describes_its_subject(about, is));
            let name = match &about.version {
                Some(version) => format!("{} {version}", about.name),
                None => about.name.to_string(),
            };
            self.line(&format!("  describes {name}{}", told(is, matches)));
        }
        for line in counts(sbom) {
            self.line(&format!("  {line}"));
        }
        if sbom.vulnerabilities > 0 {
            let count = words::counted(sbom.vulnerabilities, "vulnerability", "vulnerabilities");
            self.line(&format!("  lists {count}"));
        }
        for problem in reading.problems.iter().take(PROBLEMS_TOLD) {
            self.line(&format!("  ! {problem}"));
        }
        if let Some(more) = reading
            .problems
            .len()
            .checked_sub(PROBLEMS_TOLD)
            .filter(|more| *more > 0)
        {
            self.line(&format!(
                "  ! and {}",
                words::counted(more, "problem more", "problems more")
            ));
        }
        self.text.push('\n');
    }

    fn package(&mut self, package: &Package) {
        let name = match &package.group {
            Some(group) => format!("{group}/{}", package.name),
            None => package.name.to_string(),
        };
        let text =
            |text: &Option<RemoteText>| text.as_ref().map_or("-".to_owned(), ToString::to_string);
        let licenses: Vec<String> = package.licenses.iter().map(ToString::to_string).collect();
        let line = format!(
            "{name}\t{}\t{}\t{}",
            text(&package.version),
            text(&package.ecosystem),
            licenses.join(", ")
        );
        // Columns of a program's, not of a person's: names are too long to line up.
        self.text.push_str(
            &line
                .split('\t')
                .map(|cell| clean(cell).into_owned())
                .collect::<Vec<_>>()
                .join("  "),
        );
        self.text.push('\n');
    }

    fn license(&mut self, package: &Package) {
        let family = family_of(package.licenses.iter().map(RemoteText::as_str));
        *self.families.entry(family).or_default() += 1;
        for license in &package.licenses {
            *self.licenses.entry(license.clone()).or_default() += 1;
        }
    }

    fn licenses_end(&mut self) {
        let all: usize = self.families.values().sum();
        for family in Family::ALL {
            let count = self.families.get(&family).copied().unwrap_or(0);
            if count > 0 {
                let share = count * 100 / all.max(1);
                self.line(&format!(
                    "{:>7}  {:<16} {share:>3} %",
                    words::grouped(count as u64),
                    family.title()
                ));
            }
        }
        self.text.push('\n');
        let mut licenses: Vec<_> = std::mem::take(&mut self.licenses).into_iter().collect();
        licenses.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let more = licenses.len().saturating_sub(LICENSES_TOLD);
        for (license, count) in licenses.into_iter().take(LICENSES_TOLD) {
            self.line(&format!("{:>7}  {license}", words::grouped(count as u64)));
        }
        if more > 0 {
            self.line(&format!(
                "         and {}",
                words::counted(more, "licence more", "licences more")
            ));
        }
    }
}

/// Where a document stands.
fn place(placed: &Placed) -> String {
    let on = match &placed.platform {
        Some(platform) => format!("{platform} {}", placed.subject_digest.short()),
        None => placed.subject_digest.short(),
    };
    let ways: Vec<&str> = placed.found_by.iter().map(|way| way.name()).collect();
    format!(
        "attached to {}@{on}, in {} (found by {})",
        shown_path(&placed.repository),
        placed.manifest.short(),
        ways.join(", ")
    )
}

fn told(is: Option<DescribedIs>, matches: Option<bool>) -> &'static str {
    match (is, matches) {
        (Some(DescribedIs::Subject), _) => ": what it is attached to",
        (Some(DescribedIs::Index), _) => ": the index of what it is attached to",
        (Some(DescribedIs::Platform), _) => ": a platform of what it is attached to",
        (Some(DescribedIs::Config), _) => ": by its config",
        (None, Some(false)) => ": NOT what it is attached to",
        _ => "",
    }
}

/// Packages by type, and by family of licences.
fn counts(sbom: &Sbom) -> Vec<String> {
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    let mut families: BTreeMap<Family, usize> = BTreeMap::new();
    for package in &sbom.packages {
        let ecosystem = package
            .ecosystem
            .as_ref()
            .map_or("no type", RemoteText::as_str);
        *types.entry(ecosystem).or_default() += 1;
        let family = family_of(package.licenses.iter().map(RemoteText::as_str));
        *families.entry(family).or_default() += 1;
    }
    if sbom.packages.is_empty() {
        return Vec::new();
    }
    let mut types: Vec<_> = types.into_iter().collect();
    types.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    let types: Vec<String> = types
        .iter()
        .take(8)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let families: Vec<String> = families
        .iter()
        .map(|(family, count)| format!("{count} {}", family.title()))
        .collect();
    vec![
        types.join(", "),
        format!("licences: {}", families.join(", ")),
    ]
}
