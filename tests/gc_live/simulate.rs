//! `regscope impact`, asked as a person would.

use serde_json::Value;

use super::graph::{Graph, Step};
use crate::binary::regscope_with;

/// What a run predicted.
pub struct Predicted {
    /// The document.
    pub answer: Value,
    /// 0; 1: something breaks because of the actions or, without any, of the collection, or all was refused; 4: not all
    /// could be read.
    pub code: i32,
    /// What was typed.
    pub line: String,
    /// What was said beside the document.
    pub said: String,
}

/// Predicts all actions of the graph, in their order.
pub fn simulate(target: &str, policy: &str, graph: &Graph) -> Predicted {
    let mut arguments = vec!["impact".to_owned(), target.to_owned()];
    arguments.extend(["--no-cache", "--policy", policy, "--format", "json"].map(str::to_owned));
    for step in &graph.actions {
        let place = |repository: &usize| &graph.repositories[*repository];
        let digest = |object: &usize| &graph.objects[*object].digest;
        match step {
            Step::DeleteTag { repository, tag } => {
                arguments.extend([
                    "--delete".to_owned(),
                    format!("{}:{tag}", place(repository)),
                ]);
            }
            Step::DeleteManifest { repository, object } => arguments.extend([
                "--delete".to_owned(),
                format!("{}@{}", place(repository), digest(object)),
            ]),
            Step::Move {
                repository,
                object,
                tag,
            } => arguments.extend([
                "--move".to_owned(),
                format!("{}:{tag}={}", place(repository), digest(object)),
            ]),
            other => panic!("{other:?} is no action"),
        }
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = regscope_with(&words);
    let line = format!("regscope {}", arguments.join(" "));
    assert!(
        [0, 1, 4].contains(&ran.code),
        "{line}\nexit {}: {}",
        ran.code,
        ran.err
    );
    Predicted {
        answer: ran.json(),
        code: ran.code,
        line,
        said: ran.err,
    }
}
