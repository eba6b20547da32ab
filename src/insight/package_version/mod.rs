//! The order of package versions, each kind of package by its own rules.
//!
//! Rules of order alone: whether a pre-release is wanted is for who asks.

mod apk;
mod linux;
mod maven;
mod pep440;
mod range;
mod segments;
mod semantic;

pub use range::{Range, RangeError};

use std::cmp::Ordering;

/// How versions of a type of package are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    /// Semantic Versioning, leniently: any count of numbers, a leading `v`.
    Semantic,
    Debian,
    Rpm,
    Apk,
    Pep440,
    Gem,
    Maven,
    /// Numbers between dots and dashes.
    Numbers,
}

/// The rules of a package URL's type, or of what Syft and Tern call the kind of package; none where there are none, and
/// then versions are only equal or not.
fn rules(ecosystem: &str) -> Option<Rules> {
    Some(match ecosystem {
        "npm" | "cargo" | "nuget" | "golang" | "go-module" | "composer" | "hex" | "pub"
        | "swift" | "julia" | "bitnami" | "rust-crate" | "php-composer" | "dotnet" | "helm" => {
            Rules::Semantic
        }
        "deb" | "dpkg" | "opam" => Rules::Debian,
        "rpm" | "alpm" => Rules::Rpm,
        "apk" => Rules::Apk,
        "pypi" | "python" => Rules::Pep440,
        "gem" | "cocoapods" => Rules::Gem,
        "maven" | "java-archive" | "clojars" => Rules::Maven,
        "cran" | "hackage" | "cpan" => Rules::Numbers,
        _ => return None,
    })
}

/// How two versions of a type of package stand to one another; none where the type has no rules and they differ.
///
/// Total for each type: a version that breaks the rules has its place too. Cost: `O(n)`.
pub fn compare(ecosystem: &str, one: &str, other: &str) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    Some(match rules(ecosystem)? {
        Rules::Semantic => semantic::compare(one, other),
        Rules::Debian => linux::compare_deb(one, other),
        Rules::Rpm => linux::compare_rpm(one, other),
        Rules::Apk => apk::compare(one, other),
        Rules::Pep440 => pep440::compare(one, other),
        Rules::Gem => segments::compare_gem(one, other),
        Rules::Maven => maven::compare(one, other),
        Rules::Numbers => segments::compare_numbers(one, other),
    })
}

/// Two runs of digits as numbers of any length.
fn compare_digits(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests;
