//! What may be written after `regscope impact`.

use clap::{ArgMatches, Args};

/// What `impact` is told.
#[derive(Debug, Args)]
pub(in crate::cli) struct ImpactArguments {
    /// What to look at: a registry, a repository, a storage.
    pub(super) target: String,
    /// Delete REPOSITORY:TAG or REPOSITORY@DIGEST, as the target shows them; with `*` all that match; `-` reads
    /// references from standard input, one a line. Again and again, in the order given.
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    delete: Vec<String>,
    /// Move a tag: REPOSITORY:TAG=DIGEST.
    #[arg(long = "move", value_name = "TAG=DIGEST")]
    moved: Vec<String>,
    /// By whose rules, instead of those that are recognised; `regscope policies` lists them.
    #[arg(long, value_name = "NAME")]
    pub(super) policy: Option<String>,
    /// Why is this digest, or what this reference names, kept, or by what does it go?
    #[arg(long, value_name = "DIGEST|REF")]
    pub(super) why: Option<String>,
    /// The steps in the order in which they were written; the parser keeps each list by itself.
    #[arg(skip)]
    pub(super) steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `--delete`.
    Delete(String),
    /// `--move`.
    Move(String),
}

impl ImpactArguments {
    /// Puts deletions and moves in the order in which they were written, from the matches of this command.
    pub(in crate::cli) fn order(&mut self, matches: &ArgMatches) {
        let places = |name: &str| matches.indices_of(name).into_iter().flatten();
        let deletions = places("delete").zip(self.delete.iter().cloned().map(Step::Delete));
        let moves = places("moved").zip(self.moved.iter().cloned().map(Step::Move));
        let mut steps: Vec<(usize, Step)> = deletions.chain(moves).collect();
        steps.sort_by_key(|(place, _)| *place);
        self.steps = steps.into_iter().map(|(_, step)| step).collect();
    }
}
