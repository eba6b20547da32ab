//! What is said of an image's vulnerabilities, and of which of its packages.

use std::collections::HashMap;

use crate::evidence::sbom::Package;
use crate::evidence::vex::{Vex, VexProduct, VexStatement, VexStatus};
use crate::insight::image::{Image, ReadDocument};
use crate::insight::purl::Purl;
use crate::oci::RemoteText;

use super::{Account, Tone, carrier, subject};

/// Products of one statement that are named.
const PRODUCTS: usize = 12;

/// The packages of an image that have a package URL, by its type and path.
type Packages<'i> = HashMap<(String, String), Vec<(Purl, &'i Package)>>;

impl Account {
    pub(super) fn vexes(&mut self, image: &Image) {
        let said = |read: &ReadDocument| {
            let vex = read.reading.vex();
            vex.is_some_and(|vex| !vex.statements.is_empty())
        };
        if !image.documents.iter().any(said) {
            return;
        }
        let packages = packages(image);
        for read in image.documents.iter().filter(|read| said(read)) {
            if let Some(said) = read.reading.vex() {
                self.vex(image, read, said, &packages);
            }
        }
    }

    fn vex(&mut self, image: &Image, read: &ReadDocument, said: &Vex, packages: &Packages<'_>) {
        let of = subject(image, read);
        let author = said.author.as_ref();
        let author = author.map_or(String::new(), |author| format!(" by {author}"));
        self.heading(&format!(
            "vulnerabilities of {of}, as said in {}{author}",
            said.format.name()
        ));
        for statement in &said.statements {
            let (status, tone) = match statement.status {
                VexStatus::Affected => ("affected", Tone::Warning),
                VexStatus::NotAffected => ("not affected", Tone::Plain),
                VexStatus::Fixed => ("fixed", Tone::Plain),
                VexStatus::UnderInvestigation => ("looked into", Tone::Unknown),
            };
            let why = statement.justification.as_ref();
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            self.toned(status, &format!("{}{why}", statement.vulnerability), tone);
            self.said_of(read, statement, packages);
            for (name, words) in [("", &statement.detail), ("do", &statement.action)] {
                if let Some(words) = words.as_ref().filter(|words| !words.is_empty()) {
                    self.line(name, &words.to_string());
                }
            }
        }
        self.line("stated in", &carrier(read).to_string());
    }

    /// What a statement is about, where that is more than what the document is attached to.
    fn said_of(&mut self, read: &ReadDocument, statement: &VexStatement, packages: &Packages<'_>) {
        for product in statement.products.iter().take(PRODUCTS) {
            let is_this = product.is(&read.subject);
            let words = match is_this {
                Some(true) => "of this image".to_owned(),
                Some(false) => format!("of something else: {}", product.id),
                None => match listed(&product.id, packages) {
                    Some(name) => format!("of {name} in this image"),
                    None => format!("of {}", product.id),
                },
            };
            let tone = if is_this == Some(false) {
                Tone::Warning
            } else {
                Tone::Plain
            };
            self.toned("", &format!("{words}{}", parts(product, packages)), tone);
        }
        let more = statement.products.len().saturating_sub(PRODUCTS);
        if more > 0 {
            self.line("", &format!("and of {more} more"));
        }
    }
}

/// The parts of a product that a statement names.
fn parts(product: &VexProduct, packages: &Packages<'_>) -> String {
    let parts = product.subcomponents.iter();
    let parts: Vec<_> = parts
        .map(|part| match listed(part, packages) {
            Some(name) => name,
            None => format!("{part}, which no bill of materials here lists"),
        })
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(", in {}", parts.join(", "))
}

/// The packages of the image that a package URL names.
fn listed(id: &RemoteText, packages: &Packages<'_>) -> Option<String> {
    let purl = Purl::parse(id.as_str())?;
    let found = packages.get(&(purl.kind.clone(), purl.path.clone()))?;
    let found = found.iter().filter(|(own, _)| purl.takes(own));
    let mut found: Vec<String> = found
        .map(|(_, package)| match &package.version {
            Some(version) => format!("{} {version}", package.name),
            None => package.name.to_string(),
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then(|| found.join(", "))
}

fn packages(image: &Image) -> Packages<'_> {
    let mut found: Packages<'_> = HashMap::new();
    let bills = image
        .documents
        .iter()
        .filter_map(|read| read.reading.sbom());
    for package in bills.flat_map(|bill| &bill.packages) {
        let purl = package.purl.as_ref();
        if let Some(purl) = purl.and_then(|purl| Purl::parse(purl.as_str())) {
            let key = (purl.kind.clone(), purl.path.clone());
            found.entry(key).or_default().push((purl, package));
        }
    }
    found
}
