//! `regscope config`: the configuration in force, as a file that could be used as it is printed.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::config::{Config, LIMITS};
use crate::oci::remote_text::clean;
use crate::source::Limits;

use super::arguments::{Common, Format};
use super::fail::Failure;
use super::output;

#[derive(Serialize)]
struct ConfigDocument {
    schema: u32,
    /// Where the file is, or would be.
    file: Option<String>,
    is_read: bool,
    settings: Vec<Setting>,
}

/// One setting in force.
#[derive(Serialize)]
struct Setting {
    key: String,
    /// As TOML writes it.
    value: String,
    from: From,
    #[serde(skip)]
    comment: &'static str,
}

/// Where a value is from.
#[derive(Clone, Copy, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum From {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File,
    /// The command line.
    Flag,
}

impl From {
    const fn words(self) -> &'static str {
        match self {
            Self::Default => "as it comes",
            Self::File => "from the file",
            Self::Flag => "from the command line",
        }
    }
}

/// Prints the configuration in force.
pub(super) fn run(common: &Common) -> Result<ExitCode, Failure> {
    let config = common.config()?;
    let limits = common.limits()?;
    let settings = settings(&config, &limits, common.has_timeout());
    let place = config.file.as_ref().map(|file| file.path.clone());
    let is_read = place.is_some();
    let document = ConfigDocument {
        schema: 1,
        file: place
            .or_else(Config::place)
            .map(|path| path.display().to_string()),
        is_read,
        settings,
    };
    match common.format {
        Format::Json => output::json(&document)?,
        Format::Text => output::print(&text(&document, &config))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn settings(config: &Config, limits: &Limits, has_timeout: bool) -> Vec<Setting> {
    let is_in_file = |key: &str| {
        config
            .file
            .as_ref()
            .is_some_and(|file| file.keys.contains(key))
    };
    let of_file = |key: &str| {
        if is_in_file(key) {
            From::File
        } else {
            From::Default
        }
    };
    // JSON's strings are strings of TOML too.
    let pinned: Vec<_> = config
        .pinned
        .iter()
        .map(|one| serde_json::Value::from(one.as_str()).to_string())
        .collect();
    let mut settings = vec![Setting {
        key: "pinned".to_owned(),
        value: format!("[{}]", pinned.join(", ")),
        from: of_file("pinned"),
        comment: "targets that the first screen offers",
    }];
    settings.extend(LIMITS.iter().map(|limit| {
        let key = format!("limits.{}", limit.key);
        let value = limit.value(limits);
        let is_moved = has_timeout && value != limit.value(&config.limits);
        Setting {
            from: if is_moved { From::Flag } else { of_file(&key) },
            key,
            value,
            comment: limit.bounds,
        }
    }));
    settings
}

/// The document as a configuration file with comments.
fn text(document: &ConfigDocument, config: &Config) -> String {
    let mut text = String::new();
    let file = document.file.as_deref().unwrap_or("config.toml");
    // Writing to a string cannot fail.
    let _ = if document.is_read {
        writeln!(text, "# Read from {}.", clean(file))
    } else {
        writeln!(text, "# There is no {}: all is as it comes.", clean(file))
    };
    let width = |setting: &Setting| setting.key.len() + setting.value.len();
    let widest = document.settings.iter().map(width).max().unwrap_or(0);
    let mut table = "";
    for setting in &document.settings {
        let (above, key) = setting.key.split_once('.').unwrap_or(("", &setting.key));
        if above != table {
            let _ = writeln!(text, "\n[{above}]");
            table = above;
        }
        let pad = widest.saturating_sub(width(setting)).min(40);
        let (value, comment, from) = (&setting.value, setting.comment, setting.from.words());
        let _ = writeln!(text, "{key} = {value}{:pad$}  # {comment}; {from}", "");
    }
    for policy in &config.policies {
        let _ = writeln!(
            text,
            "\n# [policies.{}] of the file: `regscope policies` shows its knobs",
            clean(&policy.name)
        );
    }
    text.trim_end().to_owned()
}
