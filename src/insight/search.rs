//! Questions over many bills of materials: which have a package, a licence, or are spoken of by VEX.

use globset::{GlobBuilder, GlobMatcher};

use crate::evidence::license;
use crate::evidence::sbom::{Package, Sbom};
use crate::evidence::vex::{Vex, VexProduct, VexStatement};
use crate::oci::RemoteText;

use super::package_version::{Range, RangeError};
use super::purl::{Purl, decoded};

/// What is looked for: all of it.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// A package.
    pub package: Option<PackageQuery>,
    /// A licence, or an expression of several.
    pub license: Option<String>,
    /// A vulnerability that VEX speaks of, by any of its names.
    pub vulnerability: Option<String>,
}

/// A package that is looked for.
#[derive(Clone, Debug)]
pub struct PackageQuery {
    wanted: Wanted,
    range: Option<Range>,
}

#[derive(Clone, Debug)]
enum Wanted {
    Name(String),
    Glob(GlobMatcher),
    Purl(Purl),
}

/// Why a text names no package.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// After the `@` stands no range.
    #[error("{0}")]
    Range(#[from] RangeError),
    /// A glob that is none.
    #[error("{0}")]
    Glob(#[from] globset::Error),
    /// It begins with `pkg:` and is no package URL.
    #[error("{0:?} is no package URL: write pkg:TYPE/NAME[@VERSION]")]
    Purl(String),
    /// Nothing is named.
    #[error("no package is named")]
    Empty,
}

impl PackageQuery {
    /// Reads `NAME[@RANGE]`, a glob in the place of the name, or a package URL. The last `@` that is not the first
    /// character begins the range.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(QueryError::Empty);
        }
        if text
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case("pkg:"))
        {
            let purl = Purl::parse(text).ok_or_else(|| QueryError::Purl(text.to_owned()))?;
            return Ok(Self {
                wanted: Wanted::Purl(purl),
                range: None,
            });
        }
        let (name, range) = match text.rsplit_once('@') {
            Some((name, range)) if !name.is_empty() => (name, Some(Range::parse(range)?)),
            _ => (text, None),
        };
        let wanted = if name.contains(['*', '?', '[', '{']) {
            let glob = GlobBuilder::new(name).literal_separator(false).build()?;
            Wanted::Glob(glob.compile_matcher())
        } else {
            Wanted::Name(name.to_owned())
        };
        Ok(Self { wanted, range })
    }

    /// Whether a package is meant.
    pub fn takes(&self, package: &Package) -> bool {
        self.takes_name(package) && self.takes_version(package)
    }

    fn takes_name(&self, package: &Package) -> bool {
        let any = |is_it: &dyn Fn(&str) -> bool| {
            let name = package.name.as_str();
            is_it(name)
                || package
                    .purl_name()
                    .is_some_and(|name| is_it(name) || is_it(&decoded(name)))
                || package.group.as_ref().is_some_and(|group| {
                    let group = group.as_str();
                    is_it(&format!("{group}/{name}")) || is_it(&format!("{group}:{name}"))
                })
        };
        match &self.wanted {
            Wanted::Name(wanted) => any(&|name| name == wanted),
            Wanted::Glob(glob) => any(&|name| glob.is_match(name)),
            Wanted::Purl(wanted) => {
                let purl = package
                    .purl
                    .as_ref()
                    .and_then(|purl| Purl::parse(purl.as_str()));
                purl.is_some_and(|purl| wanted.takes(&purl))
            }
        }
    }

    fn takes_version(&self, package: &Package) -> bool {
        let Some(range) = &self.range else {
            return true;
        };
        let ecosystem = package.ecosystem.as_ref().map_or("", RemoteText::as_str);
        package
            .version
            .as_ref()
            .is_some_and(|version| range.has(ecosystem, version.as_str()))
    }
}

impl Query {
    /// Whether it asks for packages; otherwise only for what VEX says.
    pub const fn is_of_packages(&self) -> bool {
        self.package.is_some() || self.license.is_some()
    }

    /// The packages of a document that are meant. Cost: `O(packages)`.
    pub fn packages<'s>(&'s self, sbom: &'s Sbom) -> impl Iterator<Item = &'s Package> {
        let wanted = self.is_of_packages();
        sbom.packages
            .iter()
            .filter(move |package| wanted && self.takes(package))
    }

