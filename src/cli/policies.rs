//! `regscope policies`.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::export::policies::document;
use crate::insight::impact::{Policy, presets};

use super::arguments::{Common, Format};
use super::fail::Failure;
use super::output;

/// Lists the presets with their knobs and what each stands on.
pub(super) fn run(common: &Common) -> Result<ExitCode, Failure> {
    let mut policies = presets();
    policies.extend(common.config()?.policies);
    match common.format {
        Format::Json => output::json(&document(&policies))?,
        Format::Text => {
            let width = policies.iter().map(|policy| policy.name.width()).max();
            let width = width.unwrap_or_default();
            let blocks: Vec<String> = policies.iter().map(|policy| block(policy, width)).collect();
            output::print(&blocks.join("\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One policy: what it is, then each knob with its value and what that stands on.
fn block(policy: &Policy, width: usize) -> String {
    let mut text = format!(
        "{:width$}  {:10}  {} {}\n",
        policy.name,
        policy.standing_in_short(),
        policy.registry,
        policy.version
    );
    let mut row = |name: &str, value: &str, evidence: &str| {
        // Nothing can fail that writes into a string.
        let _ = writeln!(text, "    {name:27}  {value:30}  {evidence}");
    };
    for (name, value) in policy.knobs.values() {
        let evidence = match policy.knobs.evidence(name) {
            _ if policy.is_idea => "idea",
            Some(evidence) => evidence.word(),
            None => "nobody has established it",
        };
        row(name.text(), &shown(&value), evidence);
    }
    for quirk in policy.knobs.quirks.iter() {
        row("quirk", quirk.word(), policy.standing_in_short());
    }
    text
}

/// A value in a line: texts without quotes, what has a status with it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name} {value}"));
            fields.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
