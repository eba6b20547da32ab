//! `regscope policies`.

use std::process::ExitCode;

use unicode_width::UnicodeWidthStr as _;

use crate::insight::impact::presets;

use super::arguments::{Common, Format};
use super::fail::Failure;
use super::output;

/// Lists the presets with their knobs and what each stands on.
pub(super) fn run(common: &Common) -> Result<ExitCode, Failure> {
    let mut policies = presets();
    policies.extend(common.config()?.policies);
    match common.format {
        Format::Json => output::json(&policies)?,
        Format::Text => {
            let width = policies.iter().map(|policy| policy.name.width()).max();
            let width = width.unwrap_or_default();
            let lines: Vec<String> = policies
                .iter()
                .map(|policy| {
                    format!(
                        "{:width$}  {:10}  {} {}",
                        policy.name,
                        policy.evidence.word(),
                        policy.registry,
                        policy.version
                    )
                })
                .collect();
            output::print(&lines.join("\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
