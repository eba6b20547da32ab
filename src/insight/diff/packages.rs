//! The packages of two images, as the bills of materials say that are attached to them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::evidence::sbom::{Package, Sbom};
use crate::insight::cells::Cell;
use crate::insight::image::{Image, Part, ReadDocument};
use crate::insight::package_version::compare;
use crate::insight::purl::Purl;
use crate::oci::{Digest, RemoteText};

/// Which packages differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageDifference {
    /// Those that only the second has, by type, name and version.
    pub added: Vec<OnePackage>,
    /// Those that only the first has, by type, name and version.
    pub removed: Vec<OnePackage>,
    /// Those that both have in other versions, by type and name.
    pub changed: Vec<ChangedPackage>,
    /// How many both have in the same version.
    pub same: usize,
    /// The documents that were compared.
    pub compared: Compared,
}

/// A package in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnePackage {
    /// Its name, as written; with CycloneDX's group before it.
    pub name: RemoteText,
    /// The type of its package URL, else what its document calls the kind of package.
    pub ecosystem: Option<RemoteText>,
    /// Its version, as written.
    pub version: Option<RemoteText>,
    /// Its package URL, as written.
    pub purl: Option<RemoteText>,
}

/// A package in two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPackage {
    /// Its name, as the second document writes it.
    pub name: RemoteText,
    /// The type of its package URL, else what its document calls the kind of package.
    pub ecosystem: Option<RemoteText>,
    /// The version on each side, as written.
    pub versions: (Option<RemoteText>, Option<RemoteText>),
    /// Which of the two is newer.
    pub way: Way,
}

/// How a version changed, by the rules of the package's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The second is newer.
    Newer,
    /// The second is older.
    Older,
    /// They are written differently and mean the same, or nobody knows.
    Other,
}

impl Way {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newer => "newer",
            Self::Older => "older",
            Self::Other => "other",
        }
    }
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// These documents.
    Documents {
        /// The digests of their bytes.
        digests: (Digest, Digest),
        /// Whether one tool made both in one format: what another tool finds differs by itself.
        is_alike: bool,
    },
    /// Nothing, for this reason.
    Not(&'static str),
}

/// The bill of materials of a part that is compared.
struct Bill<'i> {
    digest: Digest,
    sbom: &'i Sbom,
}

/// Which packages differ between a part of one image and one of another.
pub(super) fn packages(
    (a, one): (&Image, &Part),
    (b, other): (&Image, &Part),
) -> PackageDifference {
    let nothing = |reason| PackageDifference {
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
        same: 0,
        compared: Compared::Not(reason),
    };
    if one.digest == other.digest {
        return nothing("both are the same manifest");
    }
    let (bills_a, bills_b) = (bills(a, one), bills(b, other));
    let best = bills_a
        .iter()
        .flat_map(|one| bills_b.iter().map(move |other| (one, other)))
        // Of several that fit as well the first counts.
        .rev()
        .max_by_key(|(one, other)| likeness(one.sbom, other.sbom));
    let Some((one_bill, other_bill)) = best else {
        return nothing(match (bills_a.is_empty(), bills_b.is_empty()) {
            (true, true) if is_unknown(one) || is_unknown(other) => {
                "it is not known whether they have bills of materials"
            }
            (true, true) => "neither has a bill of materials",
            (true, false) if is_unknown(one) => {
                "it is not known whether the first has a bill of materials"
            }
            (true, false) => "the first has no bill of materials",
            (false, _) if is_unknown(other) => {
                "it is not known whether the second has a bill of materials"
            }
            (false, _) => "the second has no bill of materials",
        });
    };
    let mut found = nothing("");
    found.compared = Compared::Documents {
        digests: (one_bill.digest, other_bill.digest),
        is_alike: likeness(one_bill.sbom, other_bill.sbom).0,
    };
    found.fill(by_name(one_bill.sbom), by_name(other_bill.sbom));
    found
}

fn is_unknown(part: &Part) -> bool {
    matches!(part.cells.sbom, Cell::Unread | Cell::Unsupported)
}

/// The bills of materials that are attached to a part; without any, those of its index that describe it.
fn bills<'i>(image: &'i Image, part: &Part) -> Vec<Bill<'i>> {
    let of = |read: &'i ReadDocument| {
        let sbom = read.reading.sbom()?;
        (!sbom.is_vulnerabilities_only()).then_some(Bill {
            digest: read.attached.blob.digest,
            sbom,
        })
    };
    let own = image.documents.iter();
    let own = own.filter(|read| read.subject == part.digest && read.platform == part.platform);
    let own: Vec<_> = own.filter_map(of).collect();
    if !own.is_empty() {
        return own;
    }
    let is_about_part = |bill: &Bill<'_>| {
        let about = bill.sbom.about.as_ref();
        about.is_none_or(|about| about.digests.is_empty() || about.digests.contains(&part.digest))
    };
    let of_index = image.documents.iter();
    let of_index = of_index.filter(|read| read.subject == image.digest && read.platform.is_none());
    of_index.filter_map(of).filter(is_about_part).collect()
}

