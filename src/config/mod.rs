//! The configuration file: TOML in the person's folder for configuration, or the file that `--config` names.
//!
//! ```toml
//! pinned = ["registry.example.com", "ghcr.io/team/app"]   # what the first screen offers
//!
//! [policies.our-zot]          # `regscope impact --policy our-zot`
//! from = "zot"                # the preset that it starts from
//! blob_grace = 86400          # and what differs; `regscope policies` lists the knobs
//!
//! [limits]                    # what is read and waited for at most; `regscope config` lists them
//! list_bytes = "64 MiB"       # sizes in bytes, or with a unit
//! whole = 120                 # times in seconds
//!
//! [[trust]]                   # what `inspect` and the screen verify signatures against; the first that fits counts
//! registry = "ghcr.io"        # globs; without them everything
//! repository = "team/**"
//! keys = ["team.pub"]         # and the other names of `regscope verify`, with _ for -; paths are against this file
//!
//! [keys]                      # own keys, by the names that `:` lists
//! impact = ["x", "ctrl-x"]
//! ```

mod limits;
mod trust;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize as _;

use crate::insight::impact::{NAMES, Policy, UNKNOWN};
use crate::oci::Target;
use crate::source::Limits;
use crate::source::local::files::{FileError, read_own};

pub use limits::{LIMITS, Limit};
pub use trust::{ReadTrust, TrustFiles, TrustRule, UnusableTrust};

/// At most so many bytes: a file that a person writes has a few hundred.
const BYTES: u64 = 1024 * 1024;

/// What a person has configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Own policies, by name.
    pub policies: Vec<Policy>,
    /// What may be read, and how long may be waited.
    pub limits: Limits,
    /// Targets that the first screen offers, in their order.
    pub pinned: Vec<String>,
    /// What is trusted, by repository; the first that is for one counts.
    pub trust: Vec<TrustRule>,
    /// Own keys of the screen, by the name of what they do. The screen refuses what cannot be.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The file that was read, and the keys that it has (`pinned`, `limits.depth`, `policies.NAME`); what is not
    /// among them is as it comes.
    pub file: Option<ConfigFile>,
}

/// A configuration file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its keys, with those above them, in the order of their names.
    pub keys: BTreeSet<String>,
}

impl ConfigFile {
    fn new(path: &Path, table: &toml::Table) -> Self {
        let keys = table.iter().flat_map(|(key, value)| match value {
            toml::Value::Table(inner) => inner.keys().map(|name| format!("{key}.{name}")).collect(),
            _ => vec![key.clone()],
        });
        Self {
            path: path.to_owned(),
            keys: keys.collect(),
        }
    }
}

/// Why a configuration cannot be used: file, key, value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {reason}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is no TOML.
    #[error("the configuration {} is no TOML: {reason}", file.display())]
    Syntax {
        /// Which.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// A key cannot be used.
    #[error("the configuration {}: `{key}`: {reason}", file.display())]
    Key {
        /// Which file.
        file: PathBuf,
        /// Which key, with those above it.
        key: String,
        /// What is wrong with it or with its value.
        reason: String,
    },
}

impl Config {
    /// Where the file is by default.
    pub fn place() -> Option<PathBuf> {
        let folders = directories::ProjectDirs::from("", "", "regscope")?;
        Some(folders.config_dir().join("config.toml"))
    }