    fn takes(&self, package: &Package) -> bool {
        let is_named = self
            .package
            .as_ref()
            .is_none_or(|wanted| wanted.takes(package));
        is_named
            && self
                .license
                .as_ref()
                .is_none_or(|wanted| has_license(package, wanted))
    }

    /// The statements about the vulnerability that is meant, each with a product that it speaks of; none for whatever
    /// the document is attached to.
    pub fn statements<'s>(
        &'s self,
        vex: &'s Vex,
    ) -> impl Iterator<Item = (&'s VexStatement, Option<&'s VexProduct>)> {
        let statements = vex.statements.iter().filter(move |statement| {
            let mut names = std::iter::once(&statement.vulnerability).chain(&statement.aliases);
            let wanted = self.vulnerability.as_ref();
            wanted
                .is_some_and(|wanted| names.any(|name| name.as_str().eq_ignore_ascii_case(wanted)))
        });
        statements.flat_map(|statement| {
            let whole = statement.products.is_empty().then_some((statement, None));
            let products = statement
                .products
                .iter()
                .map(move |product| (statement, Some(product)));
            whole.into_iter().chain(products)
        })
    }
}

/// Whether a package has a licence: one licence anywhere in what it states, an expression where the same licences are
/// named together.
fn has_license(package: &Package, wanted: &str) -> bool {
    let mut wanted_names = license::names(wanted);
    wanted_names.sort_unstable();
    package.licenses.iter().any(|text| {
        if text.as_str().eq_ignore_ascii_case(wanted.trim()) {
            return true;
        }
        let mut names = license::names(text.as_str());
        if let [only] = wanted_names.as_slice() {
            return names.iter().any(|name| name.eq_ignore_ascii_case(only));
        }
        names.sort_unstable();
        names == wanted_names
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sbom::purl_type;

    fn package(name: &str, version: &str, purl: &str, licenses: &[&str]) -> Package {
        Package {
            name: name.into(),
            version: Some(version.into()),
            purl: Some(purl.into()).filter(|purl: &RemoteText| !purl.is_empty()),
            ecosystem: purl_type(purl).map(Into::into),
            licenses: licenses.iter().map(|license| (*license).into()).collect(),
            ..Package::default()
        }
    }

    fn takes(query: &str, package: &Package) -> bool {
        PackageQuery::parse(query).unwrap().takes(package)
    }

    #[test]
    fn a_package_is_found_by_each_of_its_names() {
        let mut core = package("core", "7.1.0", "pkg:npm/%40angular/core@7.1.0?arch=x", &[]);
        core.group = Some("@angular".into());
        for query in [
            "core",
            "@angular/core",
            "@angular:core",
            "@angular/c*",
            "*ang*",
            "core@7.1.0",
            "@angular/core@^7",
            "core@>=7,<8",
            "pkg:npm/@angular/core",
            "PKG:npm/%40angular/core@7.1.0",
            "pkg:npm/%40angular/core@v7.1.0?arch=x",
        ] {
            assert!(takes(query, &core), "{query}");
        }
        for query in [
            "Core",
            "angular",
            "core@8",
            "core@<7",
            "cor?s",
            "pkg:npm/core",
            "pkg:deb/@angular/core",
            "pkg:npm/%40angular/core@7.2.0",
            "pkg:npm/%40angular/core?arch=y",
        ] {
            assert!(!takes(query, &core), "{query}");
        }
        for wrong in ["", "a@", "a@>", "[", "pkg:", "pkg:npm"] {
            assert!(PackageQuery::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_that_python_does_not_tell_apart_are_one() {
        let package = package(
            "Typing_Extensions",
            "4",
            "pkg:pypi/typing_extensions@4",
            &[],
        );
        assert!(takes("pkg:pypi/Typing-Extensions", &package));
    }

    #[test]
    fn a_licence_is_found_alone_and_in_an_expression() {
        let package = package("a", "1", "", &["MIT OR Apache-2.0", "own words"]);
        for wanted in [
            "mit",
            "Apache-2.0",
            "Apache-2.0 OR MIT",
            "own words",
            "MIT OR Apache-2.0",
        ] {
            assert!(has_license(&package, wanted), "{wanted}");
        }
        for wanted in ["GPL-2.0-only", "MIT AND X11", "own"] {
            assert!(!has_license(&package, wanted), "{wanted}");
        }
    }
}
