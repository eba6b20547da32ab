//! The document of `regscope impact --commands TOOL --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::impact::{Step, Tool};

/// A plan as commands of another tool, in their order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanDocument<'a> {
    /// 1.
    schema: u32,
    /// The name of the policy.
    policy: &'a str,
    tool: ToolWord,
    steps: Vec<StepDocument<'a>>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ToolWord {
    Regctl,
    Oras,
    Crane,
    Skopeo,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StepDocument<'a> {
    /// What to run; null where there is only something to know.
    command: Option<&'a str>,
    /// What to know about it.
    note: Option<&'a str>,
}

/// The document of a plan's steps.
pub fn document<'a>(policy: &'a str, tool: Tool, steps: &'a [Step]) -> PlanDocument<'a> {
    PlanDocument {
        schema: 1,
        policy,
        tool: match tool {
            Tool::Regctl => ToolWord::Regctl,
            Tool::Oras => ToolWord::Oras,
            Tool::Crane => ToolWord::Crane,
            Tool::Skopeo => ToolWord::Skopeo,
        },
        steps: steps
            .iter()
            .map(|step| StepDocument {
                command: step.command.as_deref(),
                note: step.note.as_deref(),
            })
            .collect(),
    }
}