    /// Reads `file`, or the file at its default place, which need not be there.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = file.map(Path::to_owned).or_else(Self::place) else {
            return Ok(Self::default());
        };
        let failed = |reason: String| ConfigError::File {
            file: path.clone(),
            reason,
        };
        let bytes = match read_own(&path, BYTES) {
            Err(FileError::Missing) if file.is_none() => return Ok(Self::default()),
            read => read.map_err(|error| failed(format!("it {error}")))?,
        };
        let text = String::from_utf8(bytes).map_err(|_| failed("it is no text".to_owned()))?;
        Self::parse(&text, &path)
    }

    /// Reads the text of `file`.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let reason = error.to_string().replace('\n', " ");
            ConfigError::Syntax {
                file: file.to_owned(),
                reason: reason.trim().to_owned(),
            }
        })?;
        let wrong = |key: &str, reason: String| ConfigError::Key {
            file: file.to_owned(),
            key: key.to_owned(),
            reason,
        };
        let mut config = Self {
            file: Some(ConfigFile::new(file, &table)),
            ..Self::default()
        };
        for (key, value) in table {
            match (key.as_str(), value) {
                ("policies", toml::Value::Table(policies)) => {
                    for (name, value) in policies {
                        let policy = policy(&name, value)
                            .map_err(|reason| wrong(&format!("policies.{name}"), reason))?;
                        config.policies.push(policy);
                    }
                }
                ("policies", _) => {
                    return Err(wrong(&key, "write tables, as [policies.NAME]".to_owned()));
                }
                ("pinned", value) => {
                    config.pinned = targets(&value).map_err(|reason| wrong(&key, reason))?;
                }
                ("trust", toml::Value::Array(rules)) => {
                    let folder = file.parent().unwrap_or(Path::new(""));
                    for rule in rules {
                        let rule = TrustRule::parse(&rule, folder)
                            .map_err(|reason| wrong("trust", reason))?;
                        config.trust.push(rule);
                    }
                }
                ("trust", _) => {
                    return Err(wrong(&key, "write tables, as [[trust]]".to_owned()));
                }
                ("limits", toml::Value::Table(table)) => {
                    for (name, value) in table {
                        limits::set(&mut config.limits, &name, &value)
                            .map_err(|reason| wrong(&format!("limits.{name}"), reason))?;
                    }
                }
                ("limits", _) => {
                    return Err(wrong(&key, "write a table, [limits]".to_owned()));
                }
                ("keys", toml::Value::Table(table)) => {
                    for (name, value) in table {
                        let keys = texts(&value)
                            .map_err(|reason| wrong(&format!("keys.{name}"), reason))?;
                        config.keys.insert(name, keys);
                    }
                }
                ("keys", _) => {
                    return Err(wrong(&key, "write a table, [keys]".to_owned()));
                }
                _ => return Err(wrong(&key, "there is no such key".to_owned())),
            }
        }
        Ok(config)
    }
}

impl Config {
    /// What is trusted of a repository, if anything is. Blocks.
    pub fn trust_for(
        &self,
        registry: &str,
        repository: &str,
    ) -> Result<Option<crate::evidence::signature::Trust>, UnusableTrust> {
        let rule = self
            .trust
            .iter()
            .find(|rule| rule.is_for(registry, repository));
        rule.map(|rule| rule.read(registry, repository)).transpose()
    }
}

/// A list of texts, or one.
fn texts(value: &toml::Value) -> Result<Vec<String>, String> {
    let wrong = || "write a list of keys, as [\"x\", \"ctrl-x\"]".to_owned();
    if let Some(text) = value.as_str() {
        return Ok(vec![text.to_owned()]);
    }
    let list = value.as_array().ok_or_else(wrong)?;
    let texts = list.iter().map(|value| value.as_str().map(str::to_owned));
    texts.collect::<Option<_>>().ok_or_else(wrong)
}

/// Texts that are targets.
fn targets(value: &toml::Value) -> Result<Vec<String>, String> {
    let list = value
        .as_array()
        .ok_or_else(|| "write a list of targets, as [\"ghcr.io/team/app\"]".to_owned())?;
    list.iter()
        .map(|value| {
            let text = value
                .as_str()
                .ok_or_else(|| "write each target as a text".to_owned())?;
            Target::parse(text, None).map_err(|error| error.to_string())?;
            Ok(text.to_owned())
        })
        .collect()
}

