//! One established (or not established) fact about how a registry deletes or collects.

use serde::{Deserialize, Serialize};

/// How a fact about a registry came to be known, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Observed by running the real program.
    Ran,
    /// Read in its source.
    Source,
    /// Stated on the vendor's page or in a specification.
    Documented,
    /// From memory, not verified.
    Recalled,
}

impl Evidence {
    /// The word that every output uses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Source => "source",
            Self::Documented => "documented",
            Self::Recalled => "recalled",
        }
    }
}

/// A knob of a policy: a value with its evidence, or nothing that anybody has established.
///
/// The engine goes on with the default of `T` where the knob is unknown, and an answer in which that mattered names
/// the knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob<T> {
    /// Established, and how.
    Known(T, Evidence),
    /// Nobody has established it.
    Unknown,
}

impl<T: Clone + Default> Knob<T> {
    /// The value, or the assumption that the engine makes without one.
    pub fn value_or_assumed(&self) -> T {
        match self {
            Self::Known(value, _) => value.clone(),
            Self::Unknown => T::default(),
        }
    }
}

impl<T> Knob<T> {
    /// How it came to be known, if it is.
    pub const fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::Known(_, evidence) => Some(*evidence),
            Self::Unknown => None,
        }
    }

    /// Whether nobody has established it.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl<T: Serialize> Knob<T> {
    /// Its value as documents have it; `unknown` where it has none.
    pub fn shown(&self) -> serde_json::Value {
        let shown = match self {
            Self::Known(value, _) => serde_json::to_value(value).ok(),
            Self::Unknown => None,
        };
        shown.unwrap_or_else(|| "unknown".into())
    }
}
