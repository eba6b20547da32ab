//! The packages of an image as one table: sorted by a column, filtered while somebody types, summed up by licence.
//!
//! What takes long is done once, when a table is made, on whatever thread the caller has for it: every order, the text
//! that is searched, licences by family, packages that stand several times. What is left for a key is a pass over rows.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use crate::evidence::license::{Family, family_of};
use crate::evidence::sbom::Package;
use crate::evidence::{Reading, SearchText, Words};
use crate::oci::{Digest, RemoteText};

use super::package_version::compare;

/// A bill of materials of which packages are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Bill {
    /// The digest of its bytes.
    pub digest: Digest,
    /// What it is called: its platform and format.
    pub label: String,
    /// What it says.
    pub reading: Arc<Reading>,
}

/// What a table is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// The name, then the type, then the version by its rules.
    #[default]
    Name,
    /// The version as written.
    Version,
    /// The type.
    Type,
    /// The first licence; none comes last.
    License,
    /// The document that lists it, in that document's order.
    Document,
}

impl Column {
    /// Every column, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::Version,
        Self::Type,
        Self::License,
        Self::Document,
    ];

    /// Its head.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Version => "VERSION",
            Self::Type => "TYPE",
            Self::License => "LICENCE",
            Self::Document => "DOCUMENT",
        }
    }

    /// The next one, around the end.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Name => Self::Version,
            Self::Version => Self::Type,
            Self::Type => Self::License,
            Self::License => Self::Document,
            Self::Document => Self::Name,
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// Packages that stand several times in one document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeated {
    /// Names that stand in several versions.
    pub versions: usize,
    /// Packages that stand again in the same version.
    pub doubles: usize,
}

/// One package of one document, and how many further documents have the same in the same version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    bill: u32,
    package: u32,
    others: u32,
}

/// What makes a package of one document the same as one of another.
type Same<'p> = (Option<&'p str>, Option<&'p str>, &'p str, Option<&'p str>);

fn same(package: &Package) -> Same<'_> {
    (
        package.ecosystem.as_ref().map(RemoteText::as_str),
        package.group.as_ref().map(RemoteText::as_str),
        package.name.as_str(),
        package.version.as_ref().map(RemoteText::as_str),
    )
}

/// How many packages documents list, what several list in the same version once. `O(n)`.
pub fn distinct<'r>(readings: impl Iterator<Item = &'r Reading>) -> usize {
    let packages = readings
        .filter_map(Reading::sbom)
        .flat_map(|sbom| &sbom.packages);
    packages.map(same).collect::<HashSet<_>>().len()
}

/// The packages of several documents. Rows are known by their number, which is the order of the documents.
#[derive(Clone, Debug, Default)]
pub struct PackageTable {
    bills: Vec<Bill>,
    rows: Vec<Row>,
    orders: [Vec<u32>; Column::ALL.len()],
    text: SearchText,
    /// Licences by family, and how many packages are of each, those that there are.
    families: Vec<(Family, usize)>,
    /// The rows of packages that stand several times.
    is_repeated: FixedBitSet,
    repeated: Repeated,
}