fn policy(name: &str, value: toml::Value) -> Result<Policy, String> {
    if NAMES.contains(&name) || name == UNKNOWN {
        return Err("a preset has this name; choose another".to_owned());
    }
    let toml::Value::Table(mut table) = value else {
        return Err("write a table with `from` and what differs".to_owned());
    };
    if !table.contains_key("from") {
        return Err("has no `from`: name the preset that it starts from".to_owned());
    }
    table.insert("name".to_owned(), toml::Value::String(name.to_owned()));
    Policy::deserialize(toml::Value::Table(table))
        .map_err(|error| error.to_string().replace('\n', " ").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("/etc/c.toml"))
    }

    #[test]
    fn own_policies_start_from_a_preset() {
        let config = read("[policies.ours]\nfrom = 'zot'\nblob_grace = 60").unwrap();
        assert_eq!(config.policies[0].name, "ours");
        assert_eq!(config.policies[0].registry, "zot");
        let empty = read("").unwrap();
        assert_eq!((empty.policies, empty.limits), (vec![], Limits::default()));
        let pinned = read("pinned = ['demo', 'r.example/a:1']").unwrap().pinned;
        assert_eq!(pinned, ["demo", "r.example/a:1"]);
    }

    #[test]
    fn trust_is_for_the_repositories_that_its_patterns_name() {
        let text = "[[trust]]\nregistry = 'ghcr.io'\nrepository = 'team/**'\nkeys = ['a.pub']";
        let config = read(text).unwrap();
        assert!(config.trust[0].is_for("ghcr.io", "team/app/x"));
        assert!(!config.trust[0].is_for("ghcr.io", "other/app"));
        assert!(!config.trust[0].is_for("quay.io", "team/app"));
        assert!(config.trust_for("quay.io", "team/app").unwrap().is_none());
        let error = config.trust_for("ghcr.io", "team/app").unwrap_err();
        assert!(error.to_string().contains("/etc/a.pub"), "{error}");
        assert!(read("[[trust]]\nkees = 'a.pub'").is_err());
    }

    #[test]
    fn limits_are_moved_one_by_one() {
        let text = "[limits]\nlist_bytes = '64 MiB'\nmanifest_bytes = 1000\nwhole = 0.5\ndepth = 8";
        let limits = read(text).unwrap().limits;
        assert_eq!(limits.list_bytes, 64 << 20);
        assert_eq!(limits.manifest_bytes, 1000);
        assert_eq!(limits.whole, std::time::Duration::from_millis(500));
        assert_eq!(limits.depth, 8);
        assert_eq!(limits.pages, Limits::default().pages);
    }

    #[test]
    fn a_configuration_tells_which_keys_its_file_has() {
        let text = "pinned = ['demo']\n[limits]\npages = 5\n[policies.ours]\nfrom = 'zot'";
        let file = read(text).unwrap().file.unwrap();
        let keys: Vec<_> = file.keys.iter().map(String::as_str).collect();
        assert_eq!(keys, ["limits.pages", "pinned", "policies.ours"]);
        assert_eq!(file.path, Path::new("/etc/c.toml"));
    }

    #[test]
    fn errors_name_the_file_the_key_and_the_value() {
        for (text, words) in [
            ("polices = 1", ["/etc/c.toml", "polices"]),
            ("policies = 1", ["policies", "[policies.NAME]"]),
            ("[policies.x]\nblob_grace = 1", ["policies.x", "from"]),
            ("[policies.x]\nfrom = 'zott'", ["policies.x", "zott"]),
            (
                "[policies.x]\nfrom = 'zot'\nblob_grease = 1",
                ["policies.x", "blob_grease"],
            ),
            (
                "[policies.x]\nfrom = 'zot'\nblob_grace = 'soon'",
                ["blob_grace", "soon"],
            ),
            ("[policies.zot]\nfrom = 'zot'", ["policies.zot", "preset"]),
            ("a = [", ["/etc/c.toml", "TOML"]),
            ("pinned = 'a'", ["pinned", "list"]),
            ("pinned = ['r.example/UPPER']", ["pinned", "UPPER"]),
            ("limits = 1", ["limits", "[limits]"]),
            ("[limits]\nlist_byte = 1", ["limits.list_byte", "no such"]),
            ("[limits]\npages = 0", ["limits.pages", "0"]),
            (
                "[limits]\npages = 5000000000",
                ["limits.pages", "5000000000"],
            ),
            (
                "[limits]\nlist_bytes = '3 miles'",
                ["limits.list_bytes", "3 miles"],
            ),
            (
                "[limits]\nlist_bytes = '99999999999 GiB'",
                ["limits.list_bytes", "GiB"],
            ),
            ("[limits]\nwhole = -1", ["limits.whole", "-1"]),
            ("[limits]\nwhole = nan", ["limits.whole", "seconds"]),
        ] {
            let error = read(text).unwrap_err().to_string();
            for word in words {
                assert!(error.contains(word), "{text}: {error}");
            }
        }
    }
}
