//! The actions as commands of other programs, as they are shown. Nothing here runs them.

use crate::insight::impact::{Action, Answer, Planner, Simulator};
use crate::oci::Origin;
use crate::oci::remote_text::clean;

pub use crate::insight::impact::Tool;

/// The programs that a plan is written for, in the order in which they are offered: the first deletes a tag everywhere.
pub const TOOLS: [Tool; 4] = [Tool::Regctl, Tool::Oras, Tool::Crane, Tool::Skopeo];

/// The name of a program.
pub const fn name(tool: Tool) -> &'static str {
    match tool {
        Tool::Regctl => "regctl",
        Tool::Oras => "oras",
        Tool::Crane => "crane",
        Tool::Skopeo => "skopeo",
    }
}

/// What would be done, in a safe order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan(Vec<(Tool, Vec<String>)>);

impl Plan {
    pub(super) fn new(
        origin: &Origin,
        answer: &Answer,
        actions: &[Action],
        simulator: &Simulator,
    ) -> Self {
        if actions.is_empty() {
            return Self::default();
        }
        let host = origin.0.as_str();
        let written = TOOLS.map(|tool| {
            let planner = Planner {
                inventory: simulator.inventory(),
                policy: simulator.policy(),
                host: Some(host).filter(|host| is_host(host)),
                tool,
            };
            let steps = planner.steps(actions, answer);
            let text: Vec<String> = steps.iter().map(ToString::to_string).collect();
            let lines = text.iter().flat_map(|step| step.lines());
            (tool, lines.map(|line| clean(line).into_owned()).collect())
        });
        Self(written.into())
    }

    /// Whether there is nothing to be done.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The plan as a shell would take it, line by line.
    pub fn lines(&self, tool: Tool) -> &[String] {
        let written = self.0.iter().find(|(other, _)| *other == tool);
        written
            .map(|(_, lines)| lines.as_slice())
            .unwrap_or_default()
    }
}

/// Whether this is the name of a registry rather than of a folder, and one that a shell may be given.
fn is_host(host: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'[' | b']')
    };
    let is_folder = ["storage:", "oci:", "oci-archive:", "docker-archive:"]
        .iter()
        .any(|scheme| host.starts_with(scheme));
    !host.is_empty() && !is_folder && host.bytes().all(is_plain)
}