impl PackageTable {
    /// Makes a table. `O(n log n)` in the packages: a quarter of a second for 100,000. Not for the screen's thread.
    pub fn new(bills: Vec<Bill>) -> Self {
        let mut table = Self {
            bills,
            ..Self::default()
        };
        table.rows = rows(&table.bills);
        let packages = || (0..table.rows.len()).filter_map(|row| table.package(row));
        let text = SearchText::of_packages(packages());
        table.text = text;
        table.sort();
        table.families = table.count_families();
        table.find_repeated();
        table
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The documents.
    pub fn bills(&self) -> &[Bill] {
        &self.bills
    }

    /// The package of a row.
    pub fn package(&self, row: usize) -> Option<&Package> {
        let row = self.rows.get(row)?;
        let bill = self.bills.get(usize::try_from(row.bill).ok()?)?;
        let packages = &bill.reading.sbom()?.packages;
        packages.get(usize::try_from(row.package).ok()?)
    }

    /// The document of a row, and the package's number in it.
    pub fn place(&self, row: usize) -> Option<(&Bill, u32)> {
        let row = self.rows.get(row)?;
        let bill = self.bills.get(usize::try_from(row.bill).ok()?)?;
        Some((bill, row.package))
    }

    /// How many further documents have the same package in the same version.
    pub fn others(&self, row: usize) -> u32 {
        self.rows.get(row).map_or(0, |row| row.others)
    }

    /// The documents that list a package in its version. `O(n)`.
    pub fn listing<'t>(&'t self, package: &'t Package) -> impl Iterator<Item = &'t Bill> {
        self.bills.iter().filter(move |bill| {
            let sbom = bill.reading.sbom();
            let mut packages = sbom.into_iter().flat_map(|sbom| &sbom.packages);
            packages.any(|one| same(one) == same(package))
        })
    }

    /// Licences by family, those that there are, the most frequent first.
    pub fn families(&self) -> &[(Family, usize)] {
        &self.families
    }

    /// How many packages stand several times in their document.
    pub const fn repeated(&self) -> Repeated {
        self.repeated
    }

    /// Whether a row's package stands several times in its document.
    pub fn is_repeated(&self, row: usize) -> bool {
        self.is_repeated.contains(row)
    }

    /// The rows in which all `words` stand, in the order of a column. Cost: a search of the text and a pass over rows: a
    /// millisecond or two for 100,000.
    pub fn shown(
        &self,
        (column, is_descending): (Column, bool),
        words: &Words,
        is_repeated_only: bool,
    ) -> Vec<u32> {
        let order = self
            .orders
            .get(column.index())
            .map_or(&[][..], Vec::as_slice);
        let found = (!words.is_empty()).then(|| {
            let mut found = FixedBitSet::with_capacity(self.rows.len());
            found.extend(self.text.find(words));
            found
        });
        let is_shown = |row: &&u32| {
            let Ok(row) = usize::try_from(**row) else {
                return false;
            };
            found.as_ref().is_none_or(|found| found.contains(row))
                && (!is_repeated_only || self.is_repeated(row))
        };
        if is_descending {
            order.iter().rev().filter(is_shown).copied().collect()
        } else {
            order.iter().filter(is_shown).copied().collect()
        }
    }

    fn sort(&mut self) {
        let all: Vec<u32> = (0..self.rows.len()).map(number).collect();
        let sorted = Column::ALL.map(|column| {
            let mut order = all.clone();
            if column != Column::Document {
                order.sort_by(|one, other| self.compare(column, *one, *other));
            }
            order
        });
        self.orders = sorted;
    }

    /// How two rows stand in the order of a column; rows that are alike there by name.
    fn compare(&self, column: Column, one: u32, other: u32) -> Ordering {
        let package = |row: u32| usize::try_from(row).ok().and_then(|row| self.package(row));
        let (Some(one), Some(other)) = (package(one), package(other)) else {
            return Ordering::Equal;
        };
        let by_name = || {
            let (a, b) = (one.name.as_str(), other.name.as_str());
            lower(a)
                .cmp(lower(b))
                .then_with(|| a.cmp(b))
                .then_with(|| one.ecosystem.cmp(&other.ecosystem))
                .then_with(|| by_version(one, other))
        };
        match column {
            Column::Name => by_name(),
            Column::Version => version(one).cmp(version(other)).then_with(by_name),
            Column::Type => one.ecosystem.cmp(&other.ecosystem).then_with(by_name),
            Column::License => {
                let (a, b) = (one.licenses.first(), other.licenses.first());
                let is_last = a.is_none().cmp(&b.is_none());
                is_last.then_with(|| a.cmp(&b)).then_with(by_name)
            }
            Column::Document => Ordering::Equal,
        }
    }

    /// Cost: one look at each package; each combination of licences is judged once.
    fn count_families(&self) -> Vec<(Family, usize)> {
        let mut counts: HashMap<&[RemoteText], usize> = HashMap::new();
        let packages = (0..self.rows.len()).filter_map(|row| self.package(row));
        for package in packages {
            *counts.entry(&package.licenses).or_default() += 1;
        }
        let mut families = Family::ALL.map(|family| (family, 0));
        for (licenses, count) in counts {
            let family = family_of(licenses.iter().map(RemoteText::as_str));
            if let Some((_, sum)) = families.iter_mut().find(|(one, _)| *one == family) {
                *sum += count;
            }
        }
        let mut families: Vec<_> = families
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect();
        families.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        families
    }

    fn find_repeated(&mut self) {
        // Of a document, all versions of a name.
        let mut seen: HashMap<(u32, Same<'_>), Vec<usize>> = HashMap::new();
        for (number, row) in self.rows.iter().enumerate() {
            let Some(package) = self.package(number) else {
                continue;
            };
            // A name alone, without a version, says too little to be the same.
            if package.version.is_some() {
                let (kind, group, name, _) = same(package);
                let key = (row.bill, (kind, group, name, None));
                seen.entry(key).or_default().push(number);
            }
        }
        let mut repeated = Repeated::default();
        let mut is_repeated = FixedBitSet::with_capacity(self.rows.len());
        for rows in seen.into_values().filter(|rows| rows.len() > 1) {
            let versions = rows
                .iter()
                .filter_map(|row| Some(version(self.package(*row)?)));
            let mut versions: Vec<_> = versions.collect();
            versions.sort_unstable();
            versions.dedup();
            repeated.versions += usize::from(versions.len() > 1);
            repeated.doubles += rows.len() - versions.len();
            is_repeated.extend(rows);
        }
        self.is_repeated = is_repeated;
        self.repeated = repeated;
    }
}

/// A row a package; what a further document lists in the same version has none of its own.
fn rows(bills: &[Bill]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut seen: HashMap<Same<'_>, usize> = HashMap::new();
    for (bill, one) in bills.iter().enumerate() {
        let packages = one.reading.sbom().map(|sbom| sbom.packages.as_slice());
        for (package, one) in packages.unwrap_or_default().iter().enumerate() {
            let row = rows.len();
            let before = *seen.entry(same(one)).or_insert(row);
            match rows.get_mut(before) {
                Some(before) if before.bill != number(bill) => before.others += 1,
                _ => rows.push(Row {
                    bill: number(bill),
                    package: number(package),
                    others: 0,
                }),
            }
        }
    }
    rows
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn version(package: &Package) -> &str {
    package.version.as_ref().map_or("", RemoteText::as_str)
}

fn by_version(one: &Package, other: &Package) -> Ordering {
    let kind = one.ecosystem.as_ref().map_or("", RemoteText::as_str);
    let (one, other) = (version(one), version(other));
    compare(kind, one, other)
        .unwrap_or(Ordering::Equal)
        .then_with(|| one.cmp(other))
}

/// The characters of a name in lower case, for comparing.
fn lower(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::evidence::{Label, Limits, read};

    use super::*;

    fn table() -> PackageTable {
        let component = |name: &str, version: &str, license: &str| {
            format!(
                r#"{{"type":"library","name":"{name}","version":"{version}","purl":"pkg:npm/{name}@{version}","licenses":[{{"license":{{"id":"{license}"}}}}]}}"#
            )
        };
        let components = [
            component("b", "10.0.0", "MIT"),
            component("B", "1.0.0", "GPL-3.0-only"),
            component("b", "9.0.0", "MIT"),
            component("a", "2.0.0", "Apache-2.0"),
            component("a", "2.0.0", "Apache-2.0"),
            r#"{"type":"library","name":"c"}"#.to_owned(),
        ];
        let document = format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{}]}}"#,
            components.join(",")
        );
        let reading = read(document.as_bytes(), &Label::default(), &Limits::default());
        PackageTable::new(vec![Bill {
            digest: Digest::of(document.as_bytes()),
            label: "x".to_owned(),
            reading: Arc::new(reading),
        }])
    }

    fn shown(column: Column, is_descending: bool, words: &str) -> Vec<u32> {
        table().shown((column, is_descending), &Words::new(words), false)
    }

    #[test]
    fn rows_are_sorted_by_each_column_and_versions_by_their_rules() {
        assert_eq!(shown(Column::Name, false, ""), [3, 4, 1, 2, 0, 5]);
        assert_eq!(shown(Column::Name, true, ""), [5, 0, 2, 1, 4, 3]);
        assert_eq!(shown(Column::License, false, ""), [3, 4, 1, 2, 0, 5]);
        assert_eq!(shown(Column::Document, false, ""), [0, 1, 2, 3, 4, 5]);
        assert_eq!(shown(Column::Type, false, ""), [5, 3, 4, 1, 2, 0]);
    }

    #[test]
    fn a_filter_keeps_the_order_and_licences_are_summed_up() {
        assert_eq!(shown(Column::Name, false, "b mit"), [2, 0]);
        assert_eq!(shown(Column::Name, false, "nothing"), [0_u32; 0]);
        let families = table().families().to_vec();
        assert_eq!(
            families,
            [
                (Family::Permissive, 4),
                (Family::StrongCopyleft, 1),
                (Family::NoneStated, 1)
            ]
        );
    }

    #[test]
    fn what_stands_several_times_is_counted_in_two_ways() {
        let table = table();
        let expected = Repeated {
            versions: 1,
            doubles: 1,
        };
        assert_eq!(table.repeated(), expected);
        let rows = table.shown((Column::Document, false), &Words::default(), true);
        assert_eq!(rows, [0, 2, 3, 4]);
    }
}