/// How well two documents compare: one tool and one format first, then one name, then the most packages.
fn likeness(a: &Sbom, b: &Sbom) -> (bool, bool, usize) {
    let tool = |sbom: &Sbom| {
        let first = sbom.tools.first()?.as_str();
        let name = first.split([' ', '-', ':', '@']).next();
        name.map(str::to_ascii_lowercase)
    };
    let is_alike = std::mem::discriminant(&a.format) == std::mem::discriminant(&b.format)
        && tool(a) == tool(b);
    let has_name = a.name.is_some() && a.name == b.name;
    (is_alike, has_name, a.packages.len().min(b.packages.len()))
}

/// Type, and name with its namespace.
type Key = (String, String);

/// The packages of a document by type and name; not what the document describes, which is the image itself.
fn by_name(sbom: &Sbom) -> BTreeMap<Key, Vec<&Package>> {
    let about = sbom.about.as_ref().and_then(|about| about.id.as_ref());
    let mut found: BTreeMap<Key, Vec<&Package>> = BTreeMap::new();
    for package in &sbom.packages {
        let is_itself = about.is_some() && package.id.as_ref() == about;
        if !is_itself {
            found.entry(key(package)).or_default().push(package);
        }
    }
    found
}

fn key(package: &Package) -> Key {
    let purl = package.purl.as_ref();
    if let Some(purl) = purl.and_then(|purl| Purl::parse(purl.as_str())) {
        return (purl.kind, purl.path);
    }
    let ecosystem = package.ecosystem.as_ref();
    let ecosystem = ecosystem.map_or(String::new(), |one| one.as_str().to_ascii_lowercase());
    (ecosystem, whole_name(package).as_str().to_owned())
}

fn whole_name(package: &Package) -> RemoteText {
    match &package.group {
        Some(group) if !group.is_empty() => {
            format!("{}/{}", group.as_str(), package.name.as_str()).into()
        }
        _ => package.name.clone(),
    }
}

fn one(package: &Package) -> OnePackage {
    OnePackage {
        name: whole_name(package),
        ecosystem: package.ecosystem.clone(),
        version: package.version.clone(),
        purl: package.purl.clone(),
    }
}

impl PackageDifference {
    fn fill(&mut self, mut a: BTreeMap<Key, Vec<&Package>>, b: BTreeMap<Key, Vec<&Package>>) {
        for (key, others) in b {
            let ones = a.remove(&key).unwrap_or_default();
            self.of_one_name(&key.0, ones, others);
        }
        for (key, ones) in a {
            self.of_one_name(&key.0, ones, Vec::new());
        }
        let order =
            |one: &OnePackage| (one.ecosystem.clone(), one.name.clone(), one.version.clone());
        self.added.sort_by_cached_key(order);
        self.removed.sort_by_cached_key(order);
    }

    /// One name may stand in several versions: those of both are the same, and what is left is paired from the oldest.
    fn of_one_name(&mut self, ecosystem: &str, ones: Vec<&Package>, others: Vec<&Package>) {
        let (mut ones, mut others) = (by_version(ecosystem, ones), by_version(ecosystem, others));
        let is_in = |list: &[&Package], wanted: &Package| {
            list.iter().any(|one| one.version == wanted.version)
        };
        let shared: Vec<_> = others
            .iter()
            .copied()
            .filter(|one| is_in(&ones, one))
            .collect();
        self.same += shared.len();
        ones.retain(|one| !is_in(&shared, one));
        others.retain(|one| !is_in(&shared, one));
        let changed = ones.len().min(others.len());
        for (before, after) in ones.iter().zip(&others) {
            self.changed.push(ChangedPackage {
                name: whole_name(after),
                ecosystem: after.ecosystem.clone(),
                versions: (before.version.clone(), after.version.clone()),
                way: way(ecosystem, before, after),
            });
        }
        self.removed.extend(ones.into_iter().skip(changed).map(one));
        self.added.extend(others.into_iter().skip(changed).map(one));
    }
}

fn version(package: &Package) -> &str {
    package.version.as_ref().map_or("", RemoteText::as_str)
}

/// The versions of one package, each once, the oldest first where the type has an order.
fn by_version<'p>(ecosystem: &str, mut packages: Vec<&'p Package>) -> Vec<&'p Package> {
    packages.sort_by(|one, other| {
        let (one, other) = (version(one), version(other));
        compare(ecosystem, one, other)
            .unwrap_or(Ordering::Equal)
            .then_with(|| one.cmp(other))
    });
    packages.dedup_by(|one, other| one.version == other.version);
    packages
}

fn way(ecosystem: &str, before: &Package, after: &Package) -> Way {
    match compare(ecosystem, version(before), version(after)) {
        Some(Ordering::Less) => Way::Newer,
        Some(Ordering::Greater) => Way::Older,
        Some(Ordering::Equal) | None => Way::Other,
    }
}
